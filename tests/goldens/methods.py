"""Makes methods.safetensors: maps by methods of many passes or of more than one backward pass, by Captum.

They are computed in f64. For each case: `CASE/METHOD` `[3, H, W]`, `CASE/grad-cam`, `CASE/cam`, `CASE/occlusion` and `CASE/rise` `[1, …]`; of a network for
photographs the square in the middle. SmoothGrad is Captum's NoiseTunnel, given its noise; RISE (rise.py) and visualisations (visualisation.py) are by
PyTorch, and so is layer-wise relevance propagation (lrp.py) of those networks that Captum's does not support. `CASE/deletion` and `CASE/insertion` `[POINTS + 1]` are curves in the order of the occlusion map, by PyTorch, and
`CASE/edges` `[1, H, W]` is the control. The metadata key `methods` says how far Captum in f32 is from it, relative to the largest magnitude:
nothing is written if that is more than 1e-4, but for SqueezeNet's integrated gradients. There it is 4e-3, because among 64 pictures some have
a unit that rounding turns. What each method was given is in SETTINGS, and in crates/relume/tests/methods.rs.
"""

import json
import warnings
from pathlib import Path
from unittest import mock

import captum
import numpy as np
import torch
from captum.attr import (
    GuidedBackprop, GuidedGradCam, InputXGradient, IntegratedGradients, LayerAttribution, LayerGradCam, NoiseTunnel, Occlusion,
)
from safetensors.torch import save_file
from torch.nn import functional as F

from cases import case
from lrp import captum_lrp, has_captum, lrp
from make import cut
from network import Network
from rise import rise
from rules import captum_map, difference
from visualisation import gaussian, visualise

FOLDER = Path(__file__).resolve().parent
# The class, the layer of Grad-CAM, and window and stride of occlusion.
SETTINGS = {
    "odd": (3, "relu4", (5, 7), (3, 4)),
    "all-cnn-c-trained": (6, "relu8", (8, 8), (8, 8)),
    "squeezenet-1.1": (285, "fire9_concat", (40, 40), (36, 36)),
}
STEPS = {"integrated-gradients": ("gausslegendre", 64), "integrated-gradients.middle": ("riemann_middle", 12)}
EPSILONS = {"lrp": 1e-9, "lrp.epsilon": 0.25}
COVER = 0.25
POINTS = 6
SAMPLES = 4
RISE = {"count": 24, "cells": 5, "keep": 0.4, "seed": 3}
# Of the class, and of the mean of a channel of Grad-CAM's layer.
CHANNEL = 2
ASCENT = {"steps": 3}
ASCENT_OF_CHANNEL = {"steps": 3, "step_size": 0.1, "l2": 0.01, "noise": 0.3, "seed": 5, "jitter": 3, "blur": 0.6}
AGREEMENT = 1e-4
TURNED = {f"squeezenet-1.1/{name}" for name in STEPS}


def noise(x):
    """SAMPLES pictures of noise by a formula, `[N, 3, H, W]`."""
    positions = np.arange(SAMPLES * x[0].numel(), dtype=np.float64)
    return torch.from_numpy((0.3 * np.sin(1.234 * positions)).astype(np.float32)).reshape(SAMPLES, *x.shape[1:])


def maps(network, x, settings):
    target, layer, window, stride = settings
    module = network.steps[layer]
    found = {"input-x-gradient": InputXGradient(network).attribute(x, target)[0]}
    for name, (method, steps) in STEPS.items():
        found[name] = IntegratedGradients(network).attribute(x, target=target, method=method, n_steps=steps, internal_batch_size=8)[0]
    for name, kind in (("smoothgrad", "smoothgrad"), ("smoothgrad.squared", "smoothgrad_sq")):
        # It draws its noise itself, and is given this instead.
        with mock.patch("torch.normal", lambda *_: noise(x).to(x.dtype)):
            tunnel = NoiseTunnel(GuidedBackprop(network))
            found[name] = tunnel.attribute(x, nt_type=kind, nt_samples=SAMPLES, target=target)[0]
    cam = LayerGradCam(network, module).attribute(x, target, relu_attributions=True)
    signed = LayerGradCam(network, module).attribute(x, target)
    found["cam"], found["cam.signed"] = cam[0], signed[0]
    found["grad-cam"] = LayerAttribution.interpolate(cam, x.shape[2:], "bilinear")[0]
    found["grad-cam.nearest"] = LayerAttribution.interpolate(cam, x.shape[2:])[0]
    found["grad-cam.signed"] = LayerAttribution.interpolate(signed, x.shape[2:], "bilinear")[0]
    found["guided-grad-cam"] = GuidedGradCam(network, module).attribute(x, target, interpolate_mode="bilinear")[0]
    found["guided-grad-cam.nearest"] = GuidedGradCam(network, module).attribute(x, target)[0]
    occlusion = Occlusion(network).attribute(x, (3, *window), strides=(3, *stride), target=target, baselines=COVER)[0]
    # Captum divides the difference among nothing: each number of a window gets all of it, the mean where windows overlap.
    found["occlusion"] = occlusion[:1]
    found["rise"] = rise(network, x, target, logit=False, **RISE)
    found["rise.logit"] = rise(network, x, target, logit=True, **RISE)
    return {name: values.detach() for name, values in found.items()}


