"""The paper's two networks that the goldens use: All-CNN-C, which has no pooling, and Model C, which has."""

from model_file import parameter_shapes
from seeded import weights

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
SAME = [1, 1, 1, 1]

# (channels, kernel, stride, padding) of each convolution; "pool" is max-pooling 3x3 with stride 2.
HEAD = [(192, 3, 1, [0, 0, 0, 0]), (192, 1, 1, [0, 0, 0, 0]), (10, 1, 1, [0, 0, 0, 0])]
BODIES = {
    "all-cnn-c": [
        (96, 3, 1, SAME), (96, 3, 1, SAME), (96, 3, 2, SAME), (192, 3, 1, SAME), (192, 3, 1, SAME), (192, 3, 2, SAME),
    ],
    "model-c": [(96, 3, 1, SAME), (96, 3, 1, SAME), "pool", (192, 3, 1, SAME), (192, 3, 1, SAME), "pool"],
}


def model(name):
    """The description of `name`, for a 3 x 32 x 32 input."""
    layers = []
    convolutions = pools = 0
    for step in BODIES[name] + HEAD:
        before = layers[-1]["name"] if layers else "input"
        if step == "pool":
            pools += 1
            layers.append({
                "name": f"pool{pools}", "kind": "max_pool2d", "inputs": [before],
                "kernel": [3, 3], "stride": [2, 2], "padding": SAME,
            })
            continue
        channels, kernel, stride, padding = step
        convolutions += 1
        layers.append({
            "name": f"conv{convolutions}", "kind": "conv2d", "inputs": [before], "out_channels": channels,
            "kernel": [kernel, kernel], "stride": [stride, stride], "padding": padding,
        })
        layers.append({"name": f"relu{convolutions}", "kind": "relu", "inputs": [f"conv{convolutions}"]})
    layers.append({"name": "global_pool", "kind": "global_avg_pool", "inputs": [layers[-1]["name"]]})
    return {
        "format": 1, "name": name, "title": name, "licence": "CC0-1.0", "source": "seeded weights",
        "input": {"shape": [3, 32, 32], "range": [0, 1], "mean": [0.5] * 3, "std": [0.25] * 3, "crop": 1.0},
        "classes": CLASSES, "layers": layers,
    }


def seeded(name, seed=1):
    """The description, and weights by the formula."""
    description = model(name)
    return description, weights(description["layers"], parameter_shapes(description["layers"], 3), seed)
