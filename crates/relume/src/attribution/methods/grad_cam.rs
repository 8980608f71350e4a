//! Grad-CAM and Guided Grad-CAM (Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra 2016, arXiv 1610.02391).
//!
//! With `A` the activation of a layer, `[C, h, w]`, and `y` the target: `α_c` is the mean of `∂y/∂A_c` over all positions, and the map is
//! `max(0, Σ_c α_c A_c)`. It shows where in the layer something speaks for the target, as coarsely as the layer sees.
//! Implementations differ in two choices, which are [`GradCamOptions`].

use serde::Deserialize;

use super::{Interpolation, remade};
use crate::attribution::{AttributionMap, Method, Target};
use crate::backend::read;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::LayerKind;
use crate::network::Trace;
use crate::relu::ReluRule;

/// Options of Grad-CAM.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GradCamOptions {
    /// How the layer's map comes to the picture's size.
    pub interpolation: Interpolation,
    /// Whether negative numbers become 0, before the map is enlarged, as in the paper. Captum's `LayerGradCam` keeps them unless it is told
    /// `relu_attributions=True`.
    pub rectify: bool,
}

/// What Grad-CAM gives.
#[derive(Debug, Clone, PartialEq)]
pub struct GradCam {
    /// The map at the picture's size, `[1, H, W]`: [`cam`](Self::cam) enlarged.
    pub map: AttributionMap,
    /// The map at the layer's size; never negative where it is rectified.
    pub cam: Vec<f32>,
    /// `[1, h, w]`
    pub cam_shape: [usize; 3],
}

impl Default for GradCamOptions {
    /// Bilinear, and rectified.
    fn default() -> Self {
        Self {
            interpolation: Interpolation::default(),
            rectify: true,
        }
    }
}

impl Trace {
    /// Grad-CAM of layer `layer`, which is usually the last one that still has rows and columns.
    ///
    /// ```
    /// use relume::{Backend, GradCamOptions, Network, Target, zoo};
    ///
    /// let device = Backend::Flex.device()?;
    /// let network = Network::new(zoo::seeded("all-cnn-c", 1)?, &device)?;
    /// let trace = network.forward(network.input(vec![0.5; 3 * 32 * 32], &device)?)?;
    /// let found = trace.grad_cam(&Target::class(3), "relu8", &GradCamOptions::default())?;
    /// assert_eq!((found.map.shape, found.cam_shape), ([1, 32, 32], [1, 6, 6]));
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`backward`](Self::backward); `invalid-target` also for a layer that is not there, that no signal from the target passes, or that has no
    /// rows and columns.
    pub fn grad_cam(&self, target: &Target, layer: &str, options: &GradCamOptions) -> Result<GradCam> {
        let [_, _, height, width] = self.activation(layer)?.dims();
        if [height, width] == [1, 1] {
            return Err(Error::new(
                ErrorKind::InvalidTarget,
                format!(
                    "layer `{layer}` has no rows and columns, so its map would be the same everywhere; take one before it that has"
                ),
            ));
        }
        let (attribution, signals) = self.backward_with_signals(target, ReluRule::Backprop, &[layer])?;
        let mut weights = Vec::new();
        for signal in signals {
            let signal = signal.read()?.signal;
            let plane = signal.shape[1] * signal.shape[2];
            weights = signal
                .data
                .chunks(plane)
                .map(|slopes| slopes.iter().map(|&slope| f64::from(slope)).sum::<f64>() / plane as f64)
                .collect();
        }
        let (activation, [_, _, height, width]) = read(self.activation(layer)?)?;
        let mut cam = vec![0.0_f64; height * width];
        for (weight, channel) in weights.iter().zip(activation.chunks(height * width)) {
            for (sum, &value) in cam.iter_mut().zip(channel) {
                *sum += weight * f64::from(value);
            }
        }
        let kept = |sum: f64| if options.rectify { sum.max(0.0) } else { sum };
        let cam: Vec<f32> = cam.into_iter().map(|sum| kept(sum) as f32).collect();
        let map = attribution.read()?;
        let [_, rows, columns] = map.shape;
        let enlarged = options.interpolation.resized(&cam, [height, width], [rows, columns]);
        Ok(GradCam {
            map: remade(map, Method::GradCam, enlarged, [1, rows, columns])?,
            cam,
            cam_shape: [1, height, width],
        })
    }

    /// The layer that Grad-CAM is usually asked of: the last one before the target that has rows and columns, and whose channels are not the
    /// classes yet.
    ///
    /// # Errors
    /// `invalid-target` if there is none, or the target is not there.
    pub fn grad_cam_layer(&self, target: &Target) -> Result<&str> {
        let unit = self.explained_unit(target)?;
        let start = self.find(&unit.layer)?;
        let classes = (start == self.plan().logits).then_some(self.network().info().classes.len());
        let passed = self.plan().on_the_way(start);
        let before = self.plan().layers[..start].iter().zip(passed).rev();
        let found = before.into_iter().find(|(layer, passed)| {
            let [channels, height, width] = layer.shape;
            // Dropout computes nothing: the layer before it has the same numbers, and the better name.
            let computes = !matches!(layer.spec.kind, LayerKind::Dropout(_));
            *passed && computes && height * width > 1 && Some(channels) != classes
        });
        match found {
            Some((layer, _)) => Ok(&layer.spec.name),
            None => Err(Error::new(
                ErrorKind::InvalidTarget,
                format!(
                    "Grad-CAM needs a layer with rows and columns before the target, and none comes before `{}`",
                    unit.layer
                ),
            )),
        }
    }

    /// Guided Grad-CAM, `[3, H, W]`: the map of guided backpropagation, times Grad-CAM of layer `layer`, rectified, at the picture's size. The one
    /// says which pixels, the other where.
    ///
    /// # Errors
    /// As [`grad_cam`](Self::grad_cam).
    pub fn guided_grad_cam(
        &self,
        target: &Target,
        layer: &str,
        interpolation: Interpolation,
    ) -> Result<AttributionMap> {
        let options = GradCamOptions {
            interpolation,
            rectify: true,
        };
        let cam = self.grad_cam(target, layer, &options)?.map.data;
        let guided = self.backward(target, ReluRule::Guided)?.read()?;
        let product = |plane: &[f32]| {
            plane
                .iter()
                .zip(&cam)
                .map(|(value, cam)| value * cam)
                .collect::<Vec<f32>>()
        };
        let data = guided.data.chunks(cam.len()).flat_map(product).collect();
        let shape = guided.shape;
        remade(guided, Method::GuidedGradCam, data, shape)
    }
}
