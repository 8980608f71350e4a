"""Makes the files of this folder: `python3 make.py` with PyTorch. They are weights as people keep them.

All numbers of a tensor share one place in memory, so that the files are small: what counts is how they are wrapped.
"""

import os
import pickle
from pathlib import Path

import torch

HERE = Path(__file__).parent
CHANNELS = [3, 96, 96, 96, 192, 192, 192, 192, 192, 10]
KERNELS = [3, 3, 3, 3, 3, 3, 3, 1, 1]


def weights(dtype=torch.float32, prefix=""):
    """All-CNN-C: the weights of its n-th convolution are n / 1000, the biases n / 100."""
    state = {}
    for n, kernel in enumerate(KERNELS, 1):
        shape = (CHANNELS[n], CHANNELS[n - 1], kernel, kernel)
        state[f"{prefix}conv{n}.weight"] = torch.tensor(n / 1000, dtype=dtype).expand(shape)
        state[f"{prefix}conv{n}.bias"] = torch.tensor(n / 100, dtype=dtype).expand(CHANNELS[n])
    return state


class Command:
    """What must never run."""

    def __reduce__(self):
        return os.system, ("touch command-has-run",)


counter = {"bn.num_batches_tracked": torch.tensor(7)}
optimizer = {"state": {0: {"momentum_buffer": torch.tensor(0.5).expand(3)}}, "param_groups": [{"lr": 0.1}]}
torch.save(dict(epoch=3, state_dict=dict(weights(prefix="module."), **counter), optimizer=optimizer), HERE / "checkpoint.pth.tar")
torch.save(weights(torch.float64), HERE / "old.pkl", _use_new_zipfile_serialization=False)
torch.save(weights(torch.bfloat16, "_orig_mod."), HERE / "without-ending")
torch.save(dict(model=weights(), ema=weights(prefix="module.")), HERE / "two-dictionaries.pth")
torch.save({name: tensor for name, tensor in weights().items() if "conv9" not in name}, HERE / "headless.pth")
torch.save(dict(state_dict=weights(), note=Command()), HERE / "with-a-command.pth")
with open(HERE / "command-alone.pth", "wb") as file:
    pickle.dump(Command(), file, 2)


class Program(torch.nn.Module):
    """Large enough that its description does not lie at the beginning of the file."""

    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 32, 3)

    def forward(self, x):
        return self.conv1(x)


torch.jit.script(Program()).save(str(HERE / "program.pt"))
