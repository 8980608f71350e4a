//! ResNet (He et al. 2015, arXiv 1512.03385), ResNeXt (Xie et al. 2016, arXiv 1611.05431) and wide ResNet (Zagoruyko, Komodakis 2016,
//! arXiv 1605.07146), of any depth and width.
//!
//! Weights do not tell where a stage of bottlenecks has its stride: at the 3 × 3 convolution in torchvision (ResNet v1.5), at the 1 × 1
//! one in the paper. And they do not tell strides that were replaced by dilations.

use relume::Result;

use super::Title;
use super::builder::{Builder, Conv};
use crate::error::{invalid, quoted};

/// The most blocks of a stage.
const MAX_BLOCKS: usize = 200;

/// What distinguishes the networks of this plan.
struct Shape {
    bottleneck: bool,
    blocks: [usize; 4],
    /// Of the 3 × 3 convolutions of bottlenecks.
    groups: usize,
    /// The channels of the 3 × 3 convolutions in the first stage.
    width: usize,
}

pub(super) fn build(net: &mut Builder<'_>) -> Result<Title> {
    net.expect_kernel("conv1", 7)?;
    net.conv(Conv {
        stride: 2,
        ..Conv::normalised("conv1", "bn1")
    })?;
    net.relu("relu")?;
    net.max_pool("maxpool", 3, 2, 1, false)?;
    let bottleneck = net.weights.has("layer1.0.conv3.weight");
    let [width, _, _] = net.conv_shape("layer1.0.conv1")?;
    let mut shape = Shape {
        bottleneck,
        blocks: [0; 4],
        groups: if bottleneck { groups(net, "layer1.0")? } else { 1 },
        width,
    };
    for (stage, blocks) in (1..).zip(&mut shape.blocks) {
        for at in 0..MAX_BLOCKS {
            let name = format!("layer{stage}.{at}");
            if !net.weights.has(&format!("{name}.conv1.weight")) {
                break;
            }
            let stride = if at == 0 && stage > 1 { 2 } else { 1 };
            block(net, &name, bottleneck, stride)?;
            *blocks += 1;
        }
    }
    net.global_pool("avgpool")?;
    net.head("fc")?;
    if bottleneck {
        net.notes.push(
            "the blocks have their stride at the 3 × 3 convolution, as torchvision's; weights of a ResNet with it at the 1 × 1 convolution \
             look the same"
                .to_owned(),
        );
    }
    Ok(shape.title())
}

/// Two 3 × 3 convolutions, or a bottleneck of 1 × 1, 3 × 3 and 1 × 1; and the input, which is added.
fn block(net: &mut Builder<'_>, block: &str, bottleneck: bool, stride: usize) -> Result<()> {
    let input = net.last();
    let kernels: &[usize] = if bottleneck { &[1, 3, 1] } else { &[3, 3] };
    let strided = if bottleneck { 2 } else { 1 };
    let mut last = String::new();
    for (number, &kernel) in (1..).zip(kernels) {
        let [conv, norm, relu] = ["conv", "bn", "relu"].map(|part| format!("{block}.{part}{number}"));
        net.expect_kernel(&conv, kernel)?;
        net.conv(Conv {
            stride: if number == strided { stride } else { 1 },
            groups: if kernel == 3 && bottleneck {
                groups(net, block)?
            } else {
                1
            },
            ..Conv::normalised(&conv, &norm)
        })?;
        if number < kernels.len() {
            net.relu(&relu)?;
        }
        last = conv;
    }
    let [short, norm] = [0, 1].map(|at| format!("{block}.downsample.{at}"));
    let shortcut = if net.weights.has(&format!("{short}.weight")) {
        net.expect_kernel(&short, 1)?;
        let conv = Conv {
            stride,
            ..Conv::normalised(&short, &norm)
        };
        net.conv_of(conv, &input)?;
        short
    } else {
        input
    };
    net.add(&format!("{block}.add"), [&last, &shortcut])?;
    net.relu(&format!("{block}.relu{}", kernels.len()))
}

/// The groups of the 3 × 3 convolution of a bottleneck: how often its kernels' channels go into those that come in.
fn groups(net: &Builder<'_>, block: &str) -> Result<usize> {
    let [channels, ..] = net.conv_shape(&format!("{block}.conv1"))?;
    let [_, of_group, _] = net.conv_shape(&format!("{block}.conv2"))?;
    channels
        .checked_div(of_group)
        .filter(|&groups| groups > 0 && groups.checked_mul(of_group) == Some(channels))
        .ok_or_else(|| {
            invalid(format!(
                "convolution {} takes {of_group} channels a group, which do not divide the {channels} that come in",
                quoted(&format!("{block}.conv2"))
            ))
        })
}

impl Shape {
    fn title(&self) -> Title {
        let count: usize = self.blocks.iter().sum();
        let depth = count * if self.bottleneck { 3 } else { 2 } + 2;
        match (self.groups, self.width) {
            (1, 64) => Title::new(format!("resnet-{depth}"), format!("ResNet-{depth}")),
            (1, width) if width % 64 == 0 => {
                let times = width / 64;
                Title::new(
                    format!("wide-resnet-{depth}-{times}"),
                    format!("Wide ResNet-{depth}-{times}"),
                )
            }
            (1, width) => Title::new(format!("resnet-{depth}"), format!("ResNet-{depth} of {width} channels")),
            (groups, width) => {
                let each = width / groups;
                Title::new(
                    format!("resnext-{depth}-{groups}x{each}d"),
                    format!("ResNeXt-{depth} {groups}x{each}d"),
                )
            }
        }
    }
}
