//! DenseNet (Huang et al. 2016, arXiv 1608.06993), of any depth and growth.

use relume::Result;

use super::Title;
use super::builder::{Builder, Conv};

/// The layers of each block, by the published depth.
const DEPTHS: [([usize; 4], usize); 4] = [
    ([6, 12, 24, 16], 121),
    ([6, 12, 36, 24], 161),
    ([6, 12, 32, 32], 169),
    ([6, 12, 48, 32], 201),
];
/// The most layers of a block: each reads all before it.
const MAX_LAYERS: usize = 200;

pub(super) fn build(net: &mut Builder<'_>) -> Result<Title> {
    net.expect_kernel("features.conv0", 7)?;
    net.conv(Conv {
        stride: 2,
        ..Conv::normalised("features.conv0", "features.norm0")
    })?;
    net.relu("features.relu0")?;
    net.max_pool("features.pool0", 3, 2, 1, false)?;
    let mut counts = [0; 4];
    for (number, count) in (1..).zip(&mut counts) {
        *count = block(net, &format!("features.denseblock{number}"))?;
        if number < 4 {
            let transition = format!("features.transition{number}");
            let [norm, relu, conv, pool] = ["norm", "relu", "conv", "pool"].map(|part| format!("{transition}.{part}"));
            net.batch_norm(&norm, &norm)?;
            net.relu(&relu)?;
            net.expect_kernel(&conv, 1)?;
            net.conv(Conv::new(&conv))?;
            net.avg_pool(&pool, [2, 2])?;
        }
    }
    net.batch_norm("features.norm5", "features.norm5")?;
    net.relu("relu")?;
    net.global_pool("avgpool")?;
    net.head("classifier")?;
    let published = DEPTHS.into_iter().find(|(layers, _)| *layers == counts);
    let depth = published.map_or(2 * counts.iter().sum::<usize>() + 5, |(_, depth)| depth);
    Ok(Title::new(format!("densenet-{depth}"), format!("DenseNet-{depth}")))
}

/// Layers that each read the block's input and all layers before them; gives how many there are.
fn block(net: &mut Builder<'_>, block: &str) -> Result<usize> {
    let mut outputs = vec![net.last()];
    for number in 1..=MAX_LAYERS {
        let layer = format!("{block}.denselayer{number}");
        // Files of torchvision before 0.3, its pretrained weights among them, have a dot: `norm.1`.
        let [norm1, conv1, norm2, conv2] = [("norm", 1), ("conv", 1), ("norm", 2), ("conv", 2)].map(|(part, at)| {
            let old = format!("{layer}.{part}.{at}");
            if net.weights.has(&format!("{old}.weight")) {
                old
            } else {
                format!("{layer}.{part}{at}")
            }
        });
        if !net.weights.has(&format!("{conv1}.weight")) {
            break;
        }
        if number > 1 {
            let inputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
            net.concat(&format!("{layer}.concat"), &inputs)?;
        }
        net.batch_norm(&norm1, &norm1)?;
        net.relu(&format!("{layer}.relu1"))?;
        net.expect_kernel(&conv1, 1)?;
        net.conv(Conv::normalised(&conv1, &norm2))?;
        net.relu(&format!("{layer}.relu2"))?;
        net.expect_kernel(&conv2, 3)?;
        net.conv(Conv::new(&conv2))?;
        outputs.push(conv2);
    }
    let count = outputs.len() - 1;
    if count > 0 {
        let inputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
        net.concat(block, &inputs)?;
    }
    Ok(count)
}
