//! Pictures, both ways: the picture a network looks at, and the picture made of an attribution.
//!
//! In: [`Picture`] crops, resamples and normalises RGBA pixels to what an [`InputSpec`] asks for. Out: [`draw`] turns
//! a signed map `[C, H, W]` into RGBA pixels by [`DrawOptions`]: it folds the channels, picks the sign, clips the
//! scale and lays colours on.
//!
//! Both use only `+ - * /`, rounding and comparison, which IEEE 754 defines to the last bit. So the browser and the
//! command line feed a network the same numbers and draw the same pixels.
//!
//! ```
//! use relume::picture::{DrawOptions, Fold, InputSpec, Picture, draw};
//!
//! let spec = InputSpec { shape: [3, 1, 1], range: [0.0, 1.0], mean: vec![0.5; 3], std: vec![0.25; 3], crop: 1.0 };
//! let seen = Picture::from_rgba(&[255, 0, 51, 255], 1, 1)?.prepare(&spec)?;
//! assert_eq!(seen.tensor, [2.0, -2.0, -1.2]);
//!
//! let options = DrawOptions { fold: Fold::Max, ..DrawOptions::default() };
//! let drawing = draw(&[0.1, -0.4, 0.2], [3, 1, 1], &options, None)?;
//! assert_eq!(drawing.scale, 0.4);
//! assert_eq!(drawing.rgba, [0, 0, 0, 255]);
//! # Ok::<(), relume::Error>(())
//! ```

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod clip;
mod colour;
mod crop;
mod denormalise;
mod draw;
mod fold;
mod grey;
mod input;
mod options;
mod spec;

pub use crop::over_white;
pub use draw::{Drawing, draw, shared_scale};
pub use grey::luminance;
pub use input::{MAX_PIXELS, Picture, Prepared};
pub use options::{Colors, DrawOptions, Fold, Sign};
pub use spec::InputSpec;
