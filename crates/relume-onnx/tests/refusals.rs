//! What is refused, by which code and with which words.

mod support;

use relume_onnx::{Options, read};
use support::{File, Message, floats, ints, node};

fn refusal(file: &File) -> String {
    match read(&file.bytes(), &Options::default()) {
        Ok(_) => panic!("it was read"),
        Err(error) => error.to_string(),
    }
}

const DIMS: [i64; 4] = [1, 3, 4, 4];

fn of(nodes: Vec<Message>) -> File {
    File::new(
        &DIMS,
        nodes,
        vec![floats("c", &[1, 4], &[1.0; 4]), floats("two", &[], &[2.0])],
    )
}

fn pool() -> Message {
    node("GlobalAveragePool", &["a"], "y")
}

#[test]
fn operators_without_a_layer_are_named_with_their_node() {
    for (nodes, words) in [
        (
            vec![node("InstanceNormalization", &["x"], "a"), pool()],
            "node `A` (InstanceNormalization): relume has no such layer. It reads Conv",
        ),
        (vec![node("If", &["x"], "y")], "(If)"),
        (
            vec![node("Relu", &["x"], "a").text(7, "com.example"), pool()],
            "of the domain `com.example`",
        ),
        (
            vec![node("Transpose", &["x"], "y").with_ints("perm", &[0, 2, 1, 3])],
            "moves the numbers",
        ),
        (vec![node("Clip", &["x", "two"], "a"), pool()], "clips to 2"),
        (
            vec![node("Div", &["two", "x"], "a"), pool()],
            "divides a constant by an activation",
        ),
        (vec![node("Add", &["x", "c"], "a"), pool()], "constant has shape [1, 4]"),
        (vec![node("Softmax", &["x"], "s"), pool()], "over all classes"),
        (
            vec![
                node("GlobalAveragePool", &["x"], "s"),
                node("Softmax", &["s"], "a").with_int("axis", 1),
                node("Relu", &["a"], "y"),
            ],
            "after a softmax",
        ),
        (vec![node("HardSigmoid", &["x"], "a"), pool()], "its alpha is 0.2"),
        (
            vec![
                node("MaxPool", &["x"], "a")
                    .text(2, "at")
                    .with_ints("kernel_shape", &[2, 2]),
                node("Relu", &["at"], "y"),
            ],
            "does not compute",
        ),
        (
            vec![node("QuantizeLinear", &["x", "two"], "a"), pool()],
            "in eight bits",
        ),
        (vec![node("Conv", &["x", "x"], "y")], "is computed from the picture"),
        (vec![node("Cast", &["x"], "y").with_int("to", 7)], "makes integers"),
    ] {
        let said = refusal(&of(nodes));
        assert!(
            said.contains(words) && said.ends_with("[unsupported-operator]"),
            "{said}"
        );
    }
    let mut file = of(vec![pool()]);
    for opset in [6, 23] {
        file.opset = opset;
        let said = refusal(&file);
        assert!(
            said.contains("7 to 22") && said.ends_with("[unsupported-operator]"),
            "{said}"
        );
    }
}

#[test]
fn graphs_that_contradict_themselves_are_named() {
    let relu = |from: &str, to: &str| node("Relu", &[from], to);
    for (nodes, words) in [
        (
            vec![relu("b", "a"), relu("a", "b"), pool()],
            "`b`, which no earlier node gives",
        ),
        (vec![relu("nothing", "a"), pool()], "`nothing`"),
        (
            vec![relu("x", "a"), relu("a", "a"), pool()],
            "`a` of its output is given twice",
        ),
        (vec![relu("x", "c"), pool()], "`c` of its output is given twice"),
        (vec![relu("x", "x")], "`x` of its output is given twice"),
        (vec![relu("x", "a")], "no node gives the network's output `y`"),
        (
            vec![relu("x", "y")],
            "has dimensions [1, 3, 4, 4]; relume explains classifiers",
        ),
        (vec![node("Identity", &["x"], "y")], "has dimensions"),
        (
            vec![node("Reshape", &["x", "two"], "y")],
            "not a short list of integers",
        ),
        (vec![node("Gemm", &["x"], "y")], "(Gemm)"),
        (vec![node("Relu", &[], "y")], "is missing"),
    ] {
        let said = refusal(&of(nodes));
        assert!(said.contains(words), "{said}, not {words}");
    }
    let mut file = of(vec![node("GlobalAveragePool", &["x"], "y")]);
    read(&file.bytes(), &Options::default()).expect("sound");
    file.outputs = vec!["y", "z"];
    assert!(refusal(&file).contains("2 outputs, `y` and `z`"));
    file.outputs.clear();
    assert!(refusal(&file).contains("no output"));
    file.outputs = vec!["y"];
    file.constants.push(floats("c", &[1], &[1.0]));
    assert!(refusal(&file).contains("`c` is there twice"));
}

