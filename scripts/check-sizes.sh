#!/usr/bin/env bash
# Small files, one idea each: no source file over 400 lines, and the JavaScript API of the engine under 650 in all.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=400
api_limit=650

too_long=$(
    find crates pkg python www tests scripts -type f \
        \( -name '*.rs' -o -name '*.js' -o -name '*.mjs' -o -name '*.ts' -o -name '*.css' -o -name '*.html' \
        -o -name '*.py' -o -name '*.sh' \) \
        -not -path 'pkg/wasm/*' -not -path 'pkg/types/*' -not -path '*/node_modules/*' -not -path '*/target/*' -exec wc -l {} + |
        awk -v limit=$limit '$2 != "total" && $1 > limit { print "  " $2 ": " $1 " lines" }'
)
api=$(find crates/relume-wasm/src -name '*.rs' -exec cat {} + | wc -l)

failed=0
if [ -n "$too_long" ]; then
    printf 'longer than %d lines:\n%s\n' $limit "$too_long" >&2
    failed=1
fi
if [ "$api" -ge $api_limit ]; then
    echo "crates/relume-wasm/src has $api lines; it holds conversions only and stays under $api_limit" >&2
    failed=1
fi
[ $failed -eq 0 ] && echo "no file over $limit lines; crates/relume-wasm/src has $((api)) of $api_limit"
exit $failed
