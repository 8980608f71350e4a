//! The file of `relume survey`: for every channel of some layers its top-activating images, as in Figure 3 of arXiv 1412.6806.
//!
//! ```
//! use relume_survey::Survey;
//!
//! let error = Survey::parse(b"{}").expect_err("not a survey");
//! assert_eq!(error.code(), "invalid-option");
//! ```
//!
//! The file may come from a stranger: what a survey never says is refused, and nothing is allocated by a number in it.
#![forbid(unsafe_code)]

mod shard;
mod survey;

pub use shard::Shard;
pub use survey::{About, Excited, Layer, MOST, Survey};
