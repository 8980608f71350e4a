# Read by the scripts that compile for the browser (`. scripts/wasm-flags.sh`, from the root of the repository): sets what
# rustc is told, so that the same sources give the same bytes in any folder, and the engine and its tests share one build
# of Burn.
# shellcheck shell=bash

# Where cargo unpacks its crates: the folder's name depends on where they were fetched from.
cargo fetch --quiet --locked --target wasm32-unknown-unknown
cargo_home=${CARGO_HOME:-$HOME/.cargo}
# The first as in .cargo/config.toml, which these flags replace. They are separated by a control character, as paths may
# hold spaces.
flags=(-C target-feature=+simd128)
for crates in "$cargo_home"/registry/src/*/; do
    flags+=("--remap-path-prefix=${crates%/}=crates.io")
done
flags+=("--remap-path-prefix=$(rustc --print sysroot)=rust" "--remap-path-prefix=$(pwd -P)=relume")
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && printf '%s' "${flags[*]}")
export CARGO_ENCODED_RUSTFLAGS
unset cargo_home flags crates
