#!/usr/bin/env bash
# The tests of the Python package: installed into a fresh environment as a user installs it, and as a view in JupyterLab, in a headless
# Chromium. With PYTHON=…, a Python that has torch and torchvision, exporting too: every kind of layer against PyTorch, and a notebook
# that exports ResNet-18. RELUME names the command line to compare with, CHROME the browser. What is installed comes from the Python
# package index; where that cannot be reached the tests are skipped with a line that says so, and fail where CI=true.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH"

RELUME=$(realpath "${RELUME:-${CARGO_TARGET_DIR:-target}/debug/relume}")
export RELUME
say() { echo "python: $*"; }
without() {
    say "not tested: $*"
    [ "${CI:-}" != true ] || exit 1
    exit 0
}

base=${PYTHON:-python3}
[ -x "$RELUME" ] || { say "there is no $RELUME: cargo build --package relume-cli" >&2; exit 1; }
"$base" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || without "Python 3.10 or later is needed"
"$base" -c 'import ensurepip' 2>/dev/null || without "Python's venv is needed and is missing"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
say "installing the package, JupyterLab and what they need into a fresh environment (about half a minute)"
"$base" -m venv "$folder/venv"
python=$folder/venv/bin/python
if [ -n "${PYTHON:-}" ]; then
    # The packages of that Python, which may itself be that of an environment, are seen, and stay as they are.
    "$base" -c 'import sys; print("\n".join(path for path in sys.path if path.endswith("-packages")))' \
        >"$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/other.pth"
fi
install() { "$python" -m pip install --quiet --disable-pip-version-check "$@"; }
install hatchling numpy safetensors anywidget jupyterlab pillow || without "what they need cannot be installed (pip's reason is above)"

install './python[view]'
# From the sources that pip would get of a package index it must become the same.
(cd python && "$python" -m hatchling build --target sdist --directory "$folder/sdist" >/dev/null)
install --no-deps --target "$folder/again" "$folder"/sdist/*.tar.gz
diff -r --exclude=__pycache__ "$folder/again/relume" "$("$python" -c 'import relume; print(relume.__path__[0])')"

say "unit tests$("$python" -c 'import torch' 2>/dev/null && echo ', against PyTorch too (some minutes)')"
# From a folder where the package's sources are not found: what is tested is what was installed.
(cd python/tests && PYTHONDONTWRITEBYTECODE=1 "$python" -W ignore -m unittest discover)

say "a view in JupyterLab"
PYTHON=$python node --test --test-reporter=spec python/tests/notebook.test.mjs
if "$python" -c 'import torch, torchvision' 2>/dev/null; then
    say "a notebook that exports ResNet-18"
    NETWORK=resnet18 PYTHON=$python node --test --test-reporter=spec python/tests/notebook.test.mjs
    say "the example notebook"
    PYTHON=$python node --test --test-reporter=spec python/tests/example.test.mjs
fi
