"""Faults of the description: input, classes, layers. Each function spoils a sound model and returns the bytes."""

from file_faults import fault
from sound import layer


def changes(name, mentions, where, /, **fields):
    """Registers a fault that only sets `fields` of the layer `where`."""

    @fault(mentions, name)
    def change(model):
        model.layer(where).update(fields)
        return model.file()


changes("kind-unknown", "conv1", "conv1", kind="conv9d")
changes("kind-capitalised", "relu1", "relu1", kind="ReLU")
changes("field-unknown", "conv1", "conv1", paddding=[1, 1, 1, 1])
changes("kernel-zero", "conv1", "conv1", kernel=[0, 3])
changes("kernel-of-three-sides", "conv1", "conv1", kernel=[3, 3, 3])
changes("kernel-larger-than-the-input", "conv1", "conv1", kernel=[11, 11])
changes("kernel-huge", "conv1", "conv1", kernel=[2**31, 2**31])
changes("stride-zero", "conv1", "conv1", stride=[1, 0])
changes("stride-negative", "conv1", "conv1", stride=[-1, 1])
changes("padding-negative", "conv1", "conv1", padding=[-1, 1, 1, 1])
changes("padding-huge", "conv1", "conv1", padding=[2**40, 1, 1, 1])
changes("padding-of-a-pool-more-than-half", "pool1", "pool1", padding=[2, 2, 2, 2])
changes("dilation-zero", "conv1", "conv1", dilation=[1, 0])
changes("dilation-beyond-the-input", "pool1", "pool1", dilation=[900, 900])
changes("groups-zero", "conv1", "conv1", groups=0)
changes("groups-do-not-divide", "conv1", "conv1", groups=2)
changes("channels-zero", "conv1", "conv1", out_channels=0)
changes("channels-huge", "conv1", "conv1", out_channels=2**40)
changes("channels-near-the-largest-number", "conv1", "conv1", out_channels=2**64 - 1)
changes("channels-a-fraction", "conv1", "conv1", out_channels=2.5)
changes("channels-a-word", "conv1", "conv1", out_channels="two")
changes("features-huge", "fc", "fc", out_features=2**50)
changes("clip-zero", "relu1", "relu1", max=0)
changes("clip-negative", "relu1", "relu1", max=-6)
changes("epsilon-zero", "norm1", "norm1", epsilon=0)
changes("input-unknown", "relu1", "relu1", inputs=["conv7"])
changes("input-itself", "relu1", "relu1", inputs=["relu1"])
changes("input-later-layer", "conv1", "conv1", inputs=["conv2"])
changes("inputs-none", "relu1", "relu1", inputs=[])
changes("inputs-too-many", "relu1", "relu1", inputs=["conv1", "conv1"])
changes("add-of-one", "add1", "add1", inputs=["conv2"])
changes("add-of-different-shapes", "add1", "add1", inputs=["relu1", "conv2"])
changes("concat-of-different-sizes", "add1", "add1", kind="concat", inputs=["relu1", "conv2"])
changes("linear-without-flatten", "fc", "fc", inputs=["norm1"])
changes("name-twice", "conv1", "conv2", name="conv1")
changes("name-input", "input", "conv1", name="input")
changes("name-with-a-colon", "conv:1", "conv1", name="conv:1")


@fault("conv1")
def inputs_missing(model):
    del model.layer("conv1")["inputs"]
    return model.file()


@fault("out_channels")
def key_twice_in_a_layer(model):
    text = model.described().replace('"out_channels":2', '"out_channels":3,"out_channels":2', 1)
    return model.file(header=model.header(text))


@fault("classes")
def key_twice_in_the_description(model):
    text = model.described()[:-1] + ',"classes":["a"]}'
    return model.file(header=model.header(text))


@fault("relu1")
def layer_that_nothing_uses(model):
    model.layer("pool1")["inputs"] = ["conv1"]
    return model.file()


@fault("softmax")
def softmax_in_the_middle(model):
    model.drop_layer("softmax")
    layers = model.description["layers"]
    layers.insert(1, layer("softmax", "softmax", "conv1"))
    model.layer("relu1")["inputs"] = ["softmax"]
    return model.file()


@fault("classes")
def classes_too_few(model):
    model.description["classes"].pop()
    return model.file()


@fault("classes")
def classes_none(model):
    model.description["classes"] = []
    return model.file()


@fault("norm1")
def logits_with_pixels(model):
    for name in ("softmax", "fc", "global_pool"):
        model.drop_layer(name)
    return model.file()


@fault("layers")
def layers_none(model):
    model.description["layers"] = []
    return model.file()


@fault("layers")
def layers_missing(model):
    del model.description["layers"]
    return model.file()


@fault("format")
def format_99(model):
    model.description["format"] = 99
    return model.file()


@fault("format")
def format_missing(model):
    del model.description["format"]
    return model.file()


@fault("input")
def input_missing(model):
    del model.description["input"]
    return model.file()


@fault("input.mean")
def input_of_one_channel(model):
    model.description["input"]["shape"] = [1, 8, 8]
    return model.file()


@fault("shape")
def input_of_no_height(model):
    model.description["input"]["shape"] = [3, 0, 8]
    return model.file()


@fault("shape")
def input_huge(model):
    model.description["input"]["shape"] = [3, 2**31, 2**31]
    return model.file()


@fault("std")
def input_std_zero(model):
    model.description["input"]["std"] = [0.25, 0, 0.25]
    return model.file()


@fault("range")
def input_range_of_one_value(model):
    model.description["input"]["range"] = [1, 1]
    return model.file()


@fault("crop")
def input_crop_zero(model):
    model.description["input"]["crop"] = 0
    return model.file()


@fault("description")
def input_mean_beyond_numbers(model):
    text = model.described().replace('"mean":[0.5', '"mean":[1e999', 1)
    return model.file(header=model.header(text))


@fault("description")
def description_not_json(model):
    return model.file(header=model.header("All-CNN-C"))


@fault("description")
def description_nested_deeply(model):
    return model.file(header=model.header("[" * 1500 + "]" * 1500))


@fault("description")
def description_with_an_unknown_field(model):
    model.description["command"] = "run me"
    return model.file()
