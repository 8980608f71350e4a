#!/bin/sh
# What `make run` does: serve the page, with Node or else with Python. The engine is part of the repository, so nothing
# is compiled, installed or fetched, unless its sources were changed here and there is a cargo to build it with.
# With --check, what `make check` does: only say whether the engine matches its sources.
# PORT=… chooses the port; ENGINE=flex-relaxed|flex the build that has to be up to date, instead of
# looking for an installed browser.
set -eu
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
CDPATH='' cd -- "$here/.."
PATH="$PWD/.tools/bin:$PATH:${HOME-}/.cargo/bin"
export PATH

say() { echo "run: $*"; }
fail() {
    echo "run: $*" >&2
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# at_least VERSION MAJOR MINOR: false as well if there is no version at all
at_least() {
    major=${1%%.*}
    minor=${1#*.}
    minor=${minor%%.*}
    case $major:$minor in :* | *: | *[!0-9:]*) return 1 ;; esac
    [ "$major" -gt "$2" ] || { [ "$major" -eq "$2" ] && [ "$minor" -ge "$3" ]; }
}

node=$(node --version 2>/dev/null) || node=
python= # Asked for only where it is needed: on a Mac without it, that opens a window.
at_least "${node#v}" 20 0 || python=$(python3 --version 2>/dev/null) || python=
if at_least "${node#v}" 20 0; then
    engine() { node scripts/engine-manifest.mjs "$@"; }
    server='node scripts/serve.mjs'
elif at_least "${python#Python }" 3 8; then
    engine() { python3 scripts/engine_manifest.py "$@"; }
    server='python3 scripts/serve.py'
else
    found="neither was found"
    [ -z "$node$python" ] || found="found ${node:+Node $node}${node:+${python:+ and }}$python"
    fail "serving the page needs Node 20 or Python 3.8, or later; $found. Node is at https://nodejs.org"
fi

if [ "${1-}" = --check ]; then
    engine check
    exit
fi

case ${ENGINE-} in
flex-relaxed | flex) needed=$ENGINE ;;
'')
    # Chromium and Firefox have relaxed SIMD, and so has nearly every other browser but Safari, a Mac's own.
    needed=flex-relaxed
    if ! sh scripts/browser.sh chrome >/dev/null && ! sh scripts/browser.sh firefox >/dev/null; then
        case $(uname -s 2>/dev/null) in Darwin) needed=flex ;; esac
    fi
    ;;
*)
    echo "run: ENGINE must be flex-relaxed or flex, not $ENGINE" >&2
    exit 2
    ;;
esac
if [ $needed = flex ]; then other=flex-relaxed; else other=flex; fi
# What reads files of other tools is needed by few, and so is the other build.
others="$other onnx checkpoint"

# One line a build, as in "flex out of date". Where files are missing or have changed since they were built, it says so
# itself.
states=$(engine state) || exit 1
outdated() { case $states in *"$1 out of date"*) ;; *) return 1 ;; esac }

build() {
    say "the engine's sources have changed: building pkg/wasm/$needed from them (takes some minutes the first time)"
    scripts/setup.sh build && scripts/build-engine.sh $needed ||
        fail "pkg/wasm/$needed was not built, see above; the older build is still there; to serve it, run: $server"
    states=$(engine state) || exit 1
    ! outdated $needed || fail "the sources changed again while pkg/wasm/$needed was built; make run builds it anew"
}
tell_of_others() {
    for build in $others; do
        ! outdated "$build" || say "pkg/wasm/$build is out of date; make engine builds it again"
    done
}
tell_of_older() { say "serving an engine that is out of date; $*"; }

if ! outdated $needed; then
    tell_of_others
elif ! [ -w . ] || ! [ -w pkg/wasm ]; then
    tell_of_older "this folder is read-only, so it was not rebuilt"
elif ! has cargo || ! has bash; then
    tell_of_older "to rebuild it, install Rust (https://rustup.rs) and bash"
else
    build
    tell_of_others
fi
exec $server
