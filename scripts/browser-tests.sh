#!/usr/bin/env bash
# The tests that drive a browser: browser-tests.sh chromium|firefox. CHROME, FIREFOX name them where they are elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH"

# These depend on timing or on memory: they run one at a time.
alone=(tests/browser/{methods,refinement,visualise,aborts,crash,frozen-page,many-calls,memory,traps,worker-ended,workers}.test.mjs)

export RELUME_BROWSER=${1:-}
case $RELUME_BROWSER in
chromium) wanted=(tests/package/*.test.mjs tests/browser/*.test.mjs tests/site/*.test.mjs) ;;
firefox)
    wanted=()
    while read -r name _; do
        case $name in '' | '#') continue ;; esac
        [ -f "tests/browser/$name" ] || { echo "tests/browser/firefox.txt names $name, which is not there" >&2; exit 1; }
        wanted+=("tests/browser/$name")
    done <tests/browser/firefox.txt
    ;;
*)
    echo "usage: scripts/browser-tests.sh chromium|firefox" >&2
    exit 2
    ;;
esac

together=()
apart=()
for file in "${wanted[@]}"; do
    case " ${alone[*]} " in *" $file "*) apart+=("$file") ;; *) together+=("$file") ;; esac
done
failed=0
node --test --test-concurrency=2 --test-reporter=spec "${together[@]}" || failed=1
[ ${#apart[@]} -eq 0 ] || node --test --test-concurrency=1 --test-reporter=spec "${apart[@]}" || failed=1
exit $failed
