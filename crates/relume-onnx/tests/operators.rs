//! Graphs of few nodes, whose results are reckoned by hand.

mod support;

use relume::graph::LayerKind;
use relume_onnx::{Options, read};
use support::{File, Message, floats, ints, node, raw_tensor, run};

/// A grey picture of 2 × 2 through `nodes`, from `x` to `y`.
fn grey(nodes: Vec<Message>, constants: Vec<Message>) -> File {
    File::new(&[1, 1, 2, 2], nodes, constants)
}

const PICTURE: [f32; 4] = [1.0, -2.0, 3.0, -4.0];

fn check(file: &File, kinds: &[&str], logits: &[f32]) {
    support::check(file, &PICTURE, kinds, logits);
}

#[test]
fn a_vector_is_multiplied() {
    // Flatten, then [1, 4] · [4, 2]: a + b, and c − d; doubled, with half the bias.
    let weights = floats("w", &[4, 2], &[1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, -1.0]);
    let bias = floats("b", &[2], &[10.0, 20.0]);
    let gemm = node("Gemm", &["f", "w", "b"], "y")
        .with_float("alpha", 2.0)
        .with_float("beta", 0.5);
    let file = grey(
        vec![node("Flatten", &["x"], "f"), gemm],
        vec![weights.clone(), bias.clone()],
    );
    check(&file, &["flatten", "linear"], &[3.0, 24.0]);
    // The same by MatMul and Add, which becomes its bias; and flattened by a Reshape whose shape is computed from that of x.
    let nodes = vec![
        node("Shape", &["x"], "s"),
        node("Gather", &["s", "zero"], "n"),
        node("Unsqueeze", &["n", "zeros"], "n1"),
        node("Concat", &["n1", "minus"], "shape").with_int("axis", 0),
        node("Reshape", &["x", "shape"], "f"),
        node("MatMul", &["f", "w"], "m"),
        node("Add", &["b", "m"], "y"),
    ];
    let zero = raw_tensor("zero", &[], 7, &0_i64.to_le_bytes());
    let file = grey(
        nodes,
        vec![weights, bias, zero, ints("zeros", &[0]), ints("minus", &[-1])],
    );
    check(&file, &["flatten", "linear"], &[9.0, 27.0]);
}

#[test]
fn constants_are_added_and_multiplied_for_each_channel() {
    // (x − 1) · 2 / 4 + 3, of the mean, −0.5: 2.25.
    let number = |name: &str, value: f32| floats(name, &[1, 1, 1], &[value]);
    let nodes = vec![
        node("Sub", &["x", "one"], "a"),
        node("Mul", &["two", "a"], "b"),
        node("Div", &["b", "four"], "c"),
        node("Add", &["c", "three"], "d"),
        node("GlobalAveragePool", &["d"], "y"),
    ];
    let constants = vec![
        number("one", 1.0),
        number("two", 2.0),
        number("three", 3.0),
        number("four", 4.0),
    ];
    check(
        &grey(nodes, constants.clone()),
        &["batch_norm", "global_avg_pool"],
        &[2.25],
    );
    let nodes = vec![
        node("Sub", &["one", "x"], "a"),
        node("ReduceMean", &["a"], "y").with_ints("axes", &[-1, 2]),
    ];
    check(&grey(nodes, constants), &["batch_norm", "global_avg_pool"], &[1.5]);
}

#[test]
fn a_sum_that_is_read_twice_before_its_bias_keeps_its_value() {
    // m = x · w; y = (m + 1) + m. The 1 must not become a bias of m.
    let nodes = vec![
        node("Flatten", &["x"], "f"),
        node("MatMul", &["f", "w"], "m"),
        node("Add", &["m", "one"], "a"),
        node("Add", &["a", "m"], "y"),
    ];
    let constants = vec![floats("w", &[4, 1], &[1.0; 4]), floats("one", &[1], &[1.0])];
    check(
        &grey(nodes, constants),
        &["flatten", "linear", "batch_norm", "add"],
        &[-3.0],
    );
}

