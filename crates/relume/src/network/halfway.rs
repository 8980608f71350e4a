//! A signal between two layers: it can leave one run and go on in another, of the same network and picture.

use burn::tensor::{Tensor, TensorData};

use super::layers::{self, Ruling, Shape};
use super::{INPUT, Network, Source, Trace};
use crate::attribution::{Unit, read};
use crate::error::{Error, ErrorKind, Result};
use crate::relu::ReluRule;

/// A signal on its way back: what has arrived at the outputs of the layers that it has yet to pass.
#[derive(Debug, Clone)]
pub struct Halfway {
    /// For each layer that is not passed.
    pub(super) signals: Vec<Option<Tensor<4>>>,
    pub(super) at_picture: Option<Tensor<4>>,
    pub(super) ruling: Ruling,
}

/// A [`Halfway`] as plain numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct HalfwayParts {
    /// The rule so far, and from there on.
    pub rule: ReluRule,
    /// At how many ReLUs it was applied so far.
    pub relus: usize,
    /// What has arrived, and where.
    pub arrived: Vec<Arrived>,
}

/// What has arrived at one layer's output.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    /// The layer's name, or [`INPUT`].
    pub layer: String,
    /// Row-major `[H, W, C]`: as our own kernels leave it.
    pub data: Vec<f32>,
}

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
    /// Reads a signal out of its device.
    ///
    /// # Errors
    /// `internal` if the device fails.
    pub async fn read_halfway(&self, signal: Halfway) -> Result<HalfwayParts> {
        let Halfway {
            signals,
            at_picture,
            ruling,
        } = signal;
        let layers = self.network.plan.layers.iter().map(|layer| layer.spec.name.as_str());
        let names = layers.zip(signals).chain([(INPUT, at_picture)]);
        let mut arrived = Vec::new();
        for (layer, signal) in names.filter_map(|(layer, signal)| Some((layer, signal?))) {
            arrived.push(Arrived {
                layer: layer.to_owned(),
                data: read(signal.permute([0, 2, 3, 1])).await?.0,
            });
        }
        Ok(HalfwayParts {
            rule: ruling.rule,
            relus: ruling.applied,
            arrived,
        })
    }

    /// Puts a signal onto this run's device.
    ///
    /// # Errors
    /// `invalid-target` for a layer that this network does not have, or twice the same; `shape-mismatch` for a count of
    /// numbers that is not the layer's.
    pub fn halfway(&self, parts: HalfwayParts) -> Result<Halfway> {
        let plan = &self.network.plan;
        let mut signal = Halfway {
            signals: vec![None; plan.layers.len()],
            at_picture: None,
            ruling: Ruling {
                rule: parts.rule,
                applied: parts.relus,
            },
        };
        for Arrived { layer, data } in parts.arrived {
            let (place, shape) = if layer == INPUT {
                (&mut signal.at_picture, self.network.info.input.shape)
            } else {
                let index = self.find(&layer)?;
                (&mut signal.signals[index], plan.layers[index].shape)
            };
            if place.is_some() {
                return Err(Error::new(
                    ErrorKind::InvalidTarget,
                    format!("two signals are said to be at `{layer}`"),
                ));
            }
            *place = Some(self.tensor(&layer, data, shape)?);
        }
        let behind = signal.signals.iter().rposition(Option::is_some);
        signal.signals.truncate(behind.map_or(0, |last| last + 1));
        Ok(signal)
    }

    /// `[1, C, H, W]` of numbers that lie as `[H, W, C]`.
    fn tensor(&self, layer: &str, data: Vec<f32>, shape @ [channels, height, width]: Shape) -> Result<Tensor<4>> {
        if data.len() != channels * height * width {
            return Err(misfit(layer, shape));
        }
        let data = TensorData::new(data, [1, height, width, channels]);
        Ok(Tensor::from_data(data, &self.picture().device()).permute([0, 3, 1, 2]))
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

    use crate::{Backend, Network, ReluRule, Target};

    /// A network with several ways from the picture to the logits.
    const ODD: &[u8] = include_bytes!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/goldens/odd.model.safetensors"
    ));

    #[test]
    fn wherever_it_is_cut_the_map_is_the_same() {
        let bits = |map: &crate::Map| map.data.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        for backend in Backend::ALL {
            let device = backend.device().expect("a device");
            let network = Network::load(ODD, &device).expect("a model");
            let count = network.info().input.shape.iter().product();
            let numbers = (0..count).map(|at| ((at * 7919) % 1009) as f32 / 504.5 - 1.0).collect();
            let input = network.input(numbers, &device).expect("an input");
            let trace = network.forward(input).expect("a run");
            let target = Target::class(1);
            let mut at_once = 0;
            for rule in ReluRule::ALL {
                let whole = block_on(trace.backward(&target, rule).expect("a way back").read()).expect("a map");
                for until in 0..=network.plan.logits + 1 {
                    let (start, unit) = trace.unit(&target).expect("a unit");
                    let mut signal = super::Halfway::new(start, &unit, rule);
                    trace
                        .send_back(&mut signal, until, &mut |_| ())
                        .expect("a part of the way");
                    let parts = block_on(trace.read_halfway(signal)).expect("numbers");
                    at_once = at_once.max(parts.arrived.len());
                    let signal = trace.halfway(parts).expect("a signal");
                    let map = block_on(trace.backward_rest(&target, signal).expect("the rest").read()).expect("a map");
                    assert_eq!(
                        (bits(&map), &map),
                        (bits(&whole), &whole),
                        "{backend}, {rule}, up to {until}"
                    );
                }
            }
            assert!(at_once >= 3, "cuts through branches are among them");
        }
    }
}
