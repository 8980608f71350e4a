//! VGG (Simonyan, Zisserman 2014, arXiv 1409.1556): 3 × 3 convolutions in a row. Where a max-pooling stands, the numbers of the
//! modules leave a gap.

use relume::Result;

use super::Title;
use super::builder::{Builder, Conv};
use crate::error::invalid;

pub(super) fn build(net: &mut Builder<'_>) -> Result<Title> {
    let mut convolutions = Vec::new();
    for name in net.weights.names() {
        let module = name
            .strip_prefix("features.")
            .and_then(|name| name.strip_suffix(".weight"));
        let at = module.and_then(|at| at.parse::<usize>().ok()).filter(|&at| at < 1000);
        if let Some(at) = at
            && net.weights.shape(name)?.len() == 4
        {
            convolutions.push(at);
        }
    }
    convolutions.sort_unstable();
    let normalised = net.weights.has("features.1.running_mean");
    // From a convolution to its ReLU.
    let to_relu = if normalised { 2 } else { 1 };
    let next = convolutions.iter().skip(1).copied().map(Some).chain([None]);
    for (&at, next) in convolutions.iter().zip(next) {
        let name = format!("features.{at}");
        net.expect_kernel(&name, 3)?;
        let norm = format!("features.{}", at + 1);
        net.conv(Conv {
            norm: normalised.then_some(norm.as_str()),
            ..Conv::new(&name)
        })?;
        net.relu(&format!("features.{}", at + to_relu))?;
        let after = at + to_relu + 1;
        match next {
            Some(next) if next == after => {}
            Some(next) if next > after + 1 => {
                return Err(invalid(format!(
                    "between the convolutions `features.{at}` and `features.{next}` stand more modules than in torchvision's VGG, and \
                     weights do not tell which; export the network as an ONNX file"
                )));
            }
            // The last convolution has one after it, too.
            _ => net.max_pool(&format!("features.{after}"), 2, 2, 0, false)?,
        }
    }
    net.adaptive_pool("avgpool", 7)?;
    net.linear("classifier.0")?;
    net.relu("classifier.1")?;
    net.dropout("classifier.2")?;
    net.linear("classifier.3")?;
    net.relu("classifier.4")?;
    net.dropout("classifier.5")?;
    net.head("classifier.6")?;
    let depth = convolutions.len() + 3;
    Ok(if normalised {
        Title::new(
            format!("vgg-{depth}-bn"),
            format!("VGG-{depth} with batch normalisation"),
        )
    } else {
        Title::new(format!("vgg-{depth}"), format!("VGG-{depth}"))
    })
}
