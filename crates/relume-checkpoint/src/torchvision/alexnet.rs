//! AlexNet in its second, narrower form (Krizhevsky 2014, arXiv 1404.5997).

use relume::Result;

use super::Title;
use super::builder::{Builder, Conv};

/// Where each convolution stands in `features`: kernel, stride, padding, and whether a max-pooling follows its ReLU.
const CONVOLUTIONS: [(usize, usize, usize, usize, bool); 5] = [
    (0, 11, 4, 2, true),
    (3, 5, 1, 2, true),
    (6, 3, 1, 1, false),
    (8, 3, 1, 1, false),
    (10, 3, 1, 1, true),
];

pub(super) fn build(net: &mut Builder<'_>) -> Result<Title> {
    for (at, kernel, stride, padding, pooled) in CONVOLUTIONS {
        let name = format!("features.{at}");
        net.expect_kernel(&name, kernel)?;
        net.conv(Conv {
            stride,
            padding: Some(padding),
            ..Conv::new(&name)
        })?;
        net.relu(&format!("features.{}", at + 1))?;
        if pooled {
            net.max_pool(&format!("features.{}", at + 2), 3, 2, 0, false)?;
        }
    }
    net.adaptive_pool("avgpool", 6)?;
    net.dropout("classifier.0")?;
    net.linear("classifier.1")?;
    net.relu("classifier.2")?;
    net.dropout("classifier.3")?;
    net.linear("classifier.4")?;
    net.relu("classifier.5")?;
    net.head("classifier.6")?;
    Ok(Title::new("alexnet", "AlexNet"))
}
