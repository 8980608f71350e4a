#!/usr/bin/env bash
# Run one step of a longer job under a headline, and say how long it took: step.sh "what it does" command [argument…]
# STEP_TIMES, if set, names a file that takes a line for each step: its seconds, a tab, what it does.
set -uo pipefail

name=$1
shift
printf '\n==> %s\n' "$name"
start=$SECONDS
"$@"
status=$?
took=$((SECONDS - start))
[ -z "${STEP_TIMES:-}" ] || printf '%d\t%s\n' $took "$name" >>"$STEP_TIMES"
if [ $status -eq 0 ]; then
    printf '    done: %s (%d s)\n' "$name" $took
else
    printf '    FAILED: %s (exit status %d, after %d s)\n' "$name" $status $took >&2
fi
exit $status
