//! SqueezeNet 1.0 and 1.1 (Iandola et al. 2016, arXiv 1602.07360). They differ in the first convolution and in where the
//! max-poolings stand.

use relume::Result;

use super::Title;
use super::builder::{Builder, Conv};

/// What stands in `features` after the first ReLU: a fire module, or a max-pooling.
#[derive(Clone, Copy, PartialEq)]
enum Module {
    Fire,
    Pool,
}
use Module::{Fire, Pool};

const VERSION_1_0: [Module; 11] = [Pool, Fire, Fire, Fire, Pool, Fire, Fire, Fire, Fire, Pool, Fire];
const VERSION_1_1: [Module; 11] = [Pool, Fire, Fire, Pool, Fire, Fire, Pool, Fire, Fire, Fire, Fire];

pub(super) fn build(net: &mut Builder<'_>) -> Result<Title> {
    let is_1_0 = net.weights.has("features.5.squeeze.weight");
    let (modules, kernel, title) = if is_1_0 {
        (VERSION_1_0, 7, Title::new("squeezenet-1.0", "SqueezeNet 1.0"))
    } else {
        (VERSION_1_1, 3, Title::new("squeezenet-1.1", "SqueezeNet 1.1"))
    };
    net.expect_kernel("features.0", kernel)?;
    net.conv(Conv {
        stride: 2,
        padding: Some(0),
        ..Conv::new("features.0")
    })?;
    net.relu("features.1")?;
    for (at, module) in (2..).zip(modules) {
        let name = format!("features.{at}");
        match module {
            Pool => net.max_pool(&name, 3, 2, 0, true)?,
            Fire => fire(net, &name)?,
        }
    }
    net.dropout("classifier.0")?;
    net.expect_kernel("classifier.1", 1)?;
    net.conv(Conv::new("classifier.1"))?;
    net.relu("classifier.2")?;
    net.global_pool("classifier.3")?;
    Ok(title)
}

/// A narrow 1 × 1 convolution, and two wide ones of it side by side.
fn fire(net: &mut Builder<'_>, module: &str) -> Result<()> {
    let [squeeze, narrow, wide] = ["squeeze", "expand1x1", "expand3x3"].map(|part| format!("{module}.{part}"));
    let relu = |convolution: &str| format!("{convolution}_activation");
    for (convolution, kernel) in [(&squeeze, 1), (&narrow, 1), (&wide, 3)] {
        net.expect_kernel(convolution, kernel)?;
        if *convolution == squeeze {
            net.conv(Conv::new(convolution))?;
        } else {
            net.conv_of(Conv::new(convolution), &relu(&squeeze))?;
        }
        net.relu(&relu(convolution))?;
    }
    net.concat(module, &[&relu(&narrow), &relu(&wide)])
}
