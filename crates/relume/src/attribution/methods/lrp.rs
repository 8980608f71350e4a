//! Layer-wise relevance propagation (Bach, Binder, Montavon, Klauschen, Müller, Samek 2015, doi 10.1371/journal.pone.0130140) by the rule ε, as in
//! the overview of Montavon, Binder, Lapuschkin, Samek, Müller 2019, doi 10.1007/978-3-030-28954-6_10.
//!
//! The target's value is the relevance of its unit, and each layer shares out what arrives at its output among its inputs. With `z` the output of a
//! layer, `x` an input, `J` the layer's derivative by that input, and `sign(0) = 1`:
//!
//! `R_x = x ⊙ Jᵀ (R_z / (z + ε · sign(z)))`

use burn::tensor::Tensor;
use serde::Deserialize;

use super::remade;
use crate::attribution::{AttributionMap, Method, Target};
use crate::backend::read;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{LayerKind, PlannedLayer, Source};
use crate::network::{Shares, Trace, zip};

/// Options of layer-wise relevance propagation.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lrp {
    /// Added to the magnitude of each number that relevance is divided by; above 0. Its share of the relevance is given to no pixel.
    pub epsilon: f32,
}

impl Default for Lrp {
    /// 1e-9, which only keeps from dividing by 0.
    fn default() -> Self {
        Self { epsilon: 1e-9 }
    }
}

/// What relevance becomes from the output of a layer to its inputs.
enum Propagation {
    /// By the formula above: inputs are added up, each with a factor that may depend on the picture.
    Shared,
    /// Each number goes where it came from.
    Rearranged,
    /// The same: an activation, number by number.
    Unchanged,
}

impl Trace {
    /// The relevance of each normalised number of the picture, `[3, H, W]`. Its sum is the target's value, but for what went to the biases and
    /// to ε.
    ///
    /// The formula applies to convolutions, fully connected layers, batch normalisations, poolings and additions, with their biases in `z`. A batch
    /// normalisation after a convolution or a fully connected layer that nothing else reads is one layer with it. Activations pass relevance on
    /// unchanged; so do dropout and layers that only rearrange numbers: flattening, concatenation, slices and shuffled channels.
    ///
    /// ```
    /// use relume::{Backend, Lrp, Network, Target, zoo};
    ///
    /// let device = Backend::Flex.device()?;
    /// let network = Network::new(zoo::seeded("all-cnn-c", 1)?, &device)?;
    /// let trace = network.forward(network.input(vec![0.5; 3 * 32 * 32], &device)?)?;
    /// let map = trace.lrp(&Target::top(), Lrp { epsilon: 0.01 })?;
    /// println!("{} of {}", map.data.iter().sum::<f32>(), map.target.value);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`backward`](Self::backward); `invalid-option` for an ε that is not above 0, and where a layer on the way multiplies its inputs or normalises
    /// over channels, for which the rule is not defined; `not-finite` if numbers overflow.
    pub fn lrp(&self, target: &Target, Lrp { epsilon }: Lrp) -> Result<AttributionMap> {
        if !(epsilon.is_finite() && epsilon > 0.0) {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!("lrp takes an epsilon above 0, such as 1e-9, not {epsilon}"),
            ));
        }
        let (start, unit) = self.unit(target)?;
        let explained = unit.clone().read()?;
        let relevance = unit.seed(explained.value);
        let map = self.send_layer_by_layer(start, relevance, |index, relevance| {
            let layer = &self.plan().layers[index];
            match propagation(layer)? {
                Propagation::Unchanged => Ok(vec![(layer.sources[0], relevance)]),
                Propagation::Rearranged => self.linear_step(index, relevance),
                Propagation::Shared => self.share_out(index, relevance, epsilon),
            }
        })?;
        let (data, [_, channels, height, width]) = read(map)?;
        let map = AttributionMap {
            data: Vec::new(),
            shape: [channels, height, width],
            method: Method::Lrp,
            target: explained,
            relus: self.relus(start),
            warning: None,
        };
        remade(map, Method::Lrp, data, [channels, height, width])
    }

    /// The formula, for layer `index`.
    fn share_out(&self, index: usize, relevance: Tensor<4>, epsilon: f32) -> Result<Shares> {
        let z = self.value(Source::Layer(index));
        let quotients = zip(relevance, z, |relevance, z| relevance / stabilised(z, epsilon))?;
        let back = self.linear_step(index, quotients)?;
        back.into_iter()
            .map(|(source, back)| Ok((source, zip(self.value(source), back, |x, back| x * back)?)))
            .collect()
    }
}

/// `z + ε · sign(z)`, with `sign(0) = 1`.
fn stabilised(z: f32, epsilon: f32) -> f32 {
    if z < 0.0 { z - epsilon } else { z + epsilon }
}

