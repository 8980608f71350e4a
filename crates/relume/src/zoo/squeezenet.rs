//! SqueezeNet 1.1 (Iandola et al. 2016, arXiv 1602.07360; the authors' second release).
//!
//! Plain ReLUs, three max-poolings and a convolutional head. Input 3×227×227, as the authors trained it. Weights under
//! torchvision's names are taken too, for torchvision's own input.

use std::collections::{BTreeMap, BTreeSet};

use super::layer_list::LayerList;
use super::{Architecture, imagenet_classes};
use crate::graph::{ConcatSpec, Conv2dSpec, DropoutSpec, GlobalAvgPoolSpec, MaxPool2dSpec, ReluSpec};
use crate::graph::{INPUT, LayerKind};
use crate::model::ModelInfo;
use crate::picture::InputSpec;
use crate::safetensors::Array;

/// Stage by stage, each after a max-pooling: the channels of each fire module's squeeze, and of each of its two expands.
const STAGES: [&[(usize, usize)]; 3] = [
    &[(16, 64), (16, 64)],
    &[(32, 128), (32, 128)],
    &[(48, 192), (48, 192), (64, 256), (64, 256)],
];

/// Where each fire module stands in torchvision's `features`, from `fire2` to `fire9`.
const TORCHVISION_FIRES: [usize; 8] = [3, 4, 6, 7, 9, 10, 11, 12];

impl LayerList {
    /// A convolution of `input` and its ReLU; gives the name of the ReLU.
    fn conv_relu(&mut self, name: &str, input: &str, out_channels: usize, size: usize, stride: usize) -> String {
        // Only the 3×3 convolutions inside the fire modules are padded.
        let padding = usize::from(size == 3 && stride == 1);
        let spec = Conv2dSpec {
            stride: [stride; 2],
            padding: [padding; 4],
            ..Conv2dSpec::new(out_channels, [size; 2])
        };
        self.push_after(name, LayerKind::Conv2d(spec), &[input]);
        let relu = format!("{name}_relu");
        self.push(relu.as_str(), LayerKind::Relu(ReluSpec::default()));
        relu
    }

    fn pool(&mut self, name: &str) {
        let spec = MaxPool2dSpec {
            kernel: [3; 2],
            stride: [2; 2],
            padding: [0; 4],
            dilation: [1; 2],
            // As in Caffe, where it was trained.
            ceil_mode: true,
        };
        self.push(name, LayerKind::MaxPool2d(spec));
    }

    fn fire(&mut self, name: &str, squeeze: usize, expand: usize) {
        let before = self.last();
        let squeezed = self.conv_relu(&format!("{name}_squeeze"), &before, squeeze, 1, 1);
        let narrow = self.conv_relu(&format!("{name}_expand1x1"), &squeezed, expand, 1, 1);
        let wide = self.conv_relu(&format!("{name}_expand3x3"), &squeezed, expand, 3, 1);
        self.push_after(
            format!("{name}_concat"),
            LayerKind::Concat(ConcatSpec {}),
            &[&narrow, &wide],
        );
    }
}

pub(super) fn squeezenet_1_1() -> Architecture {
    let mut net = LayerList::default();
    net.conv_relu("conv1", INPUT, 64, 3, 2);
    let mut module = 1;
    for stage in STAGES {
        net.pool(&format!("pool{module}"));
        for &(squeeze, expand) in stage {
            module += 1;
            net.fire(&format!("fire{module}"), squeeze, expand);
        }
    }
    net.push("dropout9", LayerKind::Dropout(DropoutSpec { rate: 0.5 }));
    net.conv_relu("conv10", "dropout9", 1000, 1, 1);
    net.push("global_pool", LayerKind::GlobalAvgPool(GlobalAvgPoolSpec {}));
    Architecture {
        info: ModelInfo {
            name: "squeezenet-1.1".to_owned(),
            title: "SqueezeNet 1.1".to_owned(),
            licence: "unknown".to_owned(),
            source: "unknown".to_owned(),
            // The mean of ImageNet's pixels, which Caffe's networks take away and nothing else.
            input: InputSpec {
                shape: [3, 227, 227],
                range: [0.0, 255.0],
                mean: vec![123.68, 116.779, 103.939],
                std: vec![1.0; 3],
                crop: 1.0,
            },
            classes: imagenet_classes(),
        },
        layers: net.into_layers(),
    }
}

