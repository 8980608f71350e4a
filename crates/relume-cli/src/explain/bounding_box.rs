//! The box of `relume explain --box`: found, told, and drawn.

use relume::picture::Drawing;
use relume::{AttributionMap, BoundingBox, Located, Result};
use serde_json::{Value, json};

use crate::network_input::SeenPicture;

/// Vermilion of Okabe and Ito's palette: seen on grey, on the diverging colours, and over most pictures.
const OUTLINE: [u8; 4] = [0xD5, 0x5E, 0x00, 0xFF];

/// The box; nothing where the map is the same everywhere.
pub(super) struct FoundBox(Option<Located>);

impl FoundBox {
    pub(super) fn find(map: &AttributionMap, quantile: f64, picture: Option<&SeenPicture>) -> Result<Self> {
        map.locate(quantile, picture.map(|picture| picture.rectangle)).map(Self)
    }

    /// `seen`, `share` and, for a picture, `original`; null where there is no box.
    pub(super) fn json(&self) -> Value {
        match self.0 {
            None => Value::Null,
            Some(Located { seen, share, original }) => match original {
                None => json!({ "seen": seen, "share": share }),
                Some(original) => json!({ "seen": seen, "original": original, "share": share }),
            },
        }
    }

    pub(super) fn text(&self) -> String {
        let Some(Located { seen, original, share }) = self.0 else {
            return "box: none, the map is the same everywhere".to_owned();
        };
        let words = |found: BoundingBox| {
            let BoundingBox {
                left,
                top,
                width,
                height,
            } = found;
            format!("{width}×{height} pixels from column {left}, row {top}")
        };
        let picture = original.map_or_else(String::new, |original| {
            format!(" as the network saw it; {} of the picture", words(original))
        });
        format!(
            "box: {}{picture}; {:.0} % of the map's magnitudes",
            words(seen),
            100.0 * share
        )
    }

    /// Draws the outline: the outermost pixels of the box.
    pub(super) fn outline(&self, drawing: &mut Drawing) {
        let Some(BoundingBox {
            left,
            top,
            width,
            height,
        }) = self.0.map(|located| located.seen)
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