fn propagation(layer: &PlannedLayer) -> Result<Propagation> {
    let kind = &layer.spec.kind;
    match kind {
        LayerKind::Conv2d(_)
        | LayerKind::Linear(_)
        | LayerKind::BatchNorm(_)
        | LayerKind::MaxPool2d(_)
        | LayerKind::AvgPool2d(_)
        | LayerKind::GlobalAvgPool(_)
        | LayerKind::Add(_) => Ok(Propagation::Shared),
        LayerKind::Concat(_) | LayerKind::Slice(_) | LayerKind::ChannelShuffle(_) | LayerKind::Flatten(_) => {
            Ok(Propagation::Rearranged)
        }
        LayerKind::Relu(_)
        | LayerKind::LeakyRelu(_)
        | LayerKind::Prelu(_)
        | LayerKind::Sigmoid(_)
        | LayerKind::Tanh(_)
        | LayerKind::Silu(_)
        | LayerKind::Gelu(_)
        | LayerKind::Elu(_)
        | LayerKind::Selu(_)
        | LayerKind::Softplus(_)
        | LayerKind::Mish(_)
        | LayerKind::HardSigmoid(_)
        | LayerKind::HardSwish(_)
        | LayerKind::Dropout(_) => Ok(Propagation::Unchanged),
        LayerKind::Mul(_) | LayerKind::LocalResponseNorm(_) | LayerKind::Softmax(_) => Err(Error::new(
            ErrorKind::InvalidOption,
            format!(
                "lrp has no rule for layer `{}` ({}), which does not add up its inputs; choose another method, or a target before that layer",
                layer.spec.name,
                kind.name()
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Backend, Model, Network, zoo};

    /// With products and normalisations over channels.
    const BLOCKS: &[u8] = include_bytes!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/goldens/blocks.model.safetensors"
    ));

    fn trace(model: Model) -> Trace {
        let device = Backend::Flex.device().expect("a device");
        let network = Network::new(model, &device).expect("a network");
        let count = network.info().input.shape.iter().product();
        let numbers = (0..count).map(|at| ((at * 7919) % 1009) as f32 / 504.5 - 1.0).collect();
        network
            .forward(network.input(numbers, &device).expect("an input"))
            .expect("a run")
    }

    fn sum(trace: &Trace, target: &Target, epsilon: f32) -> (f64, f64) {
        let map = trace.lrp(target, Lrp { epsilon }).expect("a map");
        (
            map.data.iter().copied().map(f64::from).sum(),
            f64::from(map.target.value),
        )
    }

    #[test]
    fn without_biases_the_sum_is_the_targets_value() {
        for name in ["all-cnn-c", "model-c"] {
            let mut model = zoo::seeded(name, 1).expect("a network");
            let biases = model.arrays.iter_mut().filter(|(name, _)| name.ends_with(".bias"));
            biases.for_each(|(_, bias)| bias.data.fill(0.0));
            let trace = trace(model);
            for target in [Target::unit("conv6", 7), Target::unit("conv2", 5)] {
                let (whole, value) = sum(&trace, &target, 1e-9);
                assert!(
                    value != 0.0 && (whole - value).abs() < 1e-4 * value.abs(),
                    "{name}: {whole} of {value}"
                );
                // What ε takes no pixel gets.
                let (part, _) = sum(&trace, &target, 0.1 * value.abs() as f32);
                assert!((part - value).abs() > 1e-2 * value.abs(), "{name}: {part} of {value}");
            }
        }
    }

    #[test]
    fn a_unit_that_does_not_fire_has_no_relevance_to_share_out() {
        let trace = trace(zoo::seeded("all-cnn-c", 1).expect("a network"));
        let (activation, [_, _, height, width]) = read(trace.activation("relu2").expect("a layer")).expect("numbers");
        let silent = activation
            .iter()
            .position(|&value| value == 0.0)
            .expect("a silent unit");
        let (channel, at) = (silent / (height * width), silent % (height * width));
        let target = Target::unit("relu2", channel).at(at / width, at % width);
        let map = trace.lrp(&target, Lrp::default()).expect("a map");
        assert!(map.data.iter().all(|&value| value == 0.0));
        assert_eq!(map.warning.map(|warning| warning.code), Some("zero-gradient"));
    }

    #[test]
    fn what_the_rule_is_not_defined_for_is_refused() {
        let trace = trace(Model::read(BLOCKS).expect("a model"));
        let refused = |target: Target, epsilon| {
            let error = trace.lrp(&target, Lrp { epsilon }).err();
            error.map(|error| (error.code(), error.message().to_owned()))
        };
        for (layer, what) in [
            ("product", "`product` (mul)"),
            ("norm1", "`norm1` (local_response_norm)"),
        ] {
            let (code, message) = refused(Target::unit(layer, 2), 1e-9).expect("a refusal");
            assert!(code == "invalid-option" && message.contains(what), "{message}");
        }
        assert_eq!(refused(Target::unit("conv1", 0), 1e-9), None);
        for epsilon in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let (code, message) = refused(Target::unit("conv1", 0), epsilon).expect("a refusal");
            assert!(code == "invalid-option" && message.contains("above 0"), "{message}");
        }
    }
}
