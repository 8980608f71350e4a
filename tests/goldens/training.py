"""What one step of training looks at, by PyTorch: `python training.py` writes training.safetensors.

A batch by formula through the paper's networks with weights by formula, in f32. `NAME/loss` is the cross entropy with
smoothed labels, `NAME/TENSOR` its gradient, every so-manieth number of it. `NAME+bn/loss` is the loss with a batch
normalisation behind every convolution but the last. The metadata says how far the same in f64 is from that.
"""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save
from torch.nn import functional as F

import paper
from network import Network
from seeded import uniform

# Two pictures, and a seed of theirs by which no pooling has a winner that rounding decides: more would have one.
BATCH, SMOOTHING, KEPT = 2, 0.1, 400
PICTURES = uniform(11, 0, BATCH * 3 * 32 * 32).reshape(BATCH, 3, 32, 32)
LABELS = [(3 * index + 1) % 10 for index in range(BATCH)]


def spread(values):
    """At most `KEPT` numbers, evenly spread."""
    return np.ascontiguousarray(values.reshape(-1)[:: -(-values.size // KEPT)])


def step(name, dtype):
    """The loss and every weight's gradient of the plain network."""
    network = Network(*paper.seeded(name)).to(dtype).requires_grad_(True)
    logits = network(torch.from_numpy(PICTURES).to(dtype))
    loss = F.cross_entropy(logits, torch.tensor(LABELS), label_smoothing=SMOOTHING)
    loss.backward()
    gradients = {key.removeprefix("steps."): value.grad.numpy() for key, value in network.named_parameters()}
    return float(loss.detach()), gradients


def normalised_loss(name, dtype):
    """The loss as training begins: convolutions without bias, each but the last followed by a batch normalisation."""
    x = torch.from_numpy(PICTURES).to(dtype)
    layers = [layer for layer in paper.model(name)["layers"] if layer["kind"] in ("conv2d", "max_pool2d")]
    last = layers[-1]["name"]
    channels, ordinal = 3, 0
    for layer in layers:
        if layer["kind"] == "max_pool2d":
            x = F.max_pool2d(x, layer["kernel"], layer["stride"], layer["padding"][0])
            continue
        shape = (layer["out_channels"], channels, *layer["kernel"])
        channels = layer["out_channels"]
        bound = np.float32(np.sqrt(6 / np.prod(shape[1:])))
        weight = torch.from_numpy((uniform(3, ordinal, int(np.prod(shape))) * bound).reshape(shape)).to(dtype)
        x = F.conv2d(x, weight, stride=layer.get("stride", 1), padding=layer["padding"][0])
        if layer["name"] != last:
            x = F.batch_norm(x, None, None, training=True, eps=1e-5)
        x = F.relu(x)
        # A weight, then the four tensors of the normalisation.
        ordinal += 5
    return float(F.cross_entropy(x.mean((2, 3)), torch.tensor(LABELS), label_smoothing=SMOOTHING))


def main():
    tensors, apart = {}, {}
    for name in ("all-cnn-c", "model-c"):
        loss, gradients = step(name, torch.float32)
        exact_loss, exact = step(name, torch.float64)
        tensors[f"{name}/loss"] = np.array([loss], np.float32)
        apart[f"{name}/loss"] = abs(loss - exact_loss)
        for key, gradient in gradients.items():
            tensors[f"{name}/{key}"] = spread(gradient)
            apart[f"{name}/{key}"] = float(np.abs(gradient - exact[key]).max() / np.abs(exact[key]).max())
        loss = normalised_loss(name, torch.float32)
        tensors[f"{name}+bn/loss"] = np.array([loss], np.float32)
        apart[f"{name}+bn/loss"] = abs(loss - normalised_loss(name, torch.float64))
    worst = max(apart, key=apart.get)
    print(f"farthest from f64: {worst}, {apart[worst]:.1e}")
    golden = {"versions": {"torch": torch.__version__}, "difference_f32_f64": apart}
    target = Path(__file__).with_name("training.safetensors")
    target.write_bytes(save(tensors, {"golden": json.dumps(golden)}))


if __name__ == "__main__":
    main()