#[test]
fn zeros_of_a_pad_become_padding_where_that_is_the_same() {
    let pads = ints("p", &[0, 0, 1, 0, 0, 0, 0, 1]);
    let pad = node("Pad", &["x", "p"], "a");
    let mean = || node("ReduceMean", &["b"], "y").with_ints("axes", &[2, 3]);
    // A convolution of 2 × 2 ones over 3 × 3: sums 1 − 2, −2, then 1 − 2 + 3 − 4, −2 − 4.
    let conv = node("Conv", &["a", "w"], "b");
    let file = grey(
        vec![pad.clone(), conv, mean()],
        vec![pads.clone(), floats("w", &[1, 1, 2, 2], &[1.0; 4])],
    );
    check(&file, &["conv2d", "global_avg_pool"], &[(-1.0 - 2.0 - 2.0 - 6.0) / 4.0]);
    let average = node("AveragePool", &["a"], "b").with_ints("kernel_shape", &[2, 2]);
    check(
        &grey(vec![pad.clone(), average, mean()], vec![pads.clone()]),
        &["avg_pool2d", "global_avg_pool"],
        &[-11.0 / 16.0],
    );
    // Zeros win against negative numbers: 1, 0; 3, 0.
    let max = node("MaxPool", &["a"], "b").with_ints("kernel_shape", &[2, 2]);
    check(
        &grey(vec![pad, max, mean()], vec![pads]),
        &["conv2d", "max_pool2d", "global_avg_pool"],
        &[1.0],
    );
}

#[test]
fn activations_keep_their_settings() {
    let ends = |first: Message| vec![first, node("GlobalMaxPool", &["a"], "y")];
    let of = |operator: &str| node(operator, &["x"], "a");
    let two = floats("two", &[], &[2.0]);
    let zero = floats("zero", &[], &[0.0]);
    for (first, constants, kind, most) in [
        (of("Relu"), vec![], "relu", 3.0),
        (
            node("Clip", &["x", "zero", "two"], "a"),
            vec![zero.clone(), two],
            "relu",
            2.0,
        ),
        (node("Clip", &["x", "zero"], "a"), vec![zero], "relu", 3.0),
        (of("LeakyRelu").with_float("alpha", 0.2), vec![], "leaky_relu", 3.0),
        (
            of("HardSigmoid").with_float("alpha", 1.0 / 6.0),
            vec![],
            "hard_sigmoid",
            1.0,
        ),
        (of("Elu"), vec![], "elu", 3.0),
        (of("Tanh"), vec![], "tanh", 3.0_f32.tanh()),
        (of("Softplus"), vec![], "softplus", 3.0_f32.exp().ln_1p()),
    ] {
        check(&grey(ends(first), constants), &[kind, "max_pool2d"], &[most]);
    }
    let mut old = grey(ends(of("Clip").with_float("min", 0.0).with_float("max", 2.5)), vec![]);
    old.opset = 7;
    check(&old, &["relu", "max_pool2d"], &[2.5]);
    // x · sigmoid(x) is one layer, and the sigmoid none.
    let nodes = vec![
        node("Sigmoid", &["x"], "s"),
        node("Mul", &["s", "x"], "a"),
        node("GlobalMaxPool", &["a"], "y"),
    ];
    check(
        &grey(nodes, vec![]),
        &["silu", "max_pool2d"],
        &[3.0 / (1.0 + (-3.0_f32).exp())],
    );
}

