#!/usr/bin/env bash
# Give the active Rust toolchain a standard library for wasm32-unknown-unknown: nothing if there is a usable one, else
# rustup's, else one built from source, of rustup's component rust-src or of Debian's package of exactly this version.
# It adds what is missing to the toolchain. It deletes and replaces there only what it put there itself, which it knows
# by the list that it leaves beside. SKIP_RUSTUP=1 goes to building at once.
set -euo pipefail
cd "$(dirname "$0")/.." # rustup may be told of another toolchain for this folder

target=wasm32-unknown-unknown
list=built-by-relume.txt
tmp="" stage="" aside="" shared="" why=""

say() { echo "$target: $*"; }
fail() {
    echo "$target: $*" >&2
    exit 1
}

clean_up() {
    trap '' INT TERM HUP # not stopped half-way
    [ -z "$aside" ] || put_back
    rm -rf ${stage:+"$stage"} ${tmp:+"$tmp"}
}
trap clean_up EXIT
trap 'echo "$target: interrupted" >&2; exit 130' INT TERM HUP

# Why a program failed, from all it said: a full disk, wherever it speaks of it, or else its first error.
reason() {
    printf '%s\n' "$1" | awk '
        /[Nn]o space left/ && !space { sub(/^ *(= )?(note: )?/, ""); space = $0 }
        /^(error|E:)/ && !error { error = $0 }
        NF { last = $0 }
        END { print space ? space : error ? error : last ? last : "it did not say why" }'
}

# A folder that exists proves little (another compiler's build, two builds mixed), so compile with it: std must link,
# with LTO too, and so must libtest, which every wasm test needs. Takes options of rustc; sets `why`.
works() {
    local said
    said=$({
        rustc "$@" --target $target --crate-type cdylib -Clto -o "$tmp/probe.wasm" "$tmp/probe.rs" &&
            rustc "$@" --target $target --test -o "$tmp/tests.wasm" "$tmp/probe.rs"
    } 2>&1) && return
    why=$(reason "$said")
    return 1
}

# What is there and not ours is not ours to repair.
left_alone() {
    local advice="move that folder away and run this again"
    ! grep -qs "^rust-std-$target\$" "$rustlib/components" ||
        advice="rustup target remove $target && rustup target add $target"
    [[ $why != *"o space left"* ]] || advice="free some space and run this again"
    fail "rustc cannot use $place: $why. Nothing was changed; what to do: $advice"
}

writable() {
    local folder
    for folder in "$rustlib" "$place" "$place/lib"; do
        [ ! -e "$folder" ] || [ -w "$folder" ] ||
            fail "rustc cannot use it ($why), and $folder is read-only; whoever owns it may run: rustup target add $target"
    done
}

# The files we put there; a line that leads anywhere else is none of them.
our_files() { grep -E '^lib/[^/]+\.rlib$' "$place/$list" || true; }
is_ours() { [ -f "$place/$list" ]; }
made_for_this_rustc() { grep -qxF "$version" "$place/$list"; }

# Ours come out of the way, and back again unless something better is there in the end.
set_aside() {
    local name
    name=$(mktemp -d "$rustlib/.relume-XXXXXX" 2>&1) || fail "$name. Nothing was changed"
    aside=$name
    mkdir "$aside/lib"
    our_files | while IFS= read -r name; do
        [ ! -e "$place/$name" ] || mv "$place/$name" "$aside/$name"
    done
    mv "$place/$list" "$aside/$list" # last: as long as it is there, another run knows what is ours
    rmdir "$place/lib" "$place" 2>/dev/null || shared=yes
}

put_back() {
    if [ -n "$shared" ] || [ ! -e "$place" ]; then
        mkdir -p "$place/lib"
        [ ! -e "$aside/$list" ] || mv "$aside/$list" "$place/$list"
        find "$aside/lib" -type f -exec mv -n {} "$place/lib/" \;
    fi
    rm -rf "$aside"
}

drop_aside() {
    rm -rf ${aside:+"$aside"}
    aside=""
}

