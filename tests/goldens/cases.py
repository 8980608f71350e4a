"""What is run: network, input, targets. A target is `class:K`, `LAYER:CHANNEL@ROW,COLUMN`, or `LAYER:CHANNEL` (there the
layer's spatial maximum of that channel)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import activations
import blocks
import model_file
import odd
import paper
from pictures import crop, gallery, normalised, view


@dataclass
class Case:
    name: str
    model: dict
    tensors: dict
    pixels: np.ndarray
    targets: list
    # Side of the square kept from the middle of each map; None keeps the whole map.
    kept: int | None = None

    @property
    def input(self):
        return normalised(self.pixels, self.model["input"])


WWW = Path(__file__).resolve().parents[2] / "www"
# Trained networks of the repository, and the gallery's picture that choose_crop.py found for each.
TRAINED = {"all-cnn-c-trained": ("all-cnn-c", "deer-0000.jpg")}

# Crops (reduction, top, left) found by choose_crop.py.
CROPS = {"odd": (4, 29, 34), "activations": (3, 76, 5), "blocks": (3, 70, 65), "all-cnn-c": (3, 62, 17), "model-c": (3, 4, 75)}

# How much of the cat's shorter side a network for photographs sees: of 79 values between 0.6 and 0.99 the one whose run
# keeps farthest from every tipping point, measured in what f32 rounds away there. With EfficientNet-Lite0's 7 million
# units that is twice that much, with SqueezeNet's 2 million almost five times.
VIEWS = {"efficientnet-lite0": 0.68, "squeezenet-1.1": 0.61}

# Among them, on purpose: units below zero in convolutions (their maps are not zero), ReLUs that do not fire or are
# clipped (zero under backprop and guided, not under deconvnet), and pooling windows of equal values.
TARGETS = {
    "odd": [
        "class:0", "class:1", "conv1:3", "conv1:2@4,5", "relu1:2", "relu1:1@0,0", "pool1:4", "pool1:5@4,6",
        "conv2:0@0,0", "norm2:7", "relu3:1", "conv3:2@1,1", "add1:3", "average:1@0,3", "pool2:4@4,3", "concat1:13",
        "conv4:20@5,2", "relu4:9", "pool3:3@2,1", "average2:5@0,1", "flat1:77", "linear1:3", "relu5:4",
    ],
    # One unit of each activation, and units below a ReLU of which only some fire.
    "activations": [
        "class:0", "class:2", *(f"{layer['name']}:{index % 8}" for index, layer in enumerate(activations.LAYERS)
                                if layer["kind"] not in ("conv2d", "concat", "linear", "global_avg_pool")),
    ],
    # Below and above each block, and units within it.
    "blocks": [
        "class:0", "class:3", "relu1:4", "norm1:4", "gate:3", "scaled:4", "half2:5", "depthwise:2", "shuffle:9", "where_gate:0",
        "attended:7", "product:2", "norm2:5", "conv5:3@1,2", "relu5:6",
    ],
    "all-cnn-c": [
        "class:0", "class:3", "conv1:5@3,4", "relu3:7", "conv5:100@2,3", "conv5:2@3,3", "conv7:0@3,3", "relu6:50@5,1", "relu6:51",
        "conv8:9",
    ],
    "all-cnn-c-trained": [
        "class:0", "class:3", "class:6", "relu1:5", "conv2:30@9,20", "conv8:9",
        # Three units of a low, a middle and a high layer.
        "relu3:7", "relu3:40", "relu3:81", "conv5:100@2,3", "conv5:12@4,6", "conv5:150@7,0", "relu6:51", "relu6:9", "relu6:120",
    ],
    "model-c": [
        "class:8", "class:3", "pool1:5@3,4", "relu2:7", "conv4:100@2,3", "pool2:50@5,1", "relu4:51", "conv6:9",
    ],
    # A target in the convolutions of a fire module, one in its concatenation, the winners of a max-pooling.
    "squeezenet-1.1": [
        "class:285", "class:281", "class:967", "pool3:17", "fire4_concat:40", "fire6_squeeze:12@7,7", "fire9_expand3x3_relu:100",
    ],
    "efficientnet-lite0": [
        "class:285", "class:282", "block4_add:5", "block5_depthwise_relu:17", "block7_project:30@1,7",
    ],
}


# Networks that no zoo has: the goldens hold their model files, too.
SMALL = {"odd": odd.seeded, "activations": activations.seeded, "blocks": blocks.seeded}


def seeded(name):
    """The description and the tensors of a network whose weights come from a formula."""
    return SMALL[name]() if name in SMALL else paper.seeded(name)


def photograph_model(name, efficientnet_file):
    """The model file of a network for photographs; EfficientNet-Lite0's is not part of the repository."""
    return efficientnet_file if name == "efficientnet-lite0" else WWW / "models" / f"{name}.safetensors"


def case(name, folder, efficientnet_file):
    """The case `name`. Files that others need to run it (a model no zoo has, a picture) are written to `folder`."""
    if name in VIEWS:
        description, tensors = model_file.read(photograph_model(name, efficientnet_file))
        pixels = view(description["input"]["shape"][2], VIEWS[name])
        Image.fromarray(pixels).save(folder / f"{name}.png", optimize=True)
        return Case(name, description, tensors, pixels, TARGETS[name], kept=64)
    if name in TRAINED:
        model, picture = TRAINED[name]
        description, tensors = model_file.read(WWW / "models" / f"{model}.safetensors")
        return Case(name, description, tensors, gallery(picture), TARGETS[name])
    description, tensors = seeded(name)
    if name in SMALL:
        model_file.write(folder / f"{name}.model.safetensors", description, tensors)
        tensors = {key: tensor.astype(np.float32) for key, tensor in tensors.items()}
    _, height, width = description["input"]["shape"]
    return Case(name, description, tensors, crop(*CROPS[name], height, width), TARGETS[name])
