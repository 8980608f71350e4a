#!/bin/sh
# Give the active Rust toolchain a standard library for wasm32-unknown-unknown. Does nothing if there is a usable one.
# Otherwise asks rustup; where rustup's server cannot be reached, takes Debian's rust-src of exactly the compiler's
# version and builds the library from it. Changes nothing but the toolchain's sysroot.
# SKIP_RUSTUP=1 goes to the second way at once.
set -eu

target=wasm32-unknown-unknown
version=$(rustc --version | cut -d' ' -f2)
rustlib=$(rustc --print sysroot)/lib/rustlib
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() {
    echo "$target: $1" >&2
    exit 1
}

# A directory that exists proves little (another compiler's build, two builds mixed), so compile with it:
# std must link, with LTO too, and so must libtest, which every wasm test needs.
works() {
    printf 'pub fn f() -> Vec<u8> { vec![1] }\n#[test] fn t() {}\n' >"$tmp/probe.rs"
    rustc --target $target --crate-type cdylib -Clto -o "$tmp/probe.wasm" "$tmp/probe.rs" &&
        rustc --target $target --test -o "$tmp/tests.wasm" "$tmp/probe.rs"
} >/dev/null 2>&1

if works; then
    echo "$target: there, usable with rustc $version"
    exit 0
fi

# Two builds of std side by side are ambiguous to rustc (E0464): clear the place before each attempt.
rustup target remove $target >/dev/null 2>&1 || true
rm -rf "${rustlib:?}/$target"
if [ -z "${SKIP_RUSTUP:-}" ]; then
    echo "$target: asking rustup for it (a few seconds, at most two minutes)"
    limit=$(command -v timeout || true) # not every system has it
    if ${limit:+"$limit" 120} rustup target add $target >/dev/null 2>&1 && works; then
        echo "$target: installed by rustup"
        exit 0
    fi
    rm -rf "${rustlib:?}/$target"
fi

case $version in
*-*) fail "rustup could not install it, and building it needs a release of Rust, not $version" ;;
esac
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    fail "could not be installed; see what this says, then run make again: rustup target add $target"

echo "$target: rustup could not install it; building it from Debian's rust-src (about a minute)"
src=$rustlib/src/rust
if [ "$(cat "$src/.version" 2>/dev/null)" != "$version" ]; then
    # A private apt configuration reads the newer suites, signatures checked, and leaves the system's own sources alone.
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n1)
    [ -n "$mirror" ] || fail "apt knows no package lists yet; run: apt-get update"
    mkdir -p "$tmp/lists/partial" "$tmp/cache/archives/partial"
    for suite in trixie-backports trixie testing unstable; do
        echo "deb $mirror $suite main"
    done >"$tmp/sources.list"
    cat >"$tmp/apt.conf" <<CONF
Dir::Etc { sourcelist "$tmp/sources.list"; sourceparts "-"; preferences "/dev/null"; preferencesparts "-"; };
Dir::State::lists "$tmp/lists";
Dir::Cache "$tmp/cache";
APT::Sandbox::User "root";
CONF
    export APT_CONFIG="$tmp/apt.conf"
    apt-get -qq update
    apt-cache madison rust-src >"$tmp/found"
    deb=$(awk -v v="$version" 'index($3, v "+") == 1 || index($3, v "-") == 1 { print $3; exit }' "$tmp/found")
    if [ -z "$deb" ]; then
        cat "$tmp/found" >&2
        fail "Debian has no rust-src $version, only those above"
    fi
    (cd "$tmp" && apt-get -qq download "rust-src=$deb" && dpkg-deb -x rust-src_*.deb deb)
    unset APT_CONFIG
    rm -rf "$src"
    mkdir -p "$src"
    cp -a "$tmp/deb/usr/src/rustc-$version/library" "$src/" # all that build-std reads
    echo "$version" >"$src/.version"
fi

mkdir -p "$tmp/std/src" "$rustlib/$target/lib"
cd "$tmp/std"
: >src/lib.rs
printf '[package]\nname="std-probe"\nedition="2021"\n[lib]\ncrate-type=["cdylib"]\n' >Cargo.toml
# libtest is not part of build-std's default, and without the bitcode a later LTO fails.
RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR=target \
    cargo build --quiet -Zbuild-std=std,panic_abort,test --target $target --release
cp target/$target/release/deps/*.rlib "$rustlib/$target/lib/"
works || fail "built, but a program that uses it still does not compile"
echo "$target: built from Debian's rust-src $version"
