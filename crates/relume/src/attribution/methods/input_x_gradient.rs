//! Input × gradient (Shrikumar, Greenside, Shcherbina, Kundaje 2016, arXiv 1605.01713): x · ∂f/∂x.

use super::remade;
use crate::attribution::{AttributionMap, Method, Target};
use crate::backend::read;
use crate::error::Result;
use crate::network::Trace;
use crate::relu::ReluRule;

impl Trace {
    /// Each normalised number of the picture, times the gradient of the target there, `[3, H, W]`: to first order, what would be lost of
    /// the target's value without that number.
    ///
    /// ```
    /// use relume::{Backend, Network, Target, zoo};
    ///
    /// let device = Backend::Flex.device()?;
    /// let network = Network::new(zoo::seeded("all-cnn-c", 1)?, &device)?;
    /// let trace = network.forward(network.input(vec![0.5; 3 * 32 * 32], &device)?)?;
    /// let map = trace.input_x_gradient(&Target::top())?;
    /// assert_eq!(map.shape, [3, 32, 32]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`backward`](Self::backward).
    pub fn input_x_gradient(&self, target: &Target) -> Result<AttributionMap> {
        let gradient = self.backward(target, ReluRule::Backprop)?.read()?;
        let (picture, _) = read(self.picture().clone())?;
        let data = picture.iter().zip(&gradient.data).map(|(x, slope)| x * slope).collect();
        let shape = gradient.shape;
        remade(gradient, Method::InputXGradient, data, shape)
    }
}
