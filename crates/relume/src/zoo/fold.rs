//! Folding a batch normalisation into the convolution before it.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::safetensors::Array;

/// Removes convolution `conv` and batch normalisation `bn` from `tensors` and returns the weight and the bias of the one
/// convolution that computes both. Per output channel `o`, with `s = γ / √(variance + epsilon)`:
/// `W'[o] = s·W[o]`, `b'[o] = β + s·(b[o] − mean)`. Exact at zero-padded borders too, since the normalisation comes
/// after the convolution. Computed in f64, so that the result is the same wherever it is computed.
///
/// # Errors
/// `invalid-model`, naming the tensor that is missing or does not fit.
pub fn fold_into_convolution(
    tensors: &mut BTreeMap<String, Array>,
    conv: &str,
    bn: &str,
    epsilon: f64,
) -> Result<(Array, Array)> {
    let optional_bias = tensors.remove(&format!("{conv}.bias"));
    let mut take = |name: String| {
        tensors
            .remove(&name)
            .ok_or_else(|| Error::model(format!("tensor `{name}` is missing")))
    };
    let mut weight = take(format!("{conv}.weight"))?;
    let channels = match weight.shape.first() {
        Some(&channels) if channels > 0 => channels,
        _ => {
            return Err(Error::model(format!(
                "tensor `{conv}.weight` has shape {:?}, no kernels",
                weight.shape
            )));
        }
    };
    let mut per_channel = |name: &str| {
        let array = take(format!("{bn}.{name}"))?;
        if array.data.len() == channels {
            Ok(array.data)
        } else {
            Err(Error::model(format!(
                "tensor `{bn}.{name}` has {} numbers for {channels} channels",
                array.data.len()
            )))
        }
    };
    let gamma = per_channel("weight")?;
    let beta = per_channel("bias")?;
    let mean = per_channel("running_mean")?;
    let variance = per_channel("running_var")?;
    let bias_before = match optional_bias {
        Some(bias) if bias.data.len() != channels => {
            return Err(Error::model(format!(
                "tensor `{conv}.bias` has {} numbers for {channels} channels",
                bias.data.len()
            )));
        }
        Some(bias) => bias.data,
        None => vec![0.0; channels],
    };
    let taps = weight.data.len() / channels;
    let mut bias = Vec::with_capacity(channels);
    for (channel, kernel) in weight.data.chunks_mut(taps.max(1)).enumerate() {
        let scale = f64::from(gamma[channel]) / (f64::from(variance[channel]) + epsilon).sqrt();
        for tap in kernel {
            *tap = (f64::from(*tap) * scale) as f32;
        }
        let shifted = f64::from(beta[channel]) + scale * (f64::from(bias_before[channel]) - f64::from(mean[channel]));
        bias.push(shifted as f32);
    }
    let bias = Array {
        shape: vec![channels],
        data: bias,
    };
    Ok((weight, bias))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(shape: &[usize], data: &[f32]) -> Array {
        Array {
            shape: shape.to_vec(),
            data: data.to_vec(),
        }
    }

    #[test]
    fn folds_as_calculated_by_hand() {
        let mut tensors = BTreeMap::from([
            ("c.weight".to_owned(), array(&[2, 1, 1, 1], &[2.0, 3.0])),
            ("b.weight".to_owned(), array(&[2], &[1.0, 4.0])),
            ("b.bias".to_owned(), array(&[2], &[0.5, -1.0])),
            ("b.running_mean".to_owned(), array(&[2], &[1.0, 2.0])),
            ("b.running_var".to_owned(), array(&[2], &[3.0, 15.0])),
        ]);
        // epsilon 1: scales 1/√4 = 1/2 and 4/√16 = 1.
        let (weight, bias) = fold_into_convolution(&mut tensors, "c", "b", 1.0).expect("sound tensors");
        assert_eq!(weight.data, [1.0, 3.0]);
        assert_eq!(bias.data, [0.0, -3.0]);
        assert!(tensors.is_empty());
    }

    #[test]
    fn a_weight_without_kernels_is_named() {
        for shape in [&[][..], &[0, 3, 1, 1]] {
            let mut tensors = BTreeMap::from([("c.weight".to_owned(), array(shape, &[]))]);
            let error = fold_into_convolution(&mut tensors, "c", "b", 1.0).expect_err("nothing to fold");
            assert!(error.message().contains("no kernels"), "{error}");
        }
    }

    #[test]
    fn a_short_tensor_is_named() {
        let mut tensors = BTreeMap::from([
            ("c.weight".to_owned(), array(&[2, 1, 1, 1], &[2.0, 3.0])),
            ("b.weight".to_owned(), array(&[1], &[1.0])),
        ]);
        let error = fold_into_convolution(&mut tensors, "c", "b", 1.0).expect_err("one gamma for two channels");
        assert!(error.message().contains("`b.weight`"), "{error}");
    }
}
