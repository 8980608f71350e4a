//! Figures of training as SVG text.

mod confusion;
mod curve;

pub use confusion::confusion_matrix;
pub use curve::training_curve;
