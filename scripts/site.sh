#!/usr/bin/env bash
# Lay out what a static host serves, in site/ or in the folder named (from the root of the repository): the page, the
# package with its built engines, the models, and the service worker that keeps all of it in the browser.
set -euo pipefail
cd "$(dirname "$0")/.."
site=${1:-site}

for built in pkg/wasm/flex-relaxed pkg/wasm/flex pkg/wasm/ndarray www/models/efficientnet-lite0.safetensors; do
    [ -e $built ] || { echo "site: $built is missing; run make build models" >&2; exit 1; }
done
[ $# -eq 0 ] || [ -z "$(ls -A "$site" 2>/dev/null)" ] || { echo "site: $site is not empty" >&2; exit 1; }
rm -rf "$site"
mkdir -p "$site"
cp -R www pkg LICENSE-MIT LICENSE-APACHE "$site/"
cat >"$site/index.html" <<'HTML'
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=www/">
<title>relume</title>
<a href="www/">relume</a>
</html>
HTML
node scripts/preload.mjs "$site"
# Last: it hashes every file.
node scripts/offline.mjs "$site"
echo "site: ready in $site/ ($(du -sh "$site" | cut -f1))"
