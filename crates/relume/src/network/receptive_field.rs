//! Which pixels of the picture a unit can see.

use super::Network;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{PlannedLayer, Region};

impl Network {
    /// The pixels that the unit of `layer` at row and column `at` can see: no other pixel of the picture changes it.
    ///
    /// # Errors
    /// `invalid-target` if there is no such layer or no such position in it.
    pub fn receptive_field(&self, layer: &str, at: (usize, usize)) -> Result<Region> {
        let fault = |message: String| Error::new(ErrorKind::InvalidTarget, message);
        let index = self
            .plan
            .find(layer)
            .ok_or_else(|| fault(format!("there is no layer `{layer}`")))?;
        let PlannedLayer { shape, field, .. } = &self.plan.layers[index];
        let [_, rows, columns] = *shape;
        if at.0 >= rows || at.1 >= columns {
            return Err(fault(format!(
                "layer `{layer}` has {rows}×{columns} positions, none at row {}, column {}",
                at.0, at.1
            )));
        }
        let [_, height, width] = self.info.input.shape;
        Ok(field.region(at, [height, width]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_the_all_convolutional_net() {
        // Counted by hand from Table 2: 3×3, 3×3, 3×3 stride 2, 3×3, 3×3, 3×3 stride 2, 3×3, 1×1.
        let device = crate::Backend::Flex.device().expect("a device");
        let model = crate::zoo::seeded("all-cnn-c", 1).expect("a network of the zoo");
        let network = Network::new(model, &device).expect("a sound model");
        let fields: Vec<_> = network
            .summary()
            .layers
            .iter()
            .filter(|layer| layer.kind == "conv2d")
            .map(|layer| (layer.field.y.start, layer.field.y.size, layer.field.y.step))
            .collect();
        let wanted = [
            (-1, 3, 1),
            (-2, 5, 1),
            (-3, 7, 2),
            (-5, 11, 2),
            (-7, 15, 2),
            (-9, 19, 4),
            (-9, 27, 4),
            (-9, 27, 4),
            (-9, 27, 4),
        ];
        assert_eq!(fields, wanted);
        let scores = network.receptive_field(network.logits_layer(), (0, 0));
        let all = Region {
            y: 0,
            x: 0,
            height: 32,
            width: 32,
        };
        assert_eq!(scores, Ok(all));
    }
}
