//! What is known while the graph is read: the value of each name, and the layers so far.

use std::borrow::Cow;
use std::collections::HashMap;

use relume::graph::{Conv2dSpec, LayerKind};
use relume::safetensors::Array;
use relume::{ErrorKind, Result};

use super::quoted;
use crate::constant::Constant;
use crate::error::{invalid, invalid_at, unsupported_at};
use crate::layers::Layers;
use crate::messages::{self, Node};
use crate::value::{Activation, Value};

/// The graph while it is read.
pub(super) struct Graph<'a> {
    pub(super) opset: i64,
    values: HashMap<&'a str, Value<'a>>,
    /// How many inputs and outputs carry a name.
    readers: HashMap<&'a str, usize>,
    pub(super) layers: Layers<'a>,
    /// How many activations the file has in eight bits.
    pub(super) quantised: usize,
    /// Whether the network ends in a sigmoid, which was left out.
    pub(super) ends_in_sigmoid: bool,
}

impl<'a> Graph<'a> {
    /// The graph, its constants known, with room for so many weights.
    pub(super) fn new(parsed: &mut messages::Graph<'a>, opset: i64, room: usize) -> Result<Self> {
        let mut readers = HashMap::new();
        let read = parsed.nodes.iter().flat_map(|node| &node.inputs).copied();
        for name in read.chain(parsed.outputs.iter().map(|output| output.name)) {
            *readers.entry(name).or_insert(0) += 1;
        }
        let mut values = HashMap::new();
        for tensor in std::mem::take(&mut parsed.initialisers) {
            let name = tensor.name;
            if name.is_empty() {
                return Err(invalid("a constant of the ONNX file has no name"));
            }
            if values.insert(name, Value::Constant(Constant::stored(tensor))).is_some() {
                return Err(invalid(format!("the constant {} is there twice", quoted(name))));
            }
        }
        Ok(Self {
            opset,
            values,
            readers,
            layers: Layers::new(room),
            quantised: 0,
            ends_in_sigmoid: false,
        })
    }

