//! A signal between two layers: it can leave one run and go on in another, of the same network and picture.

use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorData};

use super::layers::{self, Ruling, Shape};
use super::{INPUT, Network, Source, Trace};
use crate::attribution::{Unit, read};
use crate::error::{Error, ErrorKind, Result};
use crate::relu::ReluRule;
use crate::weights::{self, Archive, Array, Dtype};

/// A signal on its way back: what has arrived at the outputs of the layers that it has yet to pass.
#[derive(Debug, Clone)]
pub struct Halfway {
    /// For each layer that is not passed.
    pub(super) signals: Vec<Option<Tensor<4>>>,
    pub(super) at_picture: Option<Tensor<4>>,
    pub(super) ruling: Ruling,
}

/// Before a layer's name, in the name of the tensor that has arrived there: any layer's name is safe behind it.
const AT: &str = "at ";
/// In the metadata: the rule, so far and from there on.
const RULE: &str = "rule";
/// In the metadata: at how many ReLUs the rule was applied so far.
const RELUS: &str = "relus";

impl Halfway {
    /// At the output of layer `start`.
    pub(super) fn new(start: usize, unit: &Unit, rule: ReluRule) -> Self {
        let mut signals = vec![None; start];
        signals.push(Some(unit.seed()));
        Self {
            signals,
            at_picture: None,
            ruling: Ruling { rule, applied: 0 },
        }
    }

    /// Whether every signal has the size of the layer that it is at.
    pub(super) fn check(&self, network: &Network) -> Result<()> {
        let layers = &network.plan.layers;
        if self.signals.len() > layers.len() {
            return Err(Error::new(
                ErrorKind::InvalidTarget,
                "a signal is at a layer that this network does not have",
            ));
        }
        let shapes = layers.iter().map(|layer| (layer.spec.name.as_str(), layer.shape));
        let at_layers = shapes.zip(&self.signals);
        let at_picture = ((INPUT, network.info.input.shape), &self.at_picture);
        for ((name, shape @ [channels, height, width]), signal) in at_layers.chain([at_picture]) {
            if signal
                .as_ref()
                .is_some_and(|signal| signal.dims() != [1, channels, height, width])
            {
                return Err(misfit(name, shape));
            }
        }
        Ok(())
    }

    /// Adds a signal to what has arrived at `source` by other ways.
    pub(super) fn arrive(&mut self, source: Source, signal: Tensor<4>) {
        let place = match source {
            Source::Input => &mut self.at_picture,
            Source::Layer(before) => &mut self.signals[before],
        };
        *place = Some(match place.take() {
            Some(sum) => layers::add(sum, signal),
            None => signal,
        });
    }
}

impl Trace {
    /// A signal as the bytes of a safetensors file, for [`read_halfway`](Self::read_halfway). Its tensors are `[H, W, C]`, as
    /// our own kernels leave them.
    ///
    /// # Errors
    /// `internal` if the device fails.
    pub async fn write_halfway(&self, signal: Halfway) -> Result<Vec<u8>> {
        let layers = self.network.plan.layers.iter().map(|layer| layer.spec.name.as_str());
        let places = layers.zip(signal.signals).chain([(INPUT, signal.at_picture)]);
        let mut arrived = BTreeMap::new();
        for (layer, signal) in places.filter_map(|(layer, signal)| Some((layer, signal?))) {
            let (data, [_, shape @ ..]) = read(signal.permute([0, 2, 3, 1])).await?;
            let shape = shape.to_vec();
            arrived.insert(format!("{AT}{layer}"), Array { shape, data });
        }
        let Ruling { rule, applied } = signal.ruling;
        let metadata = BTreeMap::from([
            (RULE.to_owned(), rule.to_string()),
            (RELUS.to_owned(), applied.to_string()),
        ]);
        // Not what checks that numbers are finite: an overflow may yet meet a ReLU that lets nothing pass.
        weights::encode(&metadata, &arrived, Dtype::F32)
    }

