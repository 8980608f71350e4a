//! Which of Burn's backends computes.

use std::{fmt, str::FromStr};

use burn::tensor::{Device, Tensor, TensorData};

use crate::error::{Error, ErrorKind, Result};

/// A backend that the engine runs on and is tested with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// Burn's pure-Rust backend: the default.
    Flex,
    /// burn-ndarray: slower, an independent second opinion.
    NdArray,
}

impl Backend {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::Flex, Self::NdArray];

    /// Its name, as [`FromStr`] reads it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::NdArray => "ndarray",
        }
    }

    /// Its device.
    ///
    /// # Errors
    /// `unsupported-backend` if this build left the backend out.
    pub fn device(self) -> Result<Device> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => Ok(Device::flex()),
            // Burn means to drop this backend in favour of Flex. As long as it is there it is our second opinion.
            #[cfg(feature = "ndarray")]
            #[allow(deprecated)]
            Self::NdArray => Ok(Device::ndarray()),
            #[allow(unreachable_patterns, reason = "with every backend compiled in")]
            missing => Err(Error::new(
                ErrorKind::UnsupportedBackend,
                format!("this build has no backend `{missing}`"),
            )),
        }
    }

    /// The backend behind a device, autodiff or not; `None` for one that is not ours.
    #[must_use]
    pub fn of(device: &Device) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|backend| backend.device().is_ok_and(|ours| ours == *device))
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Backend {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|backend| backend.name() == name)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidOption,
                    format!("there is no backend `{name}`; the backends are flex and ndarray"),
                )
            })
    }
}

/// True in a build without the feature `burn-operations`: the kernels compute everything, on Flex, one picture at a time. A constant, so that the
/// compiler drops the code for other devices.
pub(crate) const FLEX_ALONE: bool = cfg!(all(feature = "flex", not(feature = "burn-operations")));

/// Puts numbers, in row-major order, onto a device.
pub(crate) fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    // `Tensor::from_data` links conversions between all types of numbers, which no network here needs.
    #[cfg(feature = "flex")]
    if FLEX_ALONE {
        return relume_kernels::layout::tensor(values, shape);
    }
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Reads a tensor out of its device: its numbers in row-major order, and its dimensions.
///
/// # Errors
/// `internal` if the device fails.
pub fn read<const D: usize>(tensor: Tensor<D>) -> Result<(Vec<f32>, [usize; D])> {
    let dims = tensor.dims();
    #[cfg(feature = "flex")]
    if FLEX_ALONE {
        return Ok((relume_kernels::layout::numbers(tensor), dims));
    }
    let data = tensor.try_into_data().map_err(broken)?;
    let numbers = data
        .try_into_vec()
        .map_err(|error| Error::new(ErrorKind::Internal, format!("{error:?}")))?;
    Ok((numbers, dims))
}

fn broken(error: impl fmt::Debug) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("the device did not give the numbers: {error:?}"),
    )
}
