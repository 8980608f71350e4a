#!/usr/bin/env bash
# Install what is missing, and nothing else: `setup.sh build` for building and serving, `setup.sh test` for the tests too.
# What is there is used as it is, whoever installed it. As root on Debian, missing system packages come from apt;
# anywhere else one line names them. Tools built by cargo go into .tools/, node packages into node_modules/.
set -euo pipefail
cd "$(dirname "$0")/.."

wasm_pack=0.15.1
wasm_bindgen=0.2.130 # the same as in crates/relume-wasm/Cargo.toml: the two only work together
node_major=20
node_fallback=22.23.3 # taken from npm where the system's own Node is too old (Debian 12 has 18)

purpose=${1:-}
case $purpose in
build | test) ;;
*)
    echo "usage: scripts/setup.sh build|test" >&2
    exit 2
    ;;
esac
export PATH="$PWD/.tools/bin:$PATH:$HOME/.cargo/bin"

say() { echo "setup: $*"; }
fail() {
    echo "setup: $*" >&2
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

packages="" # Debian's names of what is missing
missing() { packages="$packages $*"; }

installs_packages() { [ "$(id -u)" -eq 0 ] && has apt-get; }

system_packages() {
    has cargo || ! installs_packages || missing curl ca-certificates # rust() fetches rustup with them
    has cc || missing gcc libc6-dev
    has node || missing nodejs
    has npm || missing npm
    if [ "$purpose" = test ]; then
        scripts/browser.sh chrome >/dev/null || missing chromium
        scripts/browser.sh driver >/dev/null || missing chromium-driver
        scripts/browser.sh firefox >/dev/null || missing firefox-esr
    fi
    if ! installs_packages; then
        [ -z "$packages" ] || fail "please install:$packages (Debian's names; elsewhere the same programs), then run make again"
        return 0
    fi
    # Only fetches the trained network; a machine that has to go without pip builds everything else.
    python3 -m pip --version >/dev/null 2>&1 || missing python3-pip
    [ -n "$packages" ] || return 0
    say "installing with apt-get:$packages (up to a minute or two)"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update || fail "apt-get update failed; missing:$packages"
    # The list is meant to be split into words.
    # shellcheck disable=SC2086
    apt-get -qq install -y --no-install-recommends $packages >/dev/null || fail "apt-get could not install:$packages"
}

node_is_recent() {
    local found
    found=$(node --version)
    found=${found#v}
    [ "${found%%.*}" -ge $node_major ]
}

node_version() {
    node_is_recent && return
    say "Node $(node --version) is too old; taking $node_fallback from npm into .tools/ (some seconds)"
    # Node's own binaries, as the npm package `node` installs them: one package for each system.
    npm install --silent --prefix .tools/node --no-save "node-$(node -p 'process.platform + "-" + process.arch')@$node_fallback" &&
        mkdir -p .tools/bin && ln -sf "$(echo "$PWD"/.tools/node/node_modules/node-*/bin/node)" .tools/bin/node
    hash -r
    node_is_recent ||
        fail "Node $node_major or later is needed and this is $(node --version): please install one from https://nodejs.org"
}

# Only where system packages are ours to install too; on anyone's own machine the way of installing Rust is theirs.
install_rust() {
    say "installing Rust by rustup (about a minute)"
    local folder
    folder=$(mktemp -d)
    # The installer asks its own file name what it is.
    curl -sSf -o "$folder/rustup-init" "https://static.rust-lang.org/rustup/dist/$(uname -m)-unknown-linux-gnu/rustup-init" &&
        chmod +x "$folder/rustup-init" && "$folder/rustup-init" -q -y --no-modify-path --profile minimal ||
        say "rustup's installer failed"
    rm -rf "$folder"
}

rust() {
    has cargo || ! installs_packages || install_rust
    has cargo && has rustc || fail "Rust is missing: please install it from https://rustup.rs, then run make again"
    local needed found
    needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    found=$(rustc --version | cut -d' ' -f2)
    [ "$(printf '%s\n' "$needed" "$found" | sort -V | head -n1)" = "$needed" ] ||
        fail "Rust $needed or later is needed and this is $found: rustup update stable"
    [ "$purpose" = test ] || return 0
    local component
    for component in fmt:rustfmt clippy:clippy; do
        cargo "${component%:*}" --version >/dev/null 2>&1 || rustup component add "${component#*:}" ||
            fail "cargo ${component%:*} is missing: rustup component add ${component#*:}"
    done
}

# cargo_tool COMMAND CRATE VERSION [cargo install's options]
cargo_tool() {
    local command=$1 crate=$2 version=$3 start=$SECONDS
    shift 3
    [ "$("$command" --version 2>/dev/null)" = "$command $version" ] && return
    say "building $crate $version with cargo (about two minutes on two cores)"
    cargo install --quiet --root .tools --force "$crate" --version "$version" "$@" || fail "cargo could not install $crate $version"
    say "$crate $version is in .tools/bin ($((SECONDS - start)) s)"
}

node_packages() {
    [ ! node_modules/.package-lock.json -ot package-lock.json ] && return
    say "installing the node packages of package-lock.json (some seconds)"
    npm ci --silent || fail "npm ci failed: npm's own words come with: npm ci"
    touch node_modules/.package-lock.json
}

system_packages
rust
node_version
scripts/wasm-target.sh
cargo_tool wasm-pack wasm-pack $wasm_pack --locked
cargo_tool wasm-bindgen wasm-bindgen-cli $wasm_bindgen # its own lock file is not complete enough for --locked
node_packages
say "ready to $purpose ($SECONDS s)"
