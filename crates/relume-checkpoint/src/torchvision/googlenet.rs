//! GoogLeNet (Szegedy et al. 2014, arXiv 1409.4842), as torchvision has it: with batch normalisation, and 3 × 3 convolutions where
//! the paper has 5 × 5.

use relume::Result;

use super::Title;
use super::builder::{Builder, Conv};
use crate::import::Pixels;

/// TensorFlow's, where the pretrained weights come from.
const EPSILON: f64 = 1e-3;

/// The inception modules after each max-pooling, and that pooling: its number and its kernel.
const STAGES: [(usize, usize, &[&str]); 3] = [
    (2, 3, &["3a", "3b"]),
    (3, 3, &["4a", "4b", "4c", "4d", "4e"]),
    (4, 2, &["5a", "5b"]),
];

pub(super) fn build(net: &mut Builder<'_>) -> Result<Title> {
    // The two classifiers on the way, which only training uses.
    net.ignored = &["aux1.", "aux2."];
    net.pixels = Pixels::MinusOneToOne;
    net.notes.push(
        "torchvision's pretrained GoogLeNet takes pixels from −1 to 1, and so do networks fine-tuned from it, because they turn \
         ImageNet's normalisation into that (transform_input); for one that was trained with transform_input=False, give the \
         normalisation of its training, such as --preset imagenet"
            .to_owned(),
    );
    basic(net, "conv1", 7, 2)?;
    net.max_pool("maxpool1", 3, 2, 0, true)?;
    basic(net, "conv2", 1, 1)?;
    basic(net, "conv3", 3, 1)?;
    for (pool, kernel, modules) in STAGES {
        net.max_pool(&format!("maxpool{pool}"), kernel, 2, 0, true)?;
        for module in modules {
            inception(net, &format!("inception{module}"))?;
        }
    }
    net.global_pool("avgpool")?;
    net.dropout("dropout")?;
    net.head("fc")?;
    Ok(Title::new("googlenet", "GoogLeNet"))
}

/// A convolution of the last layer with its normalisation and ReLU.
fn basic(net: &mut Builder<'_>, module: &str, kernel: usize, stride: usize) -> Result<()> {
    let before = net.last();
    basic_of(net, module, &before, kernel, stride)
}

/// [`basic`], of layer `input`.
fn basic_of(net: &mut Builder<'_>, module: &str, input: &str, kernel: usize, stride: usize) -> Result<()> {
    let [conv, norm, relu] = ["conv", "bn", "relu"].map(|part| format!("{module}.{part}"));
    net.expect_kernel(&conv, kernel)?;
    let conv = Conv {
        stride,
        epsilon: EPSILON,
        ..Conv::normalised(&conv, &norm)
    };
    net.conv_of(conv, input)?;
    net.relu(&relu)
}

/// Four branches side by side.
fn inception(net: &mut Builder<'_>, module: &str) -> Result<()> {
    let input = net.last();
    let branch = |number: usize, at: Option<usize>| match at {
        Some(at) => format!("{module}.branch{number}.{at}"),
        None => format!("{module}.branch{number}"),
    };
    basic_of(net, &branch(1, None), &input, 1, 1)?;
    for number in [2, 3] {
        basic_of(net, &branch(number, Some(0)), &input, 1, 1)?;
        basic(net, &branch(number, Some(1)), 3, 1)?;
    }
    let pool = branch(4, Some(0));
    net.max_pool_of(&pool, &input, [3, 1, 1], true)?;
    basic(net, &branch(4, Some(1)), 1, 1)?;
    let outputs = [
        branch(1, None),
        branch(2, Some(1)),
        branch(3, Some(1)),
        branch(4, Some(1)),
    ]
    .map(|branch| format!("{branch}.relu"));
    let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
    net.concat(module, &outputs)
}