#[test]
fn weights_in_eight_bits_are_what_they_stand_for() {
    // (130 − 128) · 0.5 and (120 − 128) · 0.25, for each of two rows: 1 and −2. The sum of the picture is −2.
    let raw = [130_u8, 130, 130, 130, 120, 120, 120, 120];
    let weights = node("DequantizeLinear", &["q", "s", "z"], "w").with_int("axis", 0);
    let nodes = vec![
        weights,
        node("QuantizeLinear", &["x", "one", "middle"], "xq"),
        node("DequantizeLinear", &["xq", "one", "middle"], "xd"),
        node("Flatten", &["xd"], "f"),
        node("Gemm", &["f", "w"], "g").with_int("transB", 1),
        // Its eight bits begin at 0: the ReLU that stood here was left out.
        node("QuantizeLinear", &["g", "one", "low"], "gq"),
        node("DequantizeLinear", &["gq", "one", "low"], "y"),
    ];
    let constants = vec![
        raw_tensor("q", &[2, 4], 2, &raw),
        floats("s", &[2], &[0.5, 0.25]),
        raw_tensor("z", &[2], 2, &[128, 128]),
        floats("one", &[], &[1.0]),
        raw_tensor("middle", &[], 3, &[0]),
        raw_tensor("low", &[], 3, &[0x80]),
    ];
    let file = grey(nodes, constants);
    check(&file, &["flatten", "linear", "relu"], &[0.0, 4.0]);
    let notes = read(&file.bytes(), &Options::default()).expect("a network").notes;
    assert!(notes[0].contains("2 activations"), "{notes:?}");
}

