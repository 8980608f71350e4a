#!/usr/bin/env bash
# Photographs for docs/trust.md beside those of the page, cut out on white: prints their paths. They come from Debian's package
# tuxpaint-stamps-default (160 MB), which is kept in target/trust and not installed.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${CARGO_TARGET_DIR:-target}/trust/tuxpaint-stamps-default
names=(
    animals/birds/{crowned_crane,pelican,pink_flamingo} animals/fish/lobster animals/insects/{Brown_slug,fly,mantis}
    animals/mammals/aquatic/otter animals/mammals/bears/european-bear animals/mammals/bovines/bull
    food/fruit/{Strawberry2,orange_seville} household/toilet
    vehicles/{emergency/firetruck,flight/balloon360,flight/planes/747,garbagetruck,race/indycar}
)
if [ ! -d "$folder" ]; then
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
        { echo "trust: the photographs are in a Debian package, and apt-get and dpkg-deb are not here" >&2; exit 1; }
    download=$(mktemp -d)
    trap 'rm -rf "$download"' EXIT
    (cd "$download" && apt-get -qq -o APT::Sandbox::User=root download tuxpaint-stamps-default) >&2 ||
        { echo "trust: tuxpaint-stamps-default could not be fetched; apt-get update may help" >&2; exit 1; }
    dpkg-deb -x "$download"/*.deb "$download/package"
    mkdir -p "$(dirname "$folder")"
    mv "$download/package/usr/share/tuxpaint/stamps" "$folder"
fi
for name in "${names[@]}"; do
    [ -f "$folder/$name.png" ] || { echo "trust: $folder/$name.png is not there; another version of the package?" >&2; exit 1; }
    printf '%s\n' "$folder/$name.png"
done
