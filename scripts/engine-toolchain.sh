# Read by the scripts that build and compare the engine (`. scripts/engine-toolchain.sh`): the versions of all that turns
# its sources into bytes, `toolchain` as options of engine-manifest.mjs and `toolchain_json` as that prints them.
# shellcheck shell=bash

# The standard library's file name has a hash in it: one that was built from Debian's sources differs from rustup's.
std=$(echo "$(rustc --print sysroot)"/lib/rustlib/wasm32-unknown-unknown/lib/libstd-*.rlib)
std=${std##*/}
versions=(
    rustc "$(rustc --version | cut -d' ' -f2-) $(rustc -vV | sed -n 's/^host: //p')"
    std "${std%.rlib}"
    wasm-bindgen "$(wasm-bindgen --version | cut -d' ' -f2)"
    wasm-opt "$(wasm-opt --version | cut -d' ' -f3)"
)
toolchain=()
toolchain_json="{"
for ((i = 0; i < ${#versions[@]}; i += 2)); do
    toolchain+=("--${versions[i]}" "${versions[i + 1]}")
    toolchain_json+=$'\n'"  \"${versions[i]}\": \"${versions[i + 1]}\","
done
toolchain_json="${toolchain_json%,}"$'\n}'
unset std versions i