#[test]
fn numbers_of_every_width_are_read() {
    let halves: Vec<u8> = [1.5_f32, -2.0]
        .iter()
        .flat_map(|&value| half::f16::from_f32(value).to_le_bytes())
        .collect();
    let brains: Vec<u8> = [1.5_f32, -2.0]
        .iter()
        .flat_map(|&value| half::bf16::from_f32(value).to_le_bytes())
        .collect();
    let doubles: Vec<u8> = [1.5_f64, -2.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    let typed = Message::default()
        .int(1, 2)
        .int(1, 1)
        .int(1, 1)
        .int(1, 1)
        .int(2, 1)
        .text(8, "w")
        .float(4, 1.5)
        .float(4, -2.0);
    // Half-precision numbers without raw data lie in the 32-bit integers, as their bits.
    let bits = Message::default()
        .bytes(1, &[2, 1, 1, 1])
        .int(2, 10)
        .text(8, "w")
        .int(5, 0x3e00)
        .int(5, 0xc000);
    let raw = |element, bytes: &[u8]| raw_tensor("w", &[2, 1, 1, 1], element, bytes);
    for weight in [raw(10, &halves), raw(16, &brains), raw(11, &doubles), typed, bits] {
        let nodes = vec![node("Conv", &["x", "w"], "c"), node("GlobalMaxPool", &["c"], "y")];
        check(&grey(nodes, vec![weight]), &["conv2d", "max_pool2d"], &[4.5, 8.0]);
    }
}

#[test]
fn padding_by_a_word_is_reckoned() {
    // 5 pixels at stride 2 give 3; the kernel of 3 needs 2 zeros, one on each side; of 4, 3: two after.
    for (kernel, padding) in [(3, [1, 1, 1, 1]), (4, [1, 1, 2, 2])] {
        let conv = node("Conv", &["x", "w"], "c")
            .with_text("auto_pad", "SAME_UPPER")
            .with_ints("strides", &[2, 2]);
        let weight = floats("w", &[1, 1, kernel, kernel], &vec![1.0; (kernel * kernel) as usize]);
        let file = File::new(
            &[1, 1, 5, 5],
            vec![conv, node("GlobalAveragePool", &["c"], "y")],
            vec![weight],
        );
        let (_, layers, _) = read(&file.bytes(), &Options::default())
            .expect("a network")
            .model
            .into_parts();
        let LayerKind::Conv2d(spec) = &layers[0].kind else {
            panic!("a convolution")
        };
        assert_eq!(spec.padding, padding);
    }
}

#[test]
fn a_picture_with_its_channels_last_is_transposed() {
    let nodes = vec![
        node("Transpose", &["x"], "t").with_ints("perm", &[0, 3, 1, 2]),
        node("GlobalAveragePool", &["t"], "g"),
        node("Squeeze", &["g", "axes"], "v"),
        node("Softmax", &["v"], "y"),
    ];
    let file = File::new(&[-1, 2, 2, 3], nodes, vec![ints("axes", &[2, 3])]);
    // Three channels of four pixels, in relume's order.
    let picture: Vec<f32> = (0..12_u8).map(f32::from).collect();
    let (kinds, logits) = run(&file, &picture);
    assert_eq!(kinds, ["global_avg_pool"]);
    assert_eq!(logits, [1.5, 5.5, 9.5]);
}

#[test]
fn a_gelu_written_out_is_one_layer() {
    // 3 · Φ(3), which is 0.998650102.
    let most = 2.995_950_3;
    let number = |name: &str, value: f32| floats(name, &[], &[value]);
    let constants = || {
        vec![
            number("root", std::f32::consts::SQRT_2),
            number("one", 1.0),
            number("half", 0.5),
        ]
    };
    let scaled = || {
        vec![
            node("Div", &["x", "root"], "d"),
            node("Erf", &["d"], "e"),
            node("Add", &["e", "one"], "s"),
        ]
    };
    // The 0.5 comes last, first, or in between.
    for rest in [
        vec![node("Mul", &["x", "s"], "m"), node("Mul", &["m", "half"], "a")],
        vec![node("Mul", &["half", "x"], "m"), node("Mul", &["m", "s"], "a")],
        vec![node("Mul", &["s", "half"], "m"), node("Mul", &["m", "x"], "a")],
    ] {
        let nodes = [scaled(), rest, vec![node("GlobalMaxPool", &["a"], "y")]].concat();
        check(&grey(nodes, constants()), &["gelu", "max_pool2d"], &[most]);
    }
    for (rest, words) in [
        (vec![node("GlobalMaxPool", &["s"], "y")], "is an Erf"),
        (vec![node("Mul", &["e", "x"], "y")], "no part of a GELU"),
        (vec![node("Erf", &["x"], "y")], "no part of a GELU"),
    ] {
        let file = grey([scaled(), rest].concat(), constants());
        let said = read(&file.bytes(), &Options::default()).expect_err(words).to_string();
        assert!(said.contains(words), "{said}");
    }
}

/// What is explained is the number before it; a sigmoid elsewhere is a layer.
#[test]
fn a_sigmoid_at_the_end_is_left_out() {
    let weights = || vec![floats("w", &[4, 2], &[1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, -1.0])];
    let gemm = || vec![node("Flatten", &["x"], "f"), node("Gemm", &["f", "w"], "g")];
    let nodes = |last: &[Message]| [gemm().as_slice(), last].concat();
    let file = grey(nodes(&[node("Sigmoid", &["g"], "y")]), weights());
    check(&file, &["flatten", "linear"], &[-1.0, 7.0]);
    let import = read(&file.bytes(), &Options::default()).expect("a model");
    assert!(import.notes.iter().any(|note| note.contains("ends in a sigmoid")));

    // Before the output becomes a vector.
    let relu = || node("Relu", &["x"], "r");
    let file = grey(
        vec![relu(), node("Sigmoid", &["r"], "s"), node("Flatten", &["s"], "y")],
        Vec::new(),
    );
    check(&file, &["relu", "flatten"], &PICTURE.map(|x| x.max(0.0)));

    let last = [node("Sigmoid", &["g"], "s"), node("Relu", &["s"], "y")];
    let file = grey(nodes(&last), weights());
    let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
    check(
        &file,
        &["flatten", "linear", "sigmoid", "relu"],
        &[-1.0, 7.0].map(sigmoid),
    );
    let import = read(&file.bytes(), &Options::default()).expect("a model");
    assert!(import.notes.is_empty());
}
