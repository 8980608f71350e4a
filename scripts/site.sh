#!/usr/bin/env bash
# Lay out what a static host serves, in site/ or in the folder named (from the root of the repository): the page, the
# package with its engine, the models, the documents, and the service worker that keeps all of it in the browser. What is not part of the
# repository, EfficientNet-Lite0 and the engine on NdArray, comes along where it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
site=${1:-site}

for library in es-module-lexer vite; do
    [ -d node_modules/$library ] || { echo "site: $library is not installed; npm ci installs it, and so does make setup" >&2; exit 1; }
done
node scripts/engine-manifest.mjs check
[ $# -eq 0 ] || [ -z "$(ls -A "$site" 2>/dev/null)" ] || { echo "site: $site is not empty" >&2; exit 1; }
rm -rf "$site"
mkdir -p "$site"
cp -R www pkg docs LICENSE-MIT LICENSE-APACHE "$site/"
cat >"$site/index.html" <<'HTML'
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=www/">
<title>relume</title>
<a href="www/">relume</a>
</html>
HTML
node scripts/without-comments.mjs "$site"
node scripts/preload.mjs "$site"
# Last: it hashes every file.
node scripts/offline.mjs "$site"
echo "site: ready in $site/ ($(du -sh "$site" | cut -f1))"
