//! How a map is drawn where nobody has chosen.

use super::{AttributionMap, Method};
use crate::picture::{Colors, DrawOptions, Fold, Sign};

impl AttributionMap {
    /// How this map is drawn where nobody has chosen a fold, a sign or colours: a map by Grad-CAM or RISE, which has one number for a pixel and none below
    /// zero, in [heat colours](Colors::Heat) from dark at zero to bright; any other map by [`DrawOptions::default`], the look of the
    /// guided-backpropagation paper. By RISE with the target's value instead of its probability numbers can be negative: then it is one of the others.
    ///
    /// ```
    /// use relume::picture::{Colors, draw};
    /// use relume::{Backend, GradCamOptions, Network, Target, zoo};
    ///
    /// let device = Backend::Flex.device()?;
    /// let network = Network::new(zoo::seeded("all-cnn-c", 1)?, &device)?;
    /// let trace = network.forward(network.input(vec![0.5; 3 * 32 * 32], &device)?)?;
    /// let map = trace.grad_cam(&Target::top(), "relu8", &GradCamOptions::default())?.map;
    /// assert_eq!(map.draw_options().colors, Colors::Heat);
    /// let drawing = draw(&map.data, map.shape, &map.draw_options(), None)?;
    /// # Ok::<(), relume::Error>(())
    /// ```
    #[must_use]
    pub fn draw_options(&self) -> DrawOptions {
        let usual = DrawOptions::default();
        if !matches!(self.method, Method::GradCam | Method::Rise) || self.data.iter().any(|&value| value < 0.0) {
            return usual;
        }
        DrawOptions {
            fold: Fold::Max,
            sign: Sign::Positive,
            colors: Colors::Heat,
            ..usual
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::ExplainedUnit;
    use crate::relu::ReluRule;

    #[test]
    fn maps_that_are_never_negative_are_drawn_in_heat_colours() {
        let colors = |method, data: &[f32]| {
            let map = AttributionMap {
                data: data.to_vec(),
                shape: [1, 1, data.len()],
                method,
                target: ExplainedUnit {
                    layer: "logits".to_owned(),
                    channel: 0,
                    at: (0, 0),
                    value: 1.0,
                },
                relus: 0,
                warning: None,
            };
            let options = map.draw_options();
            options.validate().expect("options that can be followed");
            assert_eq!(options.colors == Colors::Heat, options.sign == Sign::Positive);
            options.colors
        };
        for method in [Method::GradCam, Method::Rise] {
            assert_eq!(colors(method, &[0.0, 0.5]), Colors::Heat);
            // Nothing to see is drawn as the colour of 0, beside others by this method.
            assert_eq!(colors(method, &[0.0, 0.0]), Colors::Heat);
        }
        assert_eq!(colors(Method::Rise, &[0.0, -0.5]), Colors::Grey);
        for method in [Method::Occlusion, Method::GuidedGradCam, Method::Rule(ReluRule::Guided)] {
            assert_eq!(colors(method, &[0.0, 0.5]), Colors::Grey);
        }
    }
}
