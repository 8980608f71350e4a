//! The four networks of arXiv 1412.6806, Tables 1 and 2, base C.
//!
//! Input 3×32×32; a ReLU after every convolution; the head's 3×3 convolution is "valid" (8×8 -> 6×6), as in the paper.

use super::Architecture;
use super::layer_list::LayerList;
use crate::graph::LayerKind;
use crate::graph::LayerKind::{GlobalAvgPool, MaxPool2d, Relu};
use crate::graph::{Conv2dSpec, GlobalAvgPoolSpec, MaxPool2dSpec, ReluSpec};
use crate::model::ModelInfo;
use crate::picture::InputSpec;

/// The classes of CIFAR-10, in the order of its labels.
pub const CIFAR10: [&str; 10] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];

/// One step of the tables.
enum Step {
    /// 3×3, padded by 1, to so many channels, at this stride.
    Conv(usize, usize),
    /// 3×3 max-pooling, stride 2.
    Pool,
}

pub(super) fn architecture(name: &str) -> Option<Architecture> {
    use Step::{Conv, Pool};
    let (title, steps): (_, &[Step]) = match name {
        "model-c" => (
            "Model C",
            &[Conv(96, 1), Conv(96, 1), Pool, Conv(192, 1), Conv(192, 1), Pool],
        ),
        "strided-cnn-c" => ("Strided-CNN-C", &[Conv(96, 1), Conv(96, 2), Conv(192, 1), Conv(192, 2)]),
        "convpool-cnn-c" => (
            "ConvPool-CNN-C",
            &[
                Conv(96, 1),
                Conv(96, 1),
                Conv(96, 1),
                Pool,
                Conv(192, 1),
                Conv(192, 1),
                Conv(192, 1),
                Pool,
            ],
        ),
        "all-cnn-c" => (
            "All-CNN-C",
            &[
                Conv(96, 1),
                Conv(96, 1),
                Conv(96, 2),
                Conv(192, 1),
                Conv(192, 1),
                Conv(192, 2),
            ],
        ),
        _ => return None,
    };
    let mut layers = Numbered::default();
    for step in steps {
        match *step {
            Conv(channels, stride) => layers.conv(channels, 3, stride, 1),
            Pool => layers.pool(),
        }
    }
    layers.conv(192, 3, 1, 0);
    layers.conv(192, 1, 1, 0);
    layers.conv(10, 1, 1, 0);
    layers.row.push("global_pool", GlobalAvgPool(GlobalAvgPoolSpec {}));
    Some(Architecture {
        info: ModelInfo {
            name: name.to_owned(),
            title: title.to_owned(),
            licence: "unknown".to_owned(),
            source: "unknown".to_owned(),
            input: InputSpec {
                shape: [3, 32, 32],
                range: [0.0, 1.0],
                mean: vec![0.5; 3],
                std: vec![0.25; 3],
                crop: 1.0,
            },
            classes: CIFAR10.map(str::to_owned).into(),
        },
        layers: layers.row.into_layers(),
    })
}

/// Layers in a row, numbered by kind.
#[derive(Default)]
struct Numbered {
    row: LayerList,
    convs: usize,
    pools: usize,
}

impl Numbered {
    fn conv(&mut self, out_channels: usize, size: usize, stride: usize, padding: usize) {
        self.convs += 1;
        let spec = Conv2dSpec {
            stride: [stride; 2],
            padding: [padding; 4],
            ..Conv2dSpec::new(out_channels, [size; 2])
        };
        self.row.push(format!("conv{}", self.convs), LayerKind::Conv2d(spec));
        self.row.push(format!("relu{}", self.convs), Relu(ReluSpec::default()));
    }

    fn pool(&mut self) {
        self.pools += 1;
        let spec = MaxPool2dSpec {
            kernel: [3; 2],
            stride: [2; 2],
            padding: [1; 4],
            dilation: [1; 2],
            ceil_mode: false,
        };
        self.row.push(format!("pool{}", self.pools), MaxPool2d(spec));
    }
}
