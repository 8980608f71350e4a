//! Layers without numbers of their own: they join, reshape or pass on.

use burn::module::Module;
use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

use super::Shape;
use super::layout::add;

/// Dropout. A trained network passes everything on; the rate is kept for those who train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropoutSpec {
    /// The share of values set to 0 while training.
    pub rate: f64,
}

impl DropoutSpec {
    pub(super) fn check(&self) -> Result<(), String> {
        if (0.0..1.0).contains(&self.rate) {
            Ok(())
        } else {
            Err(format!("rate {} must lie between 0 and 1 (1 excluded)", self.rate))
        }
    }
}

/// Element-wise sum of two or more inputs of one shape.
#[derive(Module, Debug)]
pub struct Add {}

/// Two or more inputs, one behind the other along the channels.
#[derive(Module, Debug)]
pub struct Concat {}

/// `C×H×W` becomes `C·H·W×1×1`, in row-major order.
#[derive(Module, Debug)]
pub struct Flatten {}

/// The identity (see [`DropoutSpec`]).
#[derive(Module, Debug)]
pub struct Dropout {}

/// Softmax over the channels: the last layer, never a target.
#[derive(Module, Debug)]
pub struct Softmax {}

fn several(inputs: &[Shape]) -> Result<(Shape, &[Shape]), String> {
    match inputs {
        [first, others @ ..] if !others.is_empty() => Ok((*first, others)),
        _ => Err(format!("takes two or more inputs, {} are named", inputs.len())),
    }
}

impl Add {
    pub(super) fn output(inputs: &[Shape]) -> Result<Shape, String> {
        let (first, others) = several(inputs)?;
        match others.iter().find(|&&other| other != first) {
            Some(other) => Err(format!("cannot add {other:?} to {first:?}")),
            None => Ok(first),
        }
    }

    pub(super) fn forward(x: Tensor<4>, others: Vec<Tensor<4>>) -> Tensor<4> {
        others.into_iter().fold(x, add)
    }
}

impl Concat {
    pub(super) fn output(inputs: &[Shape]) -> Result<Shape, String> {
        let (first, others) = several(inputs)?;
        let mut channels = first[0];
        for other in others {
            if other[1..] != first[1..] {
                return Err(format!(
                    "cannot put {other:?} behind {first:?}: height and width differ"
                ));
            }
            channels = channels.checked_add(other[0]).ok_or("too many channels")?;
        }
        Ok([channels, first[1], first[2]])
    }

    pub(super) fn forward(x: Tensor<4>, others: Vec<Tensor<4>>) -> Tensor<4> {
        Tensor::cat(std::iter::once(x).chain(others).collect(), 1)
    }

    pub(super) fn backward(r: &Tensor<4>, inputs: &[Shape]) -> Vec<Tensor<4>> {
        let mut start = 0;
        inputs
            .iter()
            .map(|&[channels, ..]| {
                let part = r.clone().narrow(1, start, channels);
                start += channels;
                part
            })
            .collect()
    }
}

impl Flatten {
    pub(super) fn output([channels, height, width]: Shape) -> Shape {
        [channels * height * width, 1, 1]
    }

    pub(super) fn forward(x: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = x.dims();
        x.reshape([batch, channels * height * width, 1, 1])
    }

    pub(super) fn backward(r: Tensor<4>, [channels, height, width]: Shape) -> Tensor<4> {
        let [batch, ..] = r.dims();
        r.reshape([batch, channels, height, width])
    }
}

impl Softmax {
    pub(super) fn forward(x: Tensor<4>) -> Tensor<4> {
        activation::softmax(x, 1)
    }
}
