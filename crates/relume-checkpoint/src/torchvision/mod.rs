//! torchvision's networks: how each is known by the names of its tensors, and the layers it has.

mod alexnet;
mod builder;
mod densenet;
mod googlenet;
mod mobilenet;
mod resnet;
mod squeezenet;
mod vgg;
mod weights;

use std::collections::BTreeMap;

use relume::{Error, Result};

use self::builder::Builder;
pub(crate) use self::builder::{Layer, Recognised, Source};
pub(crate) use self::weights::Weights;
use crate::checkpoint::Checkpoint;
use crate::error::{invalid, option, quoted, some_of};

/// The networks that are known.
pub const NETWORKS: &str = "AlexNet, VGG-11 to 19 with and without batch normalisation, GoogLeNet, SqueezeNet 1.0 and 1.1, ResNet-18 to \
    152, ResNeXt, wide ResNet, DenseNet-121 to 201 and MobileNetV2, as torchvision has them";

/// The most dictionaries of weights that may lie beside those that are taken.
const MAX_BESIDE: usize = 16;

/// Networks of one plan.
struct Family {
    /// Tensors that they have and no other family has.
    signature: &'static [&'static str],
    build: fn(&mut Builder<'_>) -> Result<Title>,
}

/// What a network is called.
struct Title {
    /// In kebab-case.
    name: String,
    /// As people write it.
    title: String,
}

impl Title {
    fn new(name: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            title: title.into(),
        }
    }
}

const FAMILIES: [Family; 7] = [
    Family {
        signature: &["layer1.0.conv1.weight", "layer4.0.conv1.weight", "conv1.weight"],
        build: resnet::build,
    },
    Family {
        signature: &["features.conv0.weight", "features.norm5.weight"],
        build: densenet::build,
    },
    Family {
        signature: &["inception3a.branch1.conv.weight", "inception5b.branch1.conv.weight"],
        build: googlenet::build,
    },
    Family {
        signature: &["features.3.squeeze.weight", "features.12.squeeze.weight"],
        build: squeezenet::build,
    },
    Family {
        signature: &["features.1.conv.0.0.weight", "features.18.0.weight"],
        build: mobilenet::build,
    },
    Family {
        signature: &["classifier.1.weight", "features.8.weight", "features.10.weight"],
        build: alexnet::build,
    },
    Family {
        signature: &["classifier.0.weight", "features.0.weight", "classifier.3.weight"],
        build: vgg::build,
    },
];

/// The weights in a file that have the names of one of these networks, or `None`. `key` names the dictionary to look in.
///
/// # Errors
/// `invalid-option` if several dictionaries hold such weights, or `key` names none.
pub(crate) fn weights<'c>(checkpoint: &'c Checkpoint<'_>, key: Option<&str>) -> Result<Option<Weights<'c>>> {
    let within = key.map(|key| format!("{key}.")).unwrap_or_default();
    if let Some(key) = key
        && !checkpoint.names().any(|name| name.starts_with(&within))
    {
        return Err(option(format!(
            "the file has no dictionary {} that contains tensors; it has {}",
            quoted(key),
            dictionaries(checkpoint)
        )));
    }
    // What stands before the names, and of which family they are.
    let mut fitting = BTreeMap::new();
    for family in &FAMILIES {
        let Some((first, others)) = family.signature.split_first() else {
            continue;
        };
        for name in checkpoint.names() {
            let Some(prefix) = name.strip_suffix(first) else {
                continue;
            };
            let whole = prefix.is_empty() || prefix.ends_with('.');
            let has = |other: &&str| checkpoint.shape(&format!("{prefix}{other}")).is_some();
            if whole && prefix.starts_with(&within) && others.iter().all(has) {
                fitting.insert(prefix, (family, checkpoint.dictionary(name)));
            }
        }
    }
    let mut all = fitting.iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        // Weights without a prefix, and dictionaries of others beside them.
        (Some((prefix, (family, dictionary))), second)
            if second.is_none() || (*prefix == within && fitting.len() <= MAX_BESIDE) =>
        {
            let others = fitting.keys().skip(1).copied().collect();
            Ok(Some(Weights::new(checkpoint, family.build, prefix, dictionary, others)))
        }
        _ => {
            let names = fitting.keys().map(|prefix| prefix.trim_end_matches('.'));
            Err(option(format!(
                "several dictionaries hold weights of a network; choose one by its key: {}",
                some_of(names)
            )))
        }
    }
}

/// The dictionaries at the top, for an error.
fn dictionaries(checkpoint: &Checkpoint<'_>) -> String {
    let mut keys: Vec<&str> = checkpoint
        .names()
        .filter_map(|name| Some(name.split_once('.')?.0))
        .collect();
    keys.dedup();
    some_of(keys)
}

/// Says what a file holds that is none of these networks.
pub(crate) fn unknown(checkpoint: &Checkpoint<'_>, key: Option<&str>) -> Error {
    let within = key.map(|key| format!("{key}.")).unwrap_or_default();
    let names = checkpoint.names().filter(|name| name.starts_with(&within));
    invalid(format!(
        "the weights are of no network that is known by its tensors: there are {}. relume knows {NETWORKS}; export any other as an ONNX \
         file, or write its model file",
        some_of(names)
    ))
}