ask_rustup() {
    local limit said
    # A rustup that is not in charge of this compiler would change another toolchain.
    [ -z "${SKIP_RUSTUP:-}" ] && [ "$(rustup which rustc 2>/dev/null)" -ef "$sysroot/bin/rustc" ] || return 1
    say "asking rustup for it (a few seconds, at most two minutes)"
    limit=$(command -v timeout || true) # not every system has it
    said=$(${limit:+"$limit" 120} rustup target add $target 2>&1) || {
        why=$(reason "$said")
        return 1
    }
    works || fail "rustup installed it, but rustc cannot use it: $why"
}

# A private apt configuration reads the newer suites, signatures checked, and leaves the system's own sources alone.
apt_configuration() {
    local said mirror suite
    said=$(apt-get -qq indextargets --format "\$(REPO_URI)" 'Created-By: Packages' 2>&1) ||
        fail "apt-get cannot tell where Debian's packages are: $(reason "$said")"
    mirror=$(printf '%s\n' "$said" | awk '/^[a-z]+:/ && !/security/ && !n++')
    [ -n "$mirror" ] || fail "building it from Debian's sources needs apt's package lists: apt-get update"
    {
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
    } 2>/dev/null || fail "$tmp cannot be written, perhaps as the disk is full. Nothing was changed"
}

# Sets `sources`.
debian_sources() {
    local found package said
    case $release in
    *-*) fail "$why; building it instead needs the sources of Rust $release: rustup component add rust-src" ;;
    esac
    { command -v apt-get && command -v dpkg-deb; } >/dev/null ||
        fail "$why; building it instead needs Rust's sources: rustup component add rust-src"
    [ -z "${SKIP_DEBIAN:-}" ] ||
        fail "$why; scripts/wasm-target.sh builds it from Debian's rust-src (it downloads 45 MB and installs no package)"
    say "building it from Debian's rust-src, because rustup did not install it (about a minute)"
    apt_configuration
    said=$(APT_CONFIG="$tmp/apt.conf" apt-get -qq update 2>&1) || fail "apt-get could not read Debian's package lists: $(reason "$said")"
    found=$(APT_CONFIG="$tmp/apt.conf" apt-cache madison rust-src | awk '{ print $3 }' | sort -u)
    package=$(printf '%s\n' "$found" | awk -v v="$release" '(index($0, v "+") == 1 || index($0, v "-") == 1) && !n++')
    [ -n "$package" ] || fail "Debian has no rust-src of Rust $release, only ${found//$'\n'/, }"
    said=$(cd "$tmp" && APT_CONFIG="$tmp/apt.conf" apt-get -qq download "rust-src=$package" 2>&1 &&
        dpkg-deb -x rust-src_*.deb deb 2>&1) || fail "Debian's rust-src $package could not be unpacked: $(reason "$said")"
    sources=$tmp/deb/usr/src/rustc-$release
    [ -d "$sources/library" ] || fail "Debian's rust-src $package has no ${sources#"$tmp/deb"}/library"
}

# A sysroot of links, so that building and trying out touch nothing in the real one. Sets `compiler`.
links() {
    local host
    host=$(rustc -vV | sed -n 's/^host: //p')
    mkdir -p "$tmp/sysroot/lib/rustlib/src"
    ln -s "$rustlib/$host" "$tmp/sysroot/lib/rustlib/$host"
    ln -s "$sources" "$tmp/sysroot/lib/rustlib/src/rust"
    compiler=$tmp/rustc
    # It expands them when it runs: a path may hold any character.
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nexec "$REAL_RUSTC" --sysroot "$LINKS" "$@"\n' >"$compiler"
    chmod +x "$compiler"
}

