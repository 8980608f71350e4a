//! The way from a file of weights to a model.

use std::collections::BTreeMap;

use relume::graph::{LayerSpec, Plan, Shape};
use relume::model::ModelInfo;
use relume::picture::InputSpec;
use relume::safetensors::Array;
use relume::{Model, Result, printable, zoo};

use crate::checkpoint::Checkpoint;
use crate::error::{invalid, option, quoted};
use crate::torchvision::{self, Layer, Recognised, Source, Weights};

/// How many classes ImageNet has.
const IMAGENET: usize = 1000;
/// The size of pictures that torchvision's networks were trained for.
const SIDE: usize = 224;

/// What the file does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The model's short name, in kebab-case; if it is not given, the network's: `resnet-18`.
    pub name: Option<String>,
    /// Its name as people write it; if it is not given, the network's: ResNet-18.
    pub title: Option<String>,
    /// `[height, width]` of the pictures; if it is not given, 224 × 224.
    pub size: Option<[usize; 2]>,
    /// The dictionary that holds the weights, such as `ema`; needed only where several do.
    pub key: Option<String>,
}

/// A network out of a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// The network, as torchvision's pretrained weights want it: ImageNet's normalisation, and the middle 7/8 of a picture; GoogLeNet
    /// takes pixels from −1 to 1. With 1000 outputs the classes are ImageNet's, else `class 0`, `class 1`, …; source and licence are
    /// `unknown`.
    pub model: Model,
    /// What was taken for granted, a sentence each.
    pub notes: Vec<String>,
}

/// Reads the weights of one of torchvision's [`NETWORKS`](crate::NETWORKS): what `torch.save` wrote of a state dict, alone or in a
/// dictionary (`state_dict`, `model`, …), with or without a prefix before all names (`module.`, `_orig_mod.`, …), or the same as a
/// plain safetensors file. Layers are called as PyTorch's modules are (`layer1.0.conv1`); batch normalisations that follow a
/// convolution become part of it.
///
/// # Errors
/// `invalid-model` for bytes that are no such file, are damaged, or hold another network, with some of the names that are there and
/// the networks that are known; `invalid-option` if several dictionaries hold weights and `options` name none, or if the network does
/// not take pictures of this size.
pub fn read(bytes: &[u8], options: &Options) -> Result<Import> {
    Checkpoint::open(bytes)?.network(options)
}

impl Checkpoint<'_> {
    /// [`read`], of an open file.
    ///
    /// # Errors
    /// As [`read`].
    pub fn network(&self, options: &Options) -> Result<Import> {
        let weights = torchvision::weights(self, options.key.as_deref())?
            .ok_or_else(|| torchvision::unknown(self, options.key.as_deref()))?;
        let size = options.size.unwrap_or([SIDE; 2]);
        let [height, width] = size;
        if size.iter().any(|side| !(1..=4096).contains(side)) {
            return Err(option(format!(
                "pictures of {height},{width} (height, width) are not of 1 to 4096 pixels a side"
            )));
        }
        let Recognised {
            name,
            title,
            layers,
            pixels,
            mut notes,
        } = weights.build(size)?;
        let shape = [3, height, width];
        let specs: Vec<LayerSpec> = layers.iter().map(|layer| layer.spec.clone()).collect();
        let plan = Plan::new(shape, &specs)?;
        check_shapes(&plan, &layers, &weights)?;
        let classes = plan.layers.get(plan.logits).map_or(0, |layer| layer.shape[0]);
        let arrays = arrays(self, &layers, &weights)?;
        notes.extend(weights.notes());
        let info = ModelInfo {
            name: options.name.clone().unwrap_or(name),
            title: options.title.clone().unwrap_or(title),
            licence: "unknown".to_owned(),
            source: "unknown".to_owned(),
            input: pixels.input(shape),
            classes: class_names(classes)?,
        };
        let model = Model::new(info, specs, arrays)?;
        let notes = notes.into_iter().map(printable).collect();
        Ok(Import { model, notes })
    }

    /// Whether the weights have the names of one of torchvision's [`NETWORKS`](crate::NETWORKS), in one dictionary or in several.
    #[must_use]
    pub fn is_recognised(&self, key: Option<&str>) -> bool {
        !matches!(torchvision::weights(self, key), Ok(None))
    }
}

/// Compares each tensor with what its layer needs, before any is read.
fn check_shapes(plan: &Plan, layers: &[Layer], weights: &Weights<'_>) -> Result<()> {
    for (planned, layer) in plan.layers.iter().zip(layers) {
        for parameter in planned.parameters() {
            for (tensor, shape) in layer.source.tensors(parameter.name, &parameter.shape, weights) {
                let found = weights.shape(&tensor)?;
                if found != shape {
                    return Err(invalid(format!(
                        "tensor {} has shape {found:?}, and layer {} needs {shape:?}",
                        quoted(weights.full_name(&tensor)),
                        quoted(&layer.spec.name)
                    )));
                }
            }
        }
    }
    Ok(())
}

/// The weights of all layers, under the layers' names.
fn arrays(checkpoint: &Checkpoint<'_>, layers: &[Layer], weights: &Weights<'_>) -> Result<BTreeMap<String, Array>> {
    checkpoint.check_room(weights.used())?;
    let mut arrays = BTreeMap::new();
    for layer in layers {
        let name = &layer.spec.name;
        match &layer.source {
            Source::Nothing => {}
            Source::Own { from } => {
                for (part, tensor) in weights.parts(from) {
                    arrays.insert(format!("{name}.{part}"), checkpoint.array(tensor)?);
                }
            }
            Source::Folded { conv, norm, epsilon } => {
                let mut parts = BTreeMap::new();
                for module in [conv, norm] {
                    for (part, tensor) in weights.parts(module) {
                        parts.insert(format!("{module}.{part}"), checkpoint.array(tensor)?);
                    }
                }
                let (weight, bias) = zoo::fold_into_convolution(&mut parts, conv, norm, *epsilon)?;
                arrays.insert(format!("{name}.weight"), weight);
                arrays.insert(format!("{name}.bias"), bias);
            }
        }
    }
    Ok(arrays)
}

/// ImageNet's classes, or numbered ones.
fn class_names(count: usize) -> Result<Vec<String>> {
    if count == IMAGENET {
        // A network of the library that has them.
        return Ok(zoo::architecture("squeezenet-1.1")?.info.classes);
    }
    Ok((0..count).map(|index| format!("class {index}")).collect())
}

/// What pixels were in training.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pixels {
    /// From 0 to 1, with ImageNet's mean and deviation.
    ImageNet,
    /// From −1 to 1.
    MinusOneToOne,
}

impl Pixels {
    fn input(self, shape: Shape) -> InputSpec {
        let (range, mean, std) = match self {
            Self::ImageNet => ([0.0, 1.0], [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            Self::MinusOneToOne => ([-1.0, 1.0], [0.0; 3], [1.0; 3]),
        };
        InputSpec {
            shape,
            range,
            mean: mean.to_vec(),
            std: std.to_vec(),
            // torchvision shrinks the shorter side to 256 and takes the middle 224.
            crop: 0.875,
        }
    }
}
