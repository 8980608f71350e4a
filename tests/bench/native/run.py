"""relume beside PyTorch on the processor, one thread each: All-CNN-C, weights by formula, forward and guided.

    python tests/bench/native/run.py RELUME [--rounds 5] [--json FILE]

RELUME is a command line built for this processor (`scripts/native.sh` says how). PyTorch's guided backpropagation is
Captum's. The two take turns, so that whatever else the machine does meets both. Needs tests/goldens/requirements.txt.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "goldens"))

import torch  # noqa: E402
from captum.attr import GuidedBackprop  # noqa: E402

import paper  # noqa: E402
from network import Network  # noqa: E402

RUNS, WARM_UPS = 30, 5


def pytorch():
    """Medians in milliseconds: forward, and forward + guided."""
    network = Network(*paper.seeded("all-cnn-c"))
    values = torch.tensor([((index * 7919) % 1009) / 504.5 - 1 for index in range(3 * 32 * 32)]).reshape(1, 3, 32, 32)
    guided = GuidedBackprop(network)

    def forward():
        with torch.no_grad():
            network(values)

    def explain():
        guided.attribute(values.clone().requires_grad_(True), target=0)

    return {"forward": median(forward), "forward + guided": median(explain)}


def median(work):
    times = []
    for _ in range(WARM_UPS + RUNS):
        begun = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(times[WARM_UPS:])


def relume(command, model, report):
    """The same, by `relume bench`."""
    subprocess.run([command, "bench", model, "--runs", str(RUNS), "--json", report], check=True, stdout=subprocess.DEVNULL)
    rows = {row["what"]: row["milliseconds"] for row in json.loads(Path(report).read_text())["rows"]}
    return {what: rows[what] for what in ("forward", "forward + guided")}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("relume")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--json")
    options = arguments.parse_args()
    torch.set_num_threads(1)
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        model, report = f"{folder}/all-cnn-c.safetensors", f"{folder}/bench.json"
        subprocess.run([options.relume, "init", "all-cnn-c", model, "--dtype", "f32"], check=True, stdout=subprocess.DEVNULL)
        for _ in range(options.rounds):
            rounds.append({"relume": relume(options.relume, model, report), "pytorch": pytorch()})
    print(f"{'one thread, milliseconds':<26}{'relume':>9}{'PyTorch':>9}{'ratio':>8}   (PyTorch {torch.__version__})")
    for what in ("forward", "forward + guided"):
        ours, theirs = (statistics.median(each[who][what] for each in rounds) for who in ("relume", "pytorch"))
        print(f"{what:<26}{ours:>9.2f}{theirs:>9.2f}{ours / theirs:>8.2f}")
    if options.json:
        Path(options.json).write_text(json.dumps({"torch": torch.__version__, "rounds": rounds}, indent=2) + "\n")


if __name__ == "__main__":
    main()
