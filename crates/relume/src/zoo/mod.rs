//! Known networks: architecture as data, and how weights from elsewhere find their place in it.

mod efficientnet;
mod fold;
mod layer_list;
mod paper;
mod seeded;
mod squeezenet;
mod state_dict;

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, ErrorKind, Result};
use crate::graph::{LayerSpec, Plan};
use crate::model::{Model, ModelInfo};
use crate::safetensors::Array;

pub use fold::fold_into_convolution;
pub use paper::CIFAR10;
pub use seeded::arrays as seeded_arrays;

/// The names of the paper's networks, which can be trained here.
pub const PAPER: [&str; 4] = ["all-cnn-c", "model-c", "strided-cnn-c", "convpool-cnn-c"];

/// The names of the networks there are.
pub const NAMES: [&str; 6] = [
    "all-cnn-c",
    "model-c",
    "strided-cnn-c",
    "convpool-cnn-c",
    "squeezenet-1.1",
    "efficientnet-lite0",
];

/// The 1000 classes of ImageNet (ILSVRC 2012), in the order of the logits: that of the WordNet identifiers.
#[must_use]
pub fn imagenet_classes() -> Vec<String> {
    include_str!("imagenet-classes.txt")
        .lines()
        .map(str::to_owned)
        .collect()
}

/// A network without weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Architecture {
    /// What its models say about themselves.
    pub info: ModelInfo,
    /// Its layers in running order.
    pub layers: Vec<LayerSpec>,
}

/// The architecture called `name`.
///
/// # Errors
/// `invalid-option` if there is none.
pub fn architecture(name: &str) -> Result<Architecture> {
    match name {
        "efficientnet-lite0" => Ok(efficientnet::lite0()),
        "squeezenet-1.1" => Ok(squeezenet::squeezenet_1_1()),
        _ => paper::architecture(name).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidOption,
                format!("there is no architecture `{name}`; there are {}", NAMES.join(", ")),
            )
        }),
    }
}

/// Architecture `name` with weights drawn by a formula from `seed`: untrained, the same on every machine.
///
/// # Errors
/// `invalid-option` if there is no such architecture.
pub fn seeded(name: &str, seed: u64) -> Result<Model> {
    seeded_at(name, seed, None)
}

/// [`seeded`], for pictures of `size` × `size` instead of its own size: the paper's networks end in an average over all
/// positions and work on any that is not too small.
///
/// # Errors
/// As [`seeded`]; `invalid-model` if a layer does not fit pictures of that size.
pub fn seeded_at(name: &str, seed: u64, size: Option<usize>) -> Result<Model> {
    let Architecture { mut info, layers } = architecture(name)?;
    if let Some(size) = size {
        info.input.shape = [info.input.shape[0], size, size];
    }
    info.source = format!("untrained: weights by formula, seed {seed}");
    info.licence = "MIT OR Apache-2.0".to_owned();
    let arrays = seeded::arrays(info.input.shape, &layers, seed)?;
    Model::new(info, layers, arrays)
}

/// Architecture `name` with weights from PyTorch, under PyTorch's names (`conv1.weight`, …). Batch normalisations that
/// follow a convolution are folded into it. Tensors that have the names of torchvision's SqueezeNet are taken for its own
/// weights, which want another input than the authors'.
///
/// The weights may lie in a dictionary of a checkpoint (`state_dict`, `model`, …) and have one prefix before all their names
/// (`module.`, `_orig_mod.`, …); other entries are ignored. If several dictionaries hold such weights, `key` selects one.
///
/// # Errors
/// `invalid-option` if there is no such architecture, if several dictionaries fit, or `key` names none; `invalid-model` if the
/// tensors do not fit, saying which is missing and what is there instead.
pub fn from_pytorch(name: &str, tensors: BTreeMap<String, Array>, key: Option<&str>) -> Result<Model> {
    let Architecture { mut info, layers } = architecture(name)?;
    let layouts = layouts(name)?;
    let (layout, tensors) = state_dict::weights_in(tensors, &layouts, key)?;
    let arrays = match (layout, name) {
        (0, _) => tensors,
        (_, "efficientnet-lite0") => efficientnet::from_pytorch(&layers, tensors)?,
        _ => squeezenet::from_torchvision(&mut info, &layouts[0], tensors),
    };
    Model::new(info, layers, arrays)
}

/// Of all tensors of a file, those that [`from_pytorch`] would take, by their names alone: so that no others need be read. They come
/// without their prefix.
///
/// # Errors
/// As [`from_pytorch`], for names.
pub fn select_weights<T>(name: &str, tensors: BTreeMap<String, T>, key: Option<&str>) -> Result<BTreeMap<String, T>> {
    state_dict::weights_in(tensors, &layouts(name)?, key).map(|(_, tensors)| tensors)
}

/// The sets of names that the weights of a network may have: our own, then those of a package that trains it.
fn layouts(name: &str) -> Result<Vec<BTreeSet<String>>> {
    let network = architecture(name)?;
    let ours = tensor_names(&network)?;
    let theirs = match name {
        "efficientnet-lite0" => Some(efficientnet::tensor_names(&network.layers)),
        "squeezenet-1.1" => Some(
            ours.iter()
                .filter_map(|name| squeezenet::torchvision_name(name))
                .collect(),
        ),
        _ => None,
    };
    Ok(std::iter::once(ours).chain(theirs).collect())
}

/// The names of all tensors of a network, as a model file has them.
fn tensor_names(network: &Architecture) -> Result<BTreeSet<String>> {
    let plan = Plan::new(network.info.input.shape, &network.layers)?;
    let names = plan.layers.iter().flat_map(|layer| {
        let parameters = layer.parameters().into_iter();
        parameters.map(|parameter| format!("{}.{}", layer.spec.name, parameter.name))
    });
    Ok(names.collect())
}
