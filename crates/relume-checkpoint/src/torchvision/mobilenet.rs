//! MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381).

use relume::Result;

use super::Title;
use super::builder::{Builder, Conv};

/// The stride of each block, `features.1` to `features.17`: the weights do not tell it.
const STRIDES: [usize; 17] = [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1];

pub(super) fn build(net: &mut Builder<'_>) -> Result<Title> {
    net.expect_kernel("features.0.0", 3)?;
    net.conv(Conv {
        stride: 2,
        ..Conv::normalised("features.0.0", "features.0.1")
    })?;
    net.relu6("features.0.2")?;
    for (at, stride) in (1..).zip(STRIDES) {
        block(net, &format!("features.{at}"), stride)?;
    }
    net.conv(Conv::normalised("features.18.0", "features.18.1"))?;
    net.relu6("features.18.2")?;
    net.global_pool("avgpool")?;
    net.dropout("classifier.0")?;
    net.head("classifier.1")?;
    Ok(Title::new("mobilenet-v2", "MobileNetV2"))
}

/// An inverted residual: a 1 × 1 convolution that widens, except in the first block; a depthwise one; a 1 × 1 one that narrows.
/// The input is added where it has the same shape.
fn block(net: &mut Builder<'_>, block: &str, stride: usize) -> Result<()> {
    let input = net.last();
    let widens = net.weights.has(&format!("{block}.conv.1.0.weight"));
    let mut entered = None;
    let depthwise = usize::from(widens);
    for at in 0..=depthwise {
        let [conv, norm, relu] = [0, 1, 2].map(|part| format!("{block}.conv.{at}.{part}"));
        let is_depthwise = at == depthwise;
        let [out, input, _] = net.conv_shape(&conv)?;
        entered.get_or_insert(if is_depthwise { out } else { input });
        net.expect_kernel(&conv, if is_depthwise { 3 } else { 1 })?;
        net.conv(Conv {
            stride: if is_depthwise { stride } else { 1 },
            groups: if is_depthwise { out } else { 1 },
            ..Conv::normalised(&conv, &norm)
        })?;
        net.relu6(&relu)?;
    }
    let [conv, norm] = [1, 2].map(|after| format!("{block}.conv.{}", depthwise + after));
    net.expect_kernel(&conv, 1)?;
    net.conv(Conv::normalised(&conv, &norm))?;
    let [out, ..] = net.conv_shape(&conv)?;
    if stride == 1 && entered == Some(out) {
        net.add(&format!("{block}.add"), [&conv, &input])?;
    }
    Ok(())
}