def relevances(one, x, target):
    """By Captum where it can."""
    network = Network(one.model, one.tensors).to(x.dtype)
    found = {name: lrp(network, x, target, epsilon) for name, epsilon in EPSILONS.items()}
    if not has_captum(network):
        return found
    captums = {name: captum_lrp(one.model, one.tensors, x, target, epsilon).detach() for name, epsilon in EPSILONS.items()}
    for name, values in captums.items():
        apart = difference(found[name], values)
        assert apart < (1e-12 if x.dtype == torch.float64 else AGREEMENT), f"{one.name}/{name}: Captum and lrp.py differ by {apart:.1e}"
    return captums


def visualisations(network, x, settings):
    """Of the small networks: in faint noise rounding turns so many of SqueezeNet's units that after 3 steps f32 is 4 % from f64."""
    target, layer = settings[:2]
    mean = lambda x: network.activations(x)[layer][0, CHANNEL].mean()
    return {
        "visualisation": visualise(lambda x: network(x).flatten()[target], x.shape, x.dtype, **ASCENT),
        "visualisation.channel": visualise(mean, x.shape, x.dtype, **ASCENT_OF_CHANNEL),
    }


def edges(x):
    """The length of Sobel's gradient of the mean of the channels, [H, W]."""
    grey = F.pad(x.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
    across = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=x.dtype)[None, None]
    return torch.hypot(F.conv2d(grey, across), F.conv2d(grey, across.transpose(2, 3)))[0, 0]


def blurred(x):
    """By a Gaussian of 5 pixels in 224."""
    return gaussian(x, 5 * min(x.shape[2:]) / 224)


def curve(network, x, target, importance, begin, end):
    """The class's probability while the most important pixels of `begin` become those of `end`, [POINTS + 1]."""
    order = torch.argsort(importance.flatten(), descending=True, stable=True)
    values = []
    for point in range(POINTS + 1):
        shown = begin.flatten(2).clone()
        changed = order[: len(order) * point // POINTS]
        shown[:, :, changed] = end.flatten(2)[:, :, changed]
        values.append(network(shown.reshape(x.shape)).flatten().softmax(0)[target])
    return torch.stack(values)


def curves(network, x, settings, map_):
    target, importance = settings[0], map_[0]
    zero = torch.zeros_like(x)
    return {
        "edges": edges(x),
        "deletion": curve(network, x, target, importance, x, zero),
        "insertion": curve(network, x, target, importance, blurred(x), x),
    }


def main():
    torch.set_num_threads(2)
    warnings.simplefilter("ignore")  # Captum announces its hooks each time
    tensors, worst = {}, {}
    for name, settings in SETTINGS.items():
        one = case(name, FOLDER, None)
        x = one.input
        rounded = maps(Network(one.model, one.tensors), x.clone().requires_grad_(True), settings)
        exact = maps(Network(one.model, one.tensors).double(), x.double().requires_grad_(True), settings)
        rounded |= relevances(one, x, settings[0])
        exact |= relevances(one, x.double(), settings[0])
        if one.kept is None:
            rounded |= visualisations(Network(one.model, one.tensors), x, settings)
            exact |= visualisations(Network(one.model, one.tensors).double(), x.double(), settings)
        with torch.no_grad():
            for into, dtype in ((rounded, torch.float32), (exact, torch.float64)):
                network = Network(one.model, one.tensors).to(dtype)
                into.update(curves(network, x.to(dtype), settings, exact["occlusion"]))
        for method, values in exact.items():
            key = f"{name}/{method}"
            apart = difference(rounded[method], values)
            assert apart < AGREEMENT or key in TURNED, f"{key}: Captum in f32 and in f64 differ by {apart:.1e}"
            worst[key] = apart
            whole = one.kept is None or method in ("cam", "cam.signed", "deletion", "insertion")
            if method == "edges":
                values = values[None]
            tensors[key] = (values if whole else cut(values, one.kept)).float().contiguous()
    path = FOLDER / "methods.safetensors"
    about = {"source": "Captum, f64", "difference_f32_f64": worst, "captum": captum.__version__, "torch": torch.__version__}
    save_file(tensors, path, metadata={"methods": json.dumps(about)})
    path.chmod(0o644)
    for name, apart in worst.items():
        print(f"{name:46} f32 against f64 {apart:.1e}")
    print(f"{path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