    /// Puts a signal that [`write_halfway`](Self::write_halfway) wrote onto this run's device.
    ///
    /// # Errors
    /// `invalid-option` for bytes that are no such signal; `invalid-target` for a layer that this network does not have;
    /// `shape-mismatch` for numbers of another shape than the layer's.
    pub fn read_halfway(&self, bytes: &[u8]) -> Result<Halfway> {
        let foreign = |message: &str| Error::new(ErrorKind::InvalidOption, format!("half a way back: {message}"));
        let archive = Archive::parse(bytes).map_err(|error| foreign(error.message()))?;
        let said = |key| {
            archive
                .metadata(key)
                .ok_or_else(|| foreign(&format!("`{key}` is missing")))
        };
        let rule = said(RULE)?.parse()?;
        let applied = said(RELUS)?
            .parse()
            .map_err(|_| foreign("`relus` is no number of ReLUs"))?;
        let layers = &self.network.plan.layers;
        let mut signal = Halfway {
            signals: vec![None; layers.len()],
            at_picture: None,
            ruling: Ruling { rule, applied },
        };
        for name in archive.names() {
            let layer = name
                .strip_prefix(AT)
                .ok_or_else(|| foreign(&format!("`{name}` is not at a layer")))?;
            let (place, [channels, height, width]) = if layer == INPUT {
                (&mut signal.at_picture, self.network.info.input.shape)
            } else {
                let index = self.find(layer)?;
                (&mut signal.signals[index], layers[index].shape)
            };
            if archive.shape(name) != Some(&[height, width, channels]) {
                return Err(misfit(layer, [channels, height, width]));
            }
            let data = TensorData::new(archive.array(name)?.data, [1, height, width, channels]);
            *place = Some(Tensor::from_data(data, &self.picture().device()).permute([0, 3, 1, 2]));
        }
        let behind = signal.signals.iter().rposition(Option::is_some);
        signal.signals.truncate(behind.map_or(0, |last| last + 1));
        Ok(signal)
    }
}

fn misfit(layer: &str, [channels, height, width]: Shape) -> Error {
    Error::new(
        ErrorKind::ShapeMismatch,
        format!("a signal at `{layer}` is {channels}×{height}×{width} numbers"),
    )
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use crate::weights::Dtype;
    use crate::{Backend, Network, ReluRule, Target, zoo};

    /// A network with several ways from the picture to the logits.
    const ODD: &[u8] = include_bytes!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/goldens/odd.model.safetensors"
    ));

    /// Cuts the ways back by all rules at every `step`-th layer; the most layers that a cut was at.
    fn cut(model: &[u8], backend: Backend, step: usize) -> usize {
        let bits = |map: &crate::Map| map.data.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        let device = backend.device().expect("a device");
        let network = Network::load(model, &device).expect("a model");
        let count = network.info().input.shape.iter().product();
        let numbers = (0..count).map(|at| ((at * 7919) % 1009) as f32 / 504.5 - 1.0).collect();
        let input = network.input(numbers, &device).expect("an input");
        let trace = network.forward(input).expect("a run");
        let target = Target::class(1);
        let mut at_once = 0;
        for rule in ReluRule::ALL {
            let whole = block_on(trace.backward(&target, rule).expect("a way back").read()).expect("a map");
            // One by one, as it is measured.
            let watched = trace.backward_watched(&target, rule, &mut |_| ()).expect("a way back");
            assert_eq!(bits(&block_on(watched.read()).expect("a map")), bits(&whole));
            for until in (0..=network.plan.logits + 1).step_by(step) {
                let (start, unit) = trace.unit(&target).expect("a unit");
                let mut signal = super::Halfway::new(start, &unit, rule);
                trace.send_back(&mut signal, until, None).expect("a part of the way");
                at_once = at_once.max(signal.signals.iter().flatten().count());
                let bytes = block_on(trace.write_halfway(signal)).expect("bytes");
                let signal = trace.read_halfway(&bytes).expect("a signal");
                let map = block_on(trace.backward_rest(&target, signal).expect("the rest").read()).expect("a map");
                assert_eq!(
                    (bits(&map), &map),
                    (bits(&whole), &whole),
                    "{backend}, {rule}, up to {until}"
                );
            }
        }
        at_once
    }

    #[test]
    fn wherever_it_is_cut_the_map_is_the_same() {
        for backend in Backend::ALL {
            assert!(cut(ODD, backend, 1) >= 3, "cuts through branches are among them");
        }
    }

    /// Of separable layers, which are passed several at once unless a cut is between them.
    #[test]
    fn separable_layers_too() {
        let model = zoo::seeded("efficientnet-lite0", 1).and_then(|model| model.write(Dtype::F32));
        assert!(
            cut(&model.expect("a model"), Backend::Flex, 11) >= 2,
            "and through a shortcut"
        );
    }
}