#[test]
fn pictures_that_relume_does_not_give_are_named() {
    let pooled = |dims: &[i64]| File::new(dims, vec![node("GlobalAveragePool", &["x"], "y")], vec![]);
    for (dims, words) in [
        (&[1, 4, 8, 8][..], "is [1, 4, 8, 8]; relume takes one picture"),
        (&[1, 3, 8], "is [1, 3, 8]"),
        (&[8, 3, 8, 8], "takes 8 pictures at once"),
        (&[1, 3, 5000, 8], "1 to 4096 pixels"),
    ] {
        let said = refusal(&pooled(dims));
        assert!(said.contains(words), "{said}");
    }
    let open = pooled(&[-1, 3, -1, 9]).bytes();
    let said = read(&open, &Options::default()).expect_err("no size").to_string();
    assert!(
        said.contains("set the option size to height and width") && said.ends_with("[invalid-option]"),
        "{said}"
    );
    let sized = |size| {
        read(
            &open,
            &Options {
                size: Some(size),
                ..Options::default()
            },
        )
    };
    assert_eq!(sized([7, 9]).expect("a network").model.info().input.shape, [3, 7, 9]);
    let said = sized([7, 8]).expect_err("another width").to_string();
    assert!(said.contains("[any, 9], not of 7,8"), "{said}");
}

#[test]
fn constants_that_do_not_fill_their_shape_are_named() {
    let conv = || vec![node("Conv", &["x", "w"], "a"), pool()];
    let short = floats("w", &[2, 3, 1, 1], &[1.0; 5]);
    let external = Message::default()
        .int(2, 1)
        .text(8, "w")
        .int(14, 1)
        .message(13, Message::default().text(1, "location").text(2, "w.bin"));
    let vast = floats("w", &[i64::MAX, i64::MAX, 1, 1], &[]);
    let strings = Message::default().int(1, 1).int(2, 8).text(8, "w");
    for (weight, words) in [
        (short, "has 20 bytes for 6 numbers"),
        (external, "lie in another file, `w.bin`"),
        (vast, "(Conv)"),
        (strings, "ONNX's type 8"),
        (ints("w", &[1, 2, 3]), "convolves over 0 axes"),
        (floats("w", &[2, 4, 1, 1], &[1.0; 8]), "do not fit 3 channels"),
        (floats("w", &[2, 3, 1, 1], &[f32::NAN; 6]), "NaN"),
    ] {
        let said = refusal(&File::new(&DIMS, conv(), vec![weight]));
        assert!(said.contains(words), "{said}, not {words}");
    }
}

/// A thousand layers that share one weight would be a thousand times the file.
#[test]
fn weights_are_not_many_more_than_the_file_has_room_for() {
    let side = 256_usize;
    let weight = floats("w", &[256, 256, 1, 1], &vec![0.0; side * side]);
    let mut nodes = vec![node("Conv", &["x", "first"], "a0")];
    for index in 0..1000 {
        nodes.push(node("Conv", &[&format!("a{index}"), "w"], &format!("a{}", index + 1)));
    }
    nodes.push(node("GlobalAveragePool", &["a1000"], "y"));
    let first = floats("first", &[256, 3, 1, 1], &vec![0.0; side * 3]);
    let file = File::new(&[1, 3, 1, 1], nodes, vec![weight, first]);
    let said = refusal(&file);
    assert!(said.contains("or the layers share them"), "{said}");
    let options = Options {
        allow_large: true,
        ..Options::default()
    };
    let import = read(&file.bytes(), &options).expect("it is allowed");
    assert_eq!(import.model.info().classes.len(), 256);
}

/// Short constants are read once, not by each node: this one has a megabyte of fields that mean nothing.
#[test]
fn a_constant_that_many_nodes_share_is_looked_through_once() {
    let mut axes = ints("axes", &[0]);
    for _ in 0..500_000 {
        axes = axes.int(100, 0);
    }
    let mut nodes = vec![node("GlobalAveragePool", &["x"], "a0")];
    for index in 0..20_000 {
        let operator = ["Squeeze", "Unsqueeze"][index % 2];
        nodes.push(node(
            operator,
            &[&format!("a{index}"), "axes"],
            &format!("a{}", index + 1),
        ));
    }
    nodes.push(node("Identity", &["a20000"], "y"));
    let import = read(&File::new(&DIMS, nodes, vec![axes]).bytes(), &Options::default()).expect("a network");
    assert_eq!(import.model.info().classes.len(), 3);
}