compile() {
    local said hash flags
    mkdir -p "$tmp/std/src"
    : >"$tmp/std/src/lib.rs"
    printf '[package]\nname="std-probe"\nedition="2021"\n[lib]\ncrate-type=["cdylib"]\n[workspace]\n' >"$tmp/std/Cargo.toml"
    hash=$(rustc -vV | sed -n 's/^commit-hash: //p')
    # Without the bitcode a later LTO fails. The paths are the same as in rustup's, and say nothing about this machine.
    flags=(-Cembed-bitcode=yes "--remap-path-prefix=$tmp/sysroot/lib/rustlib/src/rust=/rustc/$hash"
        "--remap-path-prefix=${CARGO_HOME:-${HOME-}/.cargo}/registry/src=/rust/deps")
    # libtest is not part of build-std's default.
    said=$(REAL_RUSTC=$(command -v rustc) LINKS=$tmp/sysroot RUSTC=$compiler RUSTC_BOOTSTRAP=1 \
        CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && printf '%s' "${flags[*]}") CARGO_TARGET_DIR=$tmp/std/target \
        cargo build --quiet --manifest-path "$tmp/std/Cargo.toml" -Zbuild-std=std,panic_abort,test \
        --target $target --release 2>&1) ||
        fail "building the standard library from $sources failed: $(reason "$said"). Nothing was changed"
}

# Complete and tried out beside its place, then moved there in one go.
move_in() {
    local said
    said=$(mktemp -d "$rustlib/.relume-XXXXXX" 2>&1) || fail "$said. Nothing was changed"
    stage=$said
    said=$({
        mkdir "$stage/lib" && cp "$tmp/std/target/$target/release/deps"/*.rlib "$stage/lib/" && (
            cd "$stage"
            echo "# Built by relume's scripts/wasm-target.sh for the compiler named below. It made only this file and"
            echo "# the files listed, and changes no others."
            echo "$version"
            ls lib/*.rlib
        ) >"$stage/$list" && chmod -R u=rwX,go=rX "$stage"
    } 2>&1) || fail "cannot write to $rustlib: $(reason "$said"). Nothing was changed"
    ln -s "$stage" "$tmp/sysroot/lib/rustlib/$target"
    works --sysroot "$tmp/sysroot" || fail "it was built, but rustc cannot use it: $why. Nothing was changed"
    rmdir "$place/lib" "$place" 2>/dev/null || true # only ever an empty folder
    # Where another run was quicker, what is there stays.
    [ -e "$place" ] || mv "$stage" "$place" || fail "cannot write to $rustlib. Nothing was changed"
    rm -rf "${place:?}/${stage##*/}"
    works || fail "$place is there now, but rustc cannot use it: $why"
}

add() {
    if ask_rustup; then
        say "installed by rustup"
        return
    fi
    # Another run of rustup's may have been quicker; what a failed one left is not ours.
    if [ -n "$(find "$place" ! -type d 2>/dev/null)" ]; then
        works || left_alone
        say "already installed, works with $version"
        return
    fi
    sources=$rustlib/src/rust
    if [ -d "$sources/library" ]; then
        say "building it from $sources, because rustup did not install it (about a minute)"
    else
        debian_sources
    fi
    links
    compile
    move_in
    say "built from the sources of Rust $release"
}

command -v rustc >/dev/null || fail "there is no rustc; please install Rust from https://rustup.rs"
version=$(rustc --version)
release=$(echo "$version" | cut -d' ' -f2)
sysroot=$(rustc --print sysroot)
rustlib=$sysroot/lib/rustlib
place=$rustlib/$target

folder=$(mktemp -d 2>&1) || fail "no temporary folder: $folder. Nothing was changed; set TMPDIR to another folder"
tmp=$folder
{ printf 'pub fn f() -> Vec<u8> { vec![1] }\n#[test] fn t() {}\n' >"$tmp/probe.rs"; } 2>/dev/null ||
    fail "$tmp cannot be written, perhaps as the disk is full. Nothing was changed; set TMPDIR to another folder"

if works; then
    say "already installed, works with $version"
    exit
fi
writable
if is_ours && { ! made_for_this_rustc || [[ $why == *E0464* ]]; }; then
    set_aside
    # Two builds side by side are ambiguous to rustc (E0464): someone added theirs to ours.
    if [ -n "$shared" ]; then
        works || left_alone
        drop_aside
        say "already installed, works with $version; our own build is no longer in its way"
        exit
    fi
elif [ -n "$(find "$place" ! -type d 2>/dev/null)" ]; then
    left_alone
fi
add
drop_aside
