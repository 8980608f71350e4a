//! The signal at a layer, on its way from the target to the picture.

use burn::tensor::Tensor;

use crate::backend::read;
use crate::error::{Error, ErrorKind, Result};
use crate::finite::first_not_finite;

/// The signal at a layer, still on its device.
#[derive(Debug, Clone)]
pub struct Signal {
    pub(super) layer: String,
    pub(super) arrived: Tensor<4>,
    pub(super) passed: Option<Tensor<4>>,
}

/// The signal at a layer, read back from its device.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalNumbers {
    /// The layer.
    pub layer: String,
    /// What arrived at the layer's output from above; at the target's own layer a 1 at the unit, 0 elsewhere.
    pub signal: Numbers,
    /// What went on to the layer's input, after its own rule if it is a ReLU; `None` where it has several inputs.
    pub passed: Option<Numbers>,
}

/// Numbers of one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// Signed, row-major, as many as `shape` says.
    pub data: Vec<f32>,
    /// `[C, H, W]`
    pub shape: [usize; 3],
}

impl Signal {
    /// The layer's name.
    #[must_use]
    pub fn layer(&self) -> &str {
        &self.layer
    }

    /// What arrived at the layer's output from above, `[1, C, H, W]`.
    #[must_use]
    pub const fn arrived(&self) -> &Tensor<4> {
        &self.arrived
    }

    /// What went on to the layer's input, `[1, C, H, W]`; `None` where it has several inputs.
    #[must_use]
    pub const fn passed(&self) -> Option<&Tensor<4>> {
        self.passed.as_ref()
    }

    /// Reads the numbers from the device.
    ///
    /// # Errors
    /// `not-finite` if there is NaN or an infinity among them, `internal` if the device fails.
    pub fn read(self) -> Result<SignalNumbers> {
        let numbers = |tensor: Tensor<4>| {
            let (data, [_, channels, height, width]) = read(tensor)?;
            match first_not_finite(&data) {
                Some(at) => Err(Error::new(
                    ErrorKind::NotFinite,
                    format!(
                        "the signal at `{}` is {} at position {at}: it overflowed in the backward pass",
                        self.layer, data[at]
                    ),
                )),
                None => Ok(Numbers {
                    data,
                    shape: [channels, height, width],
                }),
            }
        };
        Ok(SignalNumbers {
            signal: numbers(self.arrived)?,
            passed: self.passed.map(numbers).transpose()?,
            layer: self.layer,
        })
    }
}
