//! Networks that were trained with the channels of pictures in the order blue, green, red, as Caffe and OpenCV have them.

use std::collections::BTreeSet;

use super::Model;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::LayerKind;
use crate::safetensors::Array;

/// What a layer does with channels in reverse order.
enum Reversal {
    /// Its own numbers, one for each channel, are reversed, and so are the channels it gives.
    PerChannel(&'static [&'static str]),
    /// The channels its weights read are reversed, and nothing after it notices.
    Weights,
}

impl Model {
    /// The same network for pictures in red, green, blue, where this one wants blue, green, red: the weights that read the picture have their
    /// channels reversed, so that nothing has to be done to pictures or maps.
    ///
    /// # Errors
    /// `invalid-option` if the network takes grey pictures, or does something else with the picture first than a convolution over all
    /// channels, or a normalisation before it.
    pub fn with_bgr_input(mut self) -> Result<Self> {
        let invalid = |message: String| Error::new(ErrorKind::InvalidOption, message);
        if self.info.input.shape[0] != 3 {
            return Err(invalid(
                "the network takes grey pictures, which have no order of channels".to_owned(),
            ));
        }
        let mut reversed = BTreeSet::from(["input".to_owned()]);
        for layer in &self.layers {
            if !layer.inputs.iter().any(|input| reversed.contains(input)) {
                continue;
            }
            let name = &layer.name;
            let tensor = |parameter: &str| format!("{name}.{parameter}");
            match reversal(&layer.kind) {
                Some(Reversal::Weights) => {
                    if let Some(weight) = self.arrays.get_mut(&tensor("weight")) {
                        reverse_input_channels(weight);
                    }
                }
                Some(Reversal::PerChannel(parameters)) => {
                    for parameter in parameters {
                        if let Some(array) = self.arrays.get_mut(&tensor(parameter)) {
                            array.data.reverse();
                        }
                    }
                    reversed.insert(name.clone());
                }
                None => {
                    return Err(invalid(format!(
                        "the channel order blue, green, red cannot be reversed: layer `{name}`, {}, reads the picture; relume does it for \
                         convolutions over all channels and normalisations; export the network so that it takes red, green, blue",
                        layer.kind.name()
                    )));
                }
            }
        }
        match self.layers.last() {
            // Then the classes themselves would change places.
            Some(last) if reversed.contains(&last.name) => Err(invalid(format!(
                "the channel order blue, green, red cannot be reversed: no layer before `{}`, the last one, mixes the channels",
                last.name
            ))),
            _ => Ok(self),
        }
    }
}

fn reversal(kind: &LayerKind) -> Option<Reversal> {
    match kind {
        LayerKind::Conv2d(spec) if spec.groups == 1 => Some(Reversal::Weights),
        LayerKind::BatchNorm(_) => Some(Reversal::PerChannel(&["weight", "bias", "running_mean", "running_var"])),
        LayerKind::Dropout(_) => Some(Reversal::PerChannel(&[])),
        _ => None,
    }
}

/// `[O, 3, kh, kw]`: the second axis.
fn reverse_input_channels(Array { shape, data }: &mut Array) {
    let &mut [_, channels, height, width] = shape.as_mut_slice() else {
        return;
    };
    let plane = height * width;
    for filter in data.chunks_exact_mut(channels * plane) {
        // Reversed as a whole, then each plane back.
        filter.reverse();
        for taps in filter.chunks_exact_mut(plane) {
            taps.reverse();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::reverse_input_channels;
    use crate::safetensors::Array;

    #[test]
    fn the_order_of_the_taps_stays() {
        let mut weight = Array {
            shape: vec![2, 3, 1, 2],
            data: (0..12_u8).map(f32::from).collect(),
        };
        reverse_input_channels(&mut weight);
        assert_eq!(
            weight.data,
            [4.0, 5.0, 2.0, 3.0, 0.0, 1.0, 10.0, 11.0, 8.0, 9.0, 6.0, 7.0]
        );
    }
}
