//! `ModelProto`, `GraphProto` and `ValueInfoProto`.

use relume::Result;

use super::{Node, Tensor};
use crate::error::invalid;
use crate::protobuf::Fields;

/// The most nodes of a graph: exporters write several for one layer.
const MAX_NODES: usize = 1 << 16;
/// The most constants of a graph.
const MAX_INITIALISERS: usize = 1 << 16;
/// The most inputs or outputs of a graph; old files list every constant among the inputs.
const MAX_DECLARED: usize = 1 << 17;
/// What the parts of all nodes may take together, in places of eight bytes: a few bytes of a file become a node, an input or an attribute
/// of a hundred. A network of 4000 layers takes a tenth.
const MAX_PLACES: usize = 1 << 22;
/// The most dimensions of a tensor.
const MAX_DIMENSIONS: usize = 8;

/// A whole file.
#[derive(Debug, Default)]
pub(crate) struct Model<'a> {
    /// The version of the standard operators.
    pub(crate) opset: Option<i64>,
    pub(crate) graph: Option<Graph<'a>>,
}

/// The network.
#[derive(Debug, Default)]
pub(crate) struct Graph<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) initialisers: Vec<Tensor<'a>>,
    pub(crate) inputs: Vec<Declared<'a>>,
    pub(crate) outputs: Vec<Declared<'a>>,
    pub(crate) has_sparse: bool,
}

/// A value with its type.
#[derive(Debug, Default)]
pub(crate) struct Declared<'a> {
    pub(crate) name: &'a str,
    /// The number format, by ONNX's number; 0 if unknown.
    pub(crate) element: i64,
    /// The dimensions, if they are known.
    pub(crate) sides: Option<Vec<Side<'a>>>,
}

/// One dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side<'a> {
    Known(usize),
    /// Any, under a name that may be empty.
    Open(&'a str),
}

impl<'a> Model<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut model = Self::default();
        for field in Fields::new(bytes) {
            match field? {
                (7, graph) if model.graph.is_none() => model.graph = Some(Graph::parse(graph.bytes()?)?),
                (7, _) => return Err(invalid("the ONNX file holds two graphs")),
                (8, opset) => {
                    let (mut domain, mut version) = ("", 0);
                    for field in Fields::new(opset.bytes()?) {
                        match field? {
                            (1, name) => domain = name.text()?,
                            (2, number) => version = number.int()?,
                            _ => {}
                        }
                    }
                    if matches!(domain, "" | "ai.onnx") {
                        model.opset = Some(version);
                    }
                }
                _ => {}
            }
        }
        Ok(model)
    }
}

impl<'a> Graph<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut graph = Self::default();
        let mut places = 0;
        for field in Fields::new(bytes) {
            match field? {
                (1, node) => {
                    let node = Node::parse(node.bytes()?)?;
                    places += node.places();
                    if places > MAX_PLACES {
                        return Err(invalid(
                            "the nodes of the ONNX file have far more inputs and attributes than those of a network",
                        ));
                    }
                    limited(&mut graph.nodes, node, MAX_NODES, "nodes")?;
                }
                (5, tensor) => limited(
                    &mut graph.initialisers,
                    Tensor::parse(tensor.bytes()?)?,
                    MAX_INITIALISERS,
                    "initialisers",
                )?,
                (11, input) => limited(
                    &mut graph.inputs,
                    Declared::parse(input.bytes()?)?,
                    MAX_DECLARED,
                    "inputs",
                )?,
                (12, output) => {
                    limited(
                        &mut graph.outputs,
                        Declared::parse(output.bytes()?)?,
                        MAX_DECLARED,
                        "outputs",
                    )?;
                }
                (15, _) => graph.has_sparse = true,
                _ => {}
            }
        }
        Ok(graph)
    }
}

impl<'a> Declared<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut declared = Self::default();
        for field in Fields::new(bytes) {
            match field? {
                (1, name) => declared.name = name.text()?,
                (2, kind) => {
                    for field in Fields::new(kind.bytes()?) {
                        // Besides tensors there are sequences and maps, which no network for pictures takes.
                        if let (1, tensor) = field? {
                            declared.tensor_type(tensor.bytes()?)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(declared)
    }

    fn tensor_type(&mut self, bytes: &'a [u8]) -> Result<()> {
        for field in Fields::new(bytes) {
            match field? {
                (1, element) => self.element = element.int()?,
                (2, shape) => {
                    let mut sides = Vec::new();
                    for field in Fields::new(shape.bytes()?) {
                        if let (1, side) = field? {
                            limited(&mut sides, Side::parse(side.bytes()?)?, MAX_DIMENSIONS, "dimensions")?;
                        }
                    }
                    self.sides = Some(sides);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'a> Side<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut side = Self::Open("");
        for field in Fields::new(bytes) {
            match field? {
                // Some tools write −1 or 0 for "any".
                (1, size) => {
                    side = usize::try_from(size.int()?)
                        .ok()
                        .filter(|&size| size > 0)
                        .map_or(Self::Open(""), Self::Known);
                }
                (2, name) => side = Self::Open(name.text()?),
                _ => {}
            }
        }
        Ok(side)
    }
}

/// Adds one, unless there are as many as `most`.
pub(super) fn limited<T>(list: &mut Vec<T>, one: T, most: usize, what: &str) -> Result<()> {
    if list.len() >= most {
        return Err(invalid(format!("the ONNX file has more than {most} {what}")));
    }
    list.push(one);
    Ok(())
}
