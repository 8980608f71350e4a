//! Writing ONNX files by hand, field by field, apart from the reader; and running what is read.

#![allow(dead_code, reason = "each test uses some of it")]

use relume::{Backend, Network};
use relume_onnx::{Options, read};

/// A message being written.
#[derive(Clone, Default)]
pub(crate) struct Message(pub(crate) Vec<u8>);

fn varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

impl Message {
    pub(crate) fn int(mut self, field: u64, number: i64) -> Self {
        varint(&mut self.0, field << 3);
        varint(&mut self.0, number.cast_unsigned());
        self
    }

    pub(crate) fn float(mut self, field: u64, number: f32) -> Self {
        varint(&mut self.0, field << 3 | 5);
        self.0.extend(number.to_le_bytes());
        self
    }

    pub(crate) fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        varint(&mut self.0, field << 3 | 2);
        varint(&mut self.0, bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    pub(crate) fn text(self, field: u64, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    pub(crate) fn message(self, field: u64, message: Self) -> Self {
        self.bytes(field, &message.0)
    }
}

/// A constant of floats, raw.
pub(crate) fn floats(name: &str, dims: &[i64], data: &[f32]) -> Message {
    let raw: Vec<u8> = data.iter().flat_map(|value| value.to_le_bytes()).collect();
    raw_tensor(name, dims, 1, &raw)
}

/// A constant of 64-bit integers, in the field of their type.
pub(crate) fn ints(name: &str, data: &[i64]) -> Message {
    let message = Message::default().int(1, data.len() as i64).int(2, 7).text(8, name);
    data.iter().fold(message, |message, &int| message.int(7, int))
}

/// A constant of ONNX's type `element`.
pub(crate) fn raw_tensor(name: &str, dims: &[i64], element: i64, raw: &[u8]) -> Message {
    let message = dims
        .iter()
        .fold(Message::default(), |message, &side| message.int(1, side));
    message.int(2, element).text(8, name).bytes(9, raw)
}

/// A node: operator, inputs, output; its name is its output in capitals.
pub(crate) fn node(operator: &str, inputs: &[&str], output: &str) -> Message {
    let message = inputs
        .iter()
        .fold(Message::default(), |message, name| message.text(1, name));
    message
        .text(2, output)
        .text(3, &output.to_uppercase())
        .text(4, operator)
}

/// Attributes of a node.
impl Message {
    pub(crate) fn with_int(self, name: &str, value: i64) -> Self {
        self.message(5, Self::default().text(1, name).int(3, value).int(20, 2))
    }

    pub(crate) fn with_float(self, name: &str, value: f32) -> Self {
        self.message(5, Self::default().text(1, name).float(2, value).int(20, 1))
    }

    pub(crate) fn with_text(self, name: &str, value: &str) -> Self {
        self.message(5, Self::default().text(1, name).text(4, value).int(20, 3))
    }

    pub(crate) fn with_ints(self, name: &str, values: &[i64]) -> Self {
        let attribute = values
            .iter()
            .fold(Self::default().text(1, name), |message, &int| message.int(8, int));
        self.message(5, attribute.int(20, 7))
    }

    pub(crate) fn with_tensor(self, name: &str, tensor: Self) -> Self {
        self.message(5, Self::default().text(1, name).message(5, tensor).int(20, 4))
    }
}

/// An input or output; a negative side is open.
pub(crate) fn declared(name: &str, dims: &[i64]) -> Message {
    let shape = dims.iter().fold(Message::default(), |shape, &side| {
        let side = if side < 0 {
            Message::default().text(2, "any")
        } else {
            Message::default().int(1, side)
        };
        shape.message(1, side)
    });
    let tensor = Message::default().int(1, 1).message(2, shape);
    Message::default()
        .text(1, name)
        .message(2, Message::default().message(1, tensor))
}

/// A graph from the picture `x` of `dims` to the output `y`.
pub(crate) struct File {
    pub(crate) opset: i64,
    pub(crate) dims: Vec<i64>,
    pub(crate) nodes: Vec<Message>,
    pub(crate) constants: Vec<Message>,
    pub(crate) outputs: Vec<&'static str>,
}

impl File {
    pub(crate) fn new(dims: &[i64], nodes: Vec<Message>, constants: Vec<Message>) -> Self {
        Self {
            opset: 17,
            dims: dims.to_vec(),
            nodes,
            constants,
            outputs: vec!["y"],
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut graph = Message::default();
        for node in &self.nodes {
            graph = graph.message(1, node.clone());
        }
        for constant in &self.constants {
            graph = graph.message(5, constant.clone());
        }
        graph = graph.message(11, declared("x", &self.dims));
        for output in &self.outputs {
            graph = graph.message(12, declared(output, &[]));
        }
        let opset = Message::default().text(1, "").int(2, self.opset);
        Message::default().int(1, 8).message(7, graph).message(8, opset).0
    }
}

/// The names of its layer kinds, and its logits for a picture.
pub(crate) fn run(file: &File, picture: &[f32]) -> (Vec<&'static str>, Vec<f32>) {
    let import = read(&file.bytes(), &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    let (info, layers, arrays) = import.model.into_parts();
    let kinds = layers.iter().map(|layer| layer.kind.name()).collect();
    let model = relume::Model::new(info, layers, arrays).expect("a model");
    let device = Backend::Flex.device().expect("a device");
    let network = Network::new(model, &device).expect("a network");
    let input = network.input(picture.to_vec(), &device).expect("an input");
    (
        kinds,
        network.forward(input).and_then(|trace| trace.scores()).expect("logits"),
    )
}

/// Checks the layer kinds of `file`, and its logits for `picture`.
pub(crate) fn check(file: &File, picture: &[f32], kinds: &[&str], logits: &[f32]) {
    let (found, got) = run(file, picture);
    assert_eq!(found, kinds);
    assert_eq!(got.len(), logits.len());
    let close = got
        .iter()
        .zip(logits)
        .all(|(got, wanted)| (got - wanted).abs() <= 1e-6 * wanted.abs().max(1.0));
    assert!(close, "{got:?}, not {logits:?}");
}
