//! Products of activations, parts and shuffles of channels, and what looks over neighbouring ones; reckoned by hand.

mod support;

use relume_onnx::{Options, read};
use support::{File, Message, check, floats, ints, node, raw_tensor};

/// Six channels of one pixel, `picture · (1, 2, 3, 4, 5, 6)`, through `nodes`, from `c` to `y`.
fn six(mut nodes: Vec<Message>, mut constants: Vec<Message>) -> File {
    nodes.insert(0, node("Conv", &["x", "w"], "c"));
    constants.push(floats("w", &[6, 1, 1, 1], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    File::new(&[1, 1, 1, 1], nodes, constants)
}

fn refused(file: &File, words: &str) {
    let said = read(&file.bytes(), &Options::default()).expect_err(words).to_string();
    assert!(
        said.contains(words) && said.ends_with("[unsupported-operator]"),
        "{said}"
    );
}

#[test]
fn activations_are_multiplied() {
    // Squeeze-and-excitation without its convolutions: (1 − 2 + 3 − 4) / 4 = −0.5 times each, and its mean again.
    let gate = || node("GlobalAveragePool", &["x"], "g");
    let mean = || node("GlobalAveragePool", &["a"], "y");
    let picture = [1.0, -2.0, 3.0, -4.0];
    let kinds = ["global_avg_pool", "mul", "global_avg_pool"];
    for inputs in [["x", "g"], ["g", "x"]] {
        let file = File::new(&[1, 1, 2, 2], vec![gate(), node("Mul", &inputs, "a"), mean()], vec![]);
        check(&file, &picture, &kinds, &[0.25]);
    }
    // The same where the gate has lost its batch: [1, 1, 1] is still channels, height and width.
    let nodes = vec![
        gate(),
        node("Squeeze", &["g", "zero"], "s"),
        node("Mul", &["x", "s"], "a"),
        mean(),
    ];
    let file = File::new(&[1, 1, 2, 2], nodes, vec![ints("zero", &[0])]);
    check(&file, &picture, &kinds, &[0.25]);
    // A square, of the picture and of a vector.
    let file = File::new(&[1, 1, 2, 2], vec![node("Mul", &["x", "x"], "a"), mean()], vec![]);
    check(&file, &picture, &["mul", "global_avg_pool"], &[7.5]);
    let nodes = vec![
        node("Flatten", &["x"], "f"),
        node("Relu", &["f"], "r"),
        node("Mul", &["f", "r"], "y"),
    ];
    check(
        &File::new(&[1, 1, 2, 2], nodes, vec![]),
        &picture,
        &["relu", "mul", "flatten"],
        &[1.0, 0.0, 9.0, 0.0],
    );
}

#[test]
fn products_that_mean_another_axis_are_refused() {
    // [1, 3, 3, 3] by [1, 3]: ONNX multiplies along the width, not the channels.
    let nodes = vec![
        node("GlobalAveragePool", &["x"], "g"),
        node("Flatten", &["g"], "f"),
        node("Mul", &["x", "f"], "a"),
        node("GlobalAveragePool", &["a"], "y"),
    ];
    refused(&File::new(&[1, 3, 3, 3], nodes, vec![]), "[1, channels, 1, 1]");
    let nodes = vec![
        node("Relu", &["x"], "r"),
        node("Div", &["x", "r"], "a"),
        node("GlobalAveragePool", &["a"], "y"),
    ];
    refused(
        &File::new(&[1, 3, 3, 3], nodes, vec![]),
        "both its inputs are activations",
    );
}

#[test]
fn a_slice_of_the_channels_is_taken() {
    let slice = |limits: &[&str]| node("Slice", &[&["c"], limits].concat(), "a");
    let flat = || node("Flatten", &["a"], "y");
    let constants = || {
        vec![
            ints("one", &[1]),
            ints("three", &[3]),
            ints("most", &[i64::MAX]),
            ints("minus", &[-2]),
            ints("two", &[2]),
        ]
    };
    for (limits, wanted) in [
        (&["one", "three", "one"][..], &[2.0, 3.0][..]),
        (&["one", "minus", "one", "one"], &[2.0, 3.0, 4.0]),
        (&["minus", "most", "one"], &[5.0, 6.0]),
    ] {
        check(
            &six(vec![slice(limits), flat()], constants()),
            &[1.0],
            &["conv2d", "slice"],
            wanted,
        );
    }
    let old = slice(&[]).with_ints("starts", &[0, 1]).with_ints("ends", &[1, 2]);
    let mut file = six(vec![old, flat()], vec![]);
    file.opset = 9;
    check(&file, &[1.0], &["conv2d", "slice"], &[2.0]);
    // All of an axis is no layer.
    let nodes = vec![slice(&["zero", "most", "zero"]), flat()];
    check(
        &six(nodes, vec![ints("zero", &[0]), ints("most", &[9])]),
        &[1.0],
        &["conv2d"],
        &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    );
    refused(
        &six(vec![slice(&["one", "most", "one", "two"]), flat()], constants()),
        "its step is 2",
    );
    refused(
        &six(vec![slice(&["three", "one", "one"]), flat()], constants()),
        "nothing is left",
    );
    // Rows are not channels.
    let nodes = vec![node("Slice", &["x", "one", "two", "two"], "a"), flat()];
    refused(
        &File::new(&[1, 1, 2, 2], nodes, constants()),
        "parts of the channels alone",
    );
    // Of a vector that was two rows, the last three numbers.
    let nodes = vec![
        node("Flatten", &["x"], "f"),
        node("Slice", &["f", "one", "most", "one"], "y"),
    ];
    check(
        &File::new(&[1, 1, 2, 2], nodes, constants()),
        &[1.0, 2.0, 3.0, 4.0],
        &["flatten", "slice"],
        &[2.0, 3.0, 4.0],
    );
}

#[test]
fn channels_are_split() {
    let ends = |split: Message| vec![split, node("Add", &["a", "b"], "s"), node("Flatten", &["s"], "y")];
    let split = |inputs: &[&str]| node("Split", inputs, "a").text(2, "b").with_int("axis", 1);
    let kinds = ["conv2d", "slice", "slice", "add"];
    check(&six(ends(split(&["c"])), vec![]), &[1.0], &kinds, &[5.0, 7.0, 9.0]);
    let sizes = vec![ints("sizes", &[3, 3])];
    check(
        &six(ends(split(&["c", "sizes"])), sizes),
        &[1.0],
        &kinds,
        &[5.0, 7.0, 9.0],
    );
    // Unequal parts, one of which nothing reads.
    let nodes = vec![split(&["c", "sizes"]), node("Flatten", &["b"], "y")];
    let sizes = || vec![ints("sizes", &[4, 2])];
    check(&six(nodes, sizes()), &[1.0], &["conv2d", "slice"], &[5.0, 6.0]);
    let said = read(
        &six(ends(split(&["c", "sizes"])), vec![ints("sizes", &[4, 3])]).bytes(),
        &Options::default(),
    );
    assert!(said.expect_err("too many").to_string().contains("do not make it up"));
}

#[test]
fn one_channel_is_gathered() {
    // As torchvision turns its normalisation into that of Inception: each channel by itself, and joined again.
    let mut nodes = Vec::new();
    for (index, channel, plane, out) in [
        ("zero", "g0", "u0", "m0"),
        ("one", "g1", "u1", "m1"),
        ("last", "g2", "u2", "m2"),
    ] {
        nodes.push(node("Gather", &["x", index], channel).with_int("axis", 1));
        nodes.push(node("Unsqueeze", &[channel, "axis"], plane));
        nodes.push(node("Mul", &[plane, "two"], out));
    }
    nodes.push(node("Concat", &["m0", "m1", "m2"], "j").with_int("axis", 1));
    nodes.push(node("GlobalAveragePool", &["j"], "y"));
    let index = |name: &str, value: i64| raw_tensor(name, &[], 7, &value.to_le_bytes());
    let constants = vec![
        index("zero", 0),
        index("one", 1),
        index("last", -1),
        ints("axis", &[1]),
        floats("two", &[], &[2.0]),
    ];
    let kinds = ["slice", "batch_norm"].repeat(3);
    let kinds = [&kinds[..], &["concat", "global_avg_pool"]].concat();
    check(
        &File::new(&[1, 3, 1, 2], nodes, constants),
        &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        &kinds,
        &[3.0, 7.0, 11.0],
    );
    let gather = || {
        vec![
            node("Gather", &["c", "at"], "a").with_int("axis", 1),
            node("Flatten", &["a"], "y"),
        ]
    };
    check(
        &six(gather(), vec![ints("at", &[2, 3])]),
        &[1.0],
        &["conv2d", "slice"],
        &[3.0, 4.0],
    );
    refused(&six(gather(), vec![ints("at", &[3, 2])]), "do not follow each other");
}

#[test]
fn channels_are_shuffled() {
    let nodes = |perm: &[i64]| {
        vec![
            node("Reshape", &["c", "apart"], "r"),
            node("Transpose", &["r"], "t").with_ints("perm", perm),
            node("Reshape", &["t", "back"], "s"),
            node("Flatten", &["s"], "y"),
        ]
    };
    let constants = || vec![ints("apart", &[1, 2, 3, 1, 1]), ints("back", &[1, 6, 1, 1])];
    check(
        &six(nodes(&[0, 2, 1, 3, 4]), constants()),
        &[1.0],
        &["conv2d", "channel_shuffle"],
        &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0],
    );
    // Where each channel has several pixels, and rows for columns, which no layer gives.
    let back = node("Reshape", &["t", "back"], "s");
    let file = |perm: &[i64]| {
        let mut nodes = nodes(perm);
        nodes[2] = back.clone();
        nodes[0] = node("Reshape", &["c", "apart"], "r");
        nodes.insert(0, node("Conv", &["x", "w"], "c"));
        nodes[4] = node("GlobalMaxPool", &["s"], "y");
        let weight = floats("w", &[4, 1, 1, 1], &[1.0, 2.0, 3.0, 4.0]);
        let dims = vec![ints("apart", &[0, 2, 2, 2, 2]), ints("back", &[1, -1, 2, 2]), weight];
        File::new(&[1, 1, 2, 2], nodes, dims)
    };
    check(
        &file(&[0, 2, 1, 3, 4]),
        &[1.0, 2.0, 3.0, 4.0],
        &["conv2d", "channel_shuffle", "max_pool2d"],
        &[4.0, 12.0, 8.0, 16.0],
    );
    // After a softmax nothing but the output may follow, shuffled or not.
    let mut late = nodes(&[0, 2, 1, 3, 4]);
    late[3] = node("Relu", &["s"], "y");
    late[0] = node("Reshape", &["p", "apart"], "r");
    late.insert(0, node("Softmax", &["c"], "p").with_int("axis", 1));
    refused(&six(late, constants()), "after a softmax");
    for perm in [[0, 1, 2, 4, 3], [0, 1, 3, 2, 4], [0, 3, 1, 2, 4]] {
        refused(&file(&perm), "moves the numbers");
    }
}

#[test]
fn neighbouring_channels_normalise() {
    let nodes = |size| {
        let norm = node("LRN", &["c"], "a")
            .with_int("size", size)
            .with_float("alpha", 3.0)
            .with_float("beta", 0.5)
            .with_float("bias", 2.0);
        vec![norm, node("Flatten", &["a"], "y")]
    };
    // v / √(2 + 3 / 3 · s): the squares 1, 4, 9, 16, 25, 36, those beside added.
    let sums = [5.0_f32, 14.0, 29.0, 50.0, 77.0, 61.0];
    let wanted: Vec<f32> = (1_u8..)
        .zip(sums)
        .map(|(v, s)| f32::from(v) / (2.0 + s).sqrt())
        .collect();
    check(
        &six(nodes(3), vec![]),
        &[1.0],
        &["conv2d", "local_response_norm"],
        &wanted,
    );
    refused(&six(nodes(4), vec![]), "its size 4 is even");
}
