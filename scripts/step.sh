#!/usr/bin/env bash
# Run one step of a longer job under a headline, and say how long it took: step.sh "what it does" command [argument…]
set -uo pipefail

name=$1
shift
printf '\n==> %s\n' "$name"
start=$SECONDS
"$@"
status=$?
if [ $status -eq 0 ]; then
    printf '    done: %s (%d s)\n' "$name" $((SECONDS - start))
else
    printf '    FAILED: %s (exit status %d, after %d s)\n' "$name" $status $((SECONDS - start)) >&2
fi
exit $status