/// torchvision's name for one of our tensors.
pub(super) fn torchvision_name(ours: &str) -> Option<String> {
    let (layer, part) = ours.rsplit_once('.')?;
    let theirs = match (layer, layer.split_once('_')) {
        ("conv1", _) => "features.0".to_owned(),
        ("conv10", _) => "classifier.1".to_owned(),
        (_, Some((fire, convolution))) => {
            let module: usize = fire.strip_prefix("fire")?.parse().ok()?;
            format!(
                "features.{}.{convolution}",
                TORCHVISION_FIRES.get(module.checked_sub(2)?)?
            )
        }
        _ => return None,
    };
    Some(format!("{theirs}.{part}"))
}

/// Takes torchvision's tensors to our `names`, and the input to what torchvision trained with: its weights are not the
/// authors'.
pub(super) fn from_torchvision(
    info: &mut ModelInfo,
    names: &BTreeSet<String>,
    mut tensors: BTreeMap<String, Array>,
) -> BTreeMap<String, Array> {
    info.input = InputSpec {
        shape: [3, 224, 224],
        range: [0.0, 1.0],
        mean: vec![0.485, 0.456, 0.406],
        std: vec![0.229, 0.224, 0.225],
        crop: 0.875,
    };
    let ours: Vec<_> = names
        .iter()
        .filter_map(|name| Some((name.clone(), tensors.remove(&torchvision_name(name)?)?)))
        .collect();
    // What has no name here is handed on under its own, for the check that every tensor has a layer to speak of it.
    tensors.extend(ours);
    tensors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoo::{from_pytorch, seeded, tensor_names};

    fn names() -> BTreeSet<String> {
        tensor_names(&squeezenet_1_1()).expect("a sound network")
    }

    #[test]
    fn it_has_as_many_weights_as_torchvision_says() {
        let model = seeded("squeezenet-1.1", 1).expect("a network");
        let count: usize = names()
            .iter()
            .map(|name| model.array(name).expect("a weight").data.len())
            .sum();
        assert_eq!(count, 1_235_496);
    }

    #[test]
    fn torchvision_names_bring_torchvision_input() {
        let ours = seeded("squeezenet-1.1", 1).expect("a network");
        for (name, torchvision) in [
            ("conv1.weight", "features.0.weight"),
            ("fire2_squeeze.bias", "features.3.squeeze.bias"),
            ("fire3_expand1x1.weight", "features.4.expand1x1.weight"),
            ("fire4_expand3x3.weight", "features.6.expand3x3.weight"),
            ("fire5_squeeze.weight", "features.7.squeeze.weight"),
            ("fire9_expand3x3.bias", "features.12.expand3x3.bias"),
            ("conv10.bias", "classifier.1.bias"),
        ] {
            assert_eq!(torchvision_name(name).as_deref(), Some(torchvision));
        }
        let theirs: BTreeMap<String, Array> = names()
            .iter()
            .map(|name| {
                (
                    torchvision_name(name).expect("a name"),
                    ours.array(name).expect("a weight").clone(),
                )
            })
            .collect();
        let converted = from_pytorch("squeezenet-1.1", theirs, None).expect("every tensor has its place");
        for name in names() {
            assert_eq!(converted.array(&name), ours.array(&name), "{name}");
        }
        assert_eq!(converted.info().input.shape, [3, 224, 224]);
        assert_eq!(ours.info().input.shape, [3, 227, 227]);
    }
}
