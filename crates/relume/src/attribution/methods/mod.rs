//! Methods that compute a map from one backward pass and more, or from many. Each file says what is its own.

mod grad_cam;
mod input_x_gradient;
mod integrated_gradients;
mod interpolation;
mod lrp;
mod normal;
mod occlusion;
mod quadrature;
mod refinement;
mod rise;
mod smoothgrad;
mod visualisation;

pub use grad_cam::{GradCam, GradCamOptions};
pub use integrated_gradients::{Baseline, Completeness, IntegratedGradients, Quadrature};
pub use interpolation::Interpolation;
pub use lrp::Lrp;
pub use occlusion::Occlusion;
pub use refinement::{Refinement, Refining, Weight};
pub use rise::Rise;
pub use smoothgrad::SmoothGrad;
pub use visualisation::{Ascent, Objective, Visualisation};

use super::{AttributionMap, Method, Warning};
use crate::error::{Error, ErrorKind, Result};
use crate::finite::first_not_finite;

/// `map` with other numbers, made by `method`. That its pass met other activations than ReLUs is still so; that it is empty is said anew.
fn remade(map: AttributionMap, method: Method, data: Vec<f32>, shape: [usize; 3]) -> Result<AttributionMap> {
    if let Some(at) = first_not_finite(&data) {
        return Err(Error::new(
            ErrorKind::NotFinite,
            format!(
                "the map by {method} is {} at position {at}: the numbers overflowed",
                data[at]
            ),
        ));
    }
    let warning = if data.iter().all(|&value| value == 0.0) {
        Some(Warning::empty(&map.target, method))
    } else {
        map.warning.clone().filter(|warning| warning.code == "plain-gradient")
    };
    Ok(AttributionMap {
        data,
        shape,
        method,
        warning,
        ..map
    })
}