    /// What was read otherwise than it stands in the file.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.quantised > 0 {
            notes.push(format!(
                "the network computes with 8-bit integers; relume computes in 32 bits, with the same weights, and rounds none of the \
                 {} activations",
                self.quantised
            ));
        }
        if self.ends_in_sigmoid {
            notes.push(
                "the network ends in a sigmoid, which is left out: a map explains the number before it. relume's percentages are a \
                 softmax, for classes that exclude each other; they are not this network's"
                    .to_owned(),
            );
        }
        notes
    }

    pub(super) fn named(&self, name: &str) -> Option<&Value<'a>> {
        self.values.get(name)
    }

    /// Gives `name` a value.
    pub(super) fn set(&mut self, name: &'a str, value: Value<'a>) {
        self.values.insert(name, value);
    }

    /// Whether one input alone carries `name`.
    pub(super) fn is_read_once(&self, name: &str) -> bool {
        self.readers.get(name) == Some(&1)
    }

    /// Checks that the outputs of `node` have names of their own.
    pub(super) fn check_new(&self, node: &Node<'_>) -> Result<()> {
        let mut before: Vec<&str> = Vec::new();
        for &name in node.outputs.iter().filter(|name| !name.is_empty()) {
            if self.values.contains_key(name) || before.contains(&name) {
                return Err(invalid_at(
                    node,
                    format!("the name {} of its output is given twice", quoted(name)),
                ));
            }
            before.push(name);
        }
        Ok(())
    }

    /// Names what `node` gives: `values`, one for each output; what has none is not computed.
    pub(super) fn define(&mut self, node: &Node<'a>, values: Vec<Value<'a>>) {
        let others = std::iter::repeat(Value::Absent);
        for (&name, value) in node.outputs.iter().zip(values.into_iter().chain(others)) {
            if !name.is_empty() {
                self.values.insert(name, value);
            }
        }
    }

    /// What input `at` of `node` stands for.
    pub(super) fn value(&self, node: &Node<'a>, at: usize) -> Result<&Value<'a>> {
        let name = node
            .input(at)
            .ok_or_else(|| invalid_at(node, format!("its input {at}, counted from 0, is missing")))?;
        self.values.get(name).ok_or_else(|| {
            invalid_at(
                node,
                format!(
                    "it reads {}, which no earlier node gives: nodes must stand in running order, and none may read what comes of it",
                    quoted(name)
                ),
            )
        })
    }

    /// The activation that input `at` of `node` is, with the zeros that a Pad has put around it.
    pub(super) fn padded(&self, node: &Node<'a>, at: usize) -> Result<Activation> {
        let what = match self.value(node, at)? {
            Value::Activation(activation) if activation.after_softmax => {
                "comes after a softmax, which relume takes as the end of the network"
            }
            Value::Activation(activation) => return Ok(activation.clone()),
            Value::Constant(_) => "is a constant, and should be computed from the picture",
            Value::ChannelsLast(_) => {
                "is the picture with its channels last; relume takes [1, channels, height, width], to which a Transpose leads"
            }
            Value::Quantised(_) => {
                "is an activation in eight bits: export with QuantizeLinear and DequantizeLinear in pairs (QDQ)"
            }
            Value::Erf(_) => "is an Erf, which relume reads as part of a GELU alone, x · 0.5 · (1 + erf(x / √2))",
            Value::Absent => "is an output of an earlier node that relume does not compute",
        };
        Err(unsupported_at(
            node,
            format!("its input {} {what}", quoted(node.input(at).unwrap_or_default())),
        ))
    }

    /// The activation that input `at` of `node` is. Zeros around it become a layer: a convolution that leaves each pixel as it is.
    pub(super) fn activation(&mut self, node: &Node<'a>, at: usize) -> Result<Activation> {
        let activation = self.padded(node, at)?;
        if activation.padding == [0; 4] {
            return Ok(activation);
        }
        let [channels, ..] = activation.shape;
        let spec = Conv2dSpec {
            padding: activation.padding,
            groups: channels,
            bias: false,
            ..Conv2dSpec::new(channels, [1, 1])
        };
        let weight = Array {
            shape: vec![channels, 1, 1, 1],
            data: vec![1.0; channels],
        };
        self.layers
            .push(node, LayerKind::Conv2d(spec), &[&activation], vec![("weight", weight)])
    }

    /// [`activation`](Self::activation), for a node that changes no number: it may also come after a softmax.
    pub(super) fn unchanged(&mut self, node: &Node<'a>, at: usize) -> Result<Activation> {
        match self.value(node, at)? {
            Value::Activation(activation) if activation.after_softmax => Ok(activation.clone()),
            _ => self.activation(node, at),
        }
    }

    /// The activation that input `at` of `node` is, as channels, height and width: the graph must see it as `[1, C, H, W]` or
    /// as a vector, which is C channels of one pixel.
    pub(super) fn channels(&mut self, node: &Node<'a>, at: usize) -> Result<Activation> {
        let activation = self.activation(node, at)?;
        self.settle(node, activation)
    }

    /// [`channels`](Self::channels), of an activation.
    pub(super) fn settle(&mut self, node: &Node<'a>, activation: Activation) -> Result<Activation> {
        if activation.is_picture() {
            return Ok(activation);
        }
        // A vector: all but one side are 1.
        if activation.dims.iter().filter(|&&side| side != 1).count() > 1 {
            return Err(unsupported_at(
                node,
                format!(
                    "its input has dimensions {:?} where relume has {:?}, [channels, height, width]; it takes [1, channels, \
                     height, width] or a vector",
                    activation.dims, activation.shape
                ),
            ));
        }
        let [_, height, width] = activation.shape;
        if height == 1 && width == 1 {
            return Ok(activation);
        }
        let dims = activation.dims.clone();
        let flat = self.layers.push(
            node,
            LayerKind::Flatten(relume::graph::FlattenSpec {}),
            &[&activation],
            Vec::new(),
        )?;
        Ok(flat.viewed(dims))
    }

    /// The constant that input `at` of `node` is; `None` if it is left out.
    pub(super) fn constant(&self, node: &Node<'a>, at: usize) -> Result<Option<&Constant<'a>>> {
        if node.input(at).is_none() {
            return Ok(None);
        }
        match self.value(node, at)? {
            Value::Constant(constant) => Ok(Some(constant)),
            _ => Err(unsupported_at(
                node,
                format!(
                    "its input {} is computed from the picture; relume needs a constant there",
                    quoted(node.input(at).unwrap_or_default())
                ),
            )),
        }
    }

    /// The numbers of constant input `at` of `node`, which must be there.
    pub(super) fn weights(&mut self, node: &Node<'a>, at: usize, what: &str) -> Result<Array> {
        let constant = self
            .constant(node, at)?
            .ok_or_else(|| invalid_at(node, format!("its {what} is missing")))?
            .clone();
        Ok(Array {
            data: self.read(node, &constant)?.into_owned(),
            shape: constant.dims,
        })
    }

    /// The numbers of `constant`, counted: reading a constant again and again takes time.
    pub(super) fn read<'c>(&mut self, node: &Node<'a>, constant: &'c Constant<'a>) -> Result<Cow<'c, [f32]>> {
        self.layers.take_room(node, constant.cost())?;
        constant.floats()
    }

    /// The integers of constant input `at` of `node`, such as axes; `None` if it is left out.
    pub(super) fn ints(&self, node: &Node<'a>, at: usize) -> Result<Option<Vec<i64>>> {
        match self.constant(node, at)? {
            None => Ok(None),
            Some(constant) => match constant.ints()? {
                Some(ints) => Ok(Some(ints.into_owned())),
                None => Err(invalid_at(
                    node,
                    format!(
                        "its input {} is not a short list of integers",
                        quoted(node.input(at).unwrap_or_default())
                    ),
                )),
            },
        }
    }

    /// The axes of `node`: an attribute of old operator sets, input 1 of new ones.
    pub(super) fn axes(&self, node: &Node<'a>, rank: usize) -> Result<Option<Vec<usize>>> {
        let given = match node.ints("axes")? {
            Some(axes) => Some(axes.to_vec()),
            None => self.ints(node, 1)?,
        };
        given
            .map(|axes| axes.iter().map(|&one| axis(node, one, rank)).collect())
            .transpose()
    }
}

/// An axis of `rank`; negative ones count from the end.
pub(super) fn axis(node: &Node<'_>, axis: i64, rank: usize) -> Result<usize> {
    let from_start = if axis < 0 {
        axis.checked_add_unsigned(rank as u64)
    } else {
        Some(axis)
    };
    from_start
        .and_then(|axis| usize::try_from(axis).ok())
        .filter(|&axis| axis < rank)
        .ok_or_else(|| {
            relume::Error::new(
                ErrorKind::InvalidModel,
                format!("node {}: there is no axis {axis} of {rank}", node.title()),
            )
        })
}
