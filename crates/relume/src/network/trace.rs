//! One run forward, kept.

use burn::tensor::Tensor;

use super::layers::Activation;
use super::{Network, Source};
use crate::attribution::read;
use crate::error::{Error, ErrorKind, Result};

/// A run forward: the picture, and what the layers put out. Serves any number of ways back.
#[derive(Debug, Clone)]
pub struct Trace {
    // A copy of the handle: the weights themselves are shared.
    pub(super) network: Network,
    picture: Tensor<4>,
    /// Nothing for a layer that was run together with its ReLU: no way back needs it, and it can be computed again.
    pub(super) activations: Vec<Option<Activation>>,
}

impl Trace {
    pub(super) fn run(network: &Network, picture: Tensor<4>, watch: &mut dyn FnMut(&str)) -> Self {
        let mut trace = Self {
            network: network.clone(),
            picture,
            activations: Vec::with_capacity(network.layers.len()),
        };
        while trace.activations.len() < network.layers.len() {
            let index = trace.activations.len();
            let name = &network.plan.layers[index].spec.name;
            if network.plan.relu_alone_behind(index).is_some() {
                let x = trace.value(network.plan.layers[index].sources[0]);
                if let Some(activation) = network.layers[index].forward_with_relu(&x, &network.layers[index + 1]) {
                    trace.activations.extend([None, Some(activation)]);
                    watch(name);
                    continue;
                }
            }
            let activation = trace.compute(index);
            trace.activations.push(Some(activation));
            watch(name);
        }
        trace
    }

    /// The network that ran.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The picture that ran, `[1, 3, H, W]`, normalised.
    #[must_use]
    pub const fn picture(&self) -> &Tensor<4> {
        &self.picture
    }

    /// The scores before any softmax, `[1, classes]`.
    #[must_use]
    pub fn logits(&self) -> Tensor<2> {
        let logits = self.value(Source::Layer(self.network.plan.logits));
        let [batch, classes, ..] = logits.dims();
        logits.reshape([batch, classes])
    }

    /// The scores before any softmax as numbers, one a class.
    ///
    /// # Errors
    /// `not-finite` if the run overflowed.
    pub async fn scores(&self) -> Result<Vec<f32>> {
        let (scores, _) = read(self.logits()).await?;
        match scores.iter().position(|score| !score.is_finite()) {
            None => Ok(scores),
            Some(class) => Err(Error::new(
                ErrorKind::NotFinite,
                format!(
                    "the score of class {class} is {}: the numbers overflowed on the way forward",
                    scores[class]
                ),
            )),
        }
    }

    /// What layer `name` put out, `[1, C, H, W]`.
    ///
    /// # Errors
    /// `invalid-target` if there is no such layer.
    pub fn activation(&self, name: &str) -> Result<Tensor<4>> {
        self.find(name).map(|index| self.value(Source::Layer(index)))
    }

    pub(super) fn value(&self, source: Source) -> Tensor<4> {
        match source {
            Source::Input => self.picture.clone(),
            Source::Layer(index) => match &self.activations[index] {
                Some(activation) => activation.value.clone(),
                None => self.compute(index).value,
            },
        }
    }

    /// Runs layer `index` on what lies before it.
    fn compute(&self, index: usize) -> Activation {
        let mut inputs = self.network.plan.layers[index]
            .sources
            .iter()
            .map(|source| self.value(*source));
        let first = inputs.next().unwrap_or_else(|| self.picture.clone());
        self.network.layers[index].forward(first, inputs.collect())
    }

    pub(super) fn find(&self, name: &str) -> Result<usize> {
        self.network.plan.find(name).ok_or_else(|| {
            let near: Vec<&str> = self
                .network
                .plan
                .layers
                .iter()
                .map(|layer| layer.spec.name.as_str())
                .collect();
            Error::new(
                ErrorKind::InvalidTarget,
                format!("there is no layer `{name}`; the layers are {}", list(&near)),
            )
        })
    }
}

/// The first and last few names of a long list.
fn list(names: &[&str]) -> String {
    match names {
        [first @ .., last] if names.len() > 12 => format!("{}, …, {last}", first[..8].join(", ")),
        _ => names.join(", "),
    }
}
