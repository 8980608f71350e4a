#!/usr/bin/env bash
# Lay out what a static host serves, in site/: the page, the package with its built engines, the models.
set -euo pipefail
cd "$(dirname "$0")/.."

for built in pkg/wasm/flex-relaxed pkg/wasm/flex pkg/wasm/ndarray www/models/efficientnet-lite0.safetensors; do
    [ -e $built ] || { echo "site: $built is missing; run make build models" >&2; exit 1; }
done
rm -rf site
mkdir site
cp -R www pkg LICENSE-MIT LICENSE-APACHE site/
cat >site/index.html <<'HTML'
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=www/">
<title>relume</title>
<a href="www/">relume</a>
</html>
HTML
echo "site: ready in site/ ($(du -sh site | cut -f1))"
