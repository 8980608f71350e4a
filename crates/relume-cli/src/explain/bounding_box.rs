//! The box of `relume explain --box`: found, told, and drawn.

use relume::picture::Drawing;
use relume::{AttributionMap, BoundingBox, Result};
use serde_json::{Value, json};

use crate::network_input::SeenPicture;

/// Vermilion of Okabe and Ito's palette: seen on grey, on the diverging colours, and over most pictures.
const OUTLINE: [u8; 4] = [0xD5, 0x5E, 0x00, 0xFF];

/// The box, in the picture as the network saw it and in the picture's file; nothing where the map is the same everywhere.
pub(super) struct Located {
    seen: Option<BoundingBox>,
    /// Nothing for a tensor.
    original: Option<BoundingBox>,
}

impl Located {
    pub(super) fn find(map: &AttributionMap, quantile: f64, picture: Option<&SeenPicture>) -> Result<Self> {
        let seen = map.locate(quantile)?;
        let [_, height, width] = map.shape;
        let original = seen
            .zip(picture)
            .map(|(found, picture)| found.within([height, width], picture.rectangle));
        Ok(Self { seen, original })
    }

    /// `seen` and, for a picture, `original`; null where there is no box.
    pub(super) fn json(&self) -> Value {
        match (self.seen, self.original) {
            (None, _) => Value::Null,
            (Some(seen), None) => json!({ "seen": seen }),
            (Some(seen), Some(original)) => json!({ "seen": seen, "original": original }),
        }
    }

    pub(super) fn text(&self) -> String {
        let words = |found: BoundingBox| {
            let BoundingBox {
                left,
                top,
                width,
                height,
            } = found;
            format!("{width}×{height} pixels from column {left}, row {top}")
        };
        match (self.seen, self.original) {
            (None, _) => "box: none, the map is the same everywhere".to_owned(),
            (Some(seen), None) => format!("box: {}", words(seen)),
            (Some(seen), Some(original)) => {
                format!(
                    "box: {} as the network saw it; {} of the picture",
                    words(seen),
                    words(original)
                )
            }
        }
    }

    /// Draws the outline: the outermost pixels of the box.
    pub(super) fn outline(&self, drawing: &mut Drawing) {
        let Some(BoundingBox {
            left,
            top,
            width,
            height,
        }) = self.seen
        else {
            return;
        };
        let row = drawing.width as usize;
        let (pixels, _) = drawing.rgba.as_chunks_mut::<4>();
        for y in top..top + height {
            for x in left..left + width {
                if y == top || y + 1 == top + height || x == left || x + 1 == left + width {
                    pixels[y * row + x] = OUTLINE;
                }
            }
        }
    }
}
