//! Activations that are one function of one number: sigmoid, SiLU, GELU and others. The three rules are defined at the ReLU;
//! here each of them sends the plain gradient.

use std::fmt::Debug;
use std::sync::Arc;

use burn::module::Module;
use burn::tensor::Tensor;
#[cfg(feature = "flex")]
use relume_kernels::elementwise::{map, zip};

#[cfg(feature = "flex")]
use super::on_kernels;
use super::real::Real;
use super::{Activation, BackwardContext, Build, Needs, Operation, Parameters};
use crate::error::Result;
use crate::graph::{
    EluSpec, GeluApproximation, GeluSpec, HardSigmoidSpec, HardSwishSpec, MishSpec, SeluSpec, Shape, SigmoidSpec,
    SiluSpec, SoftplusSpec, TanhSpec,
};

/// A layer that applies one function to each number.
#[derive(Module, Debug)]
pub struct Elementwise {
    #[module(skip)]
    function: Arc<dyn Function>,
}

/// A function and its derivative. Neither is NaN for any finite number, and both keep their precision far from 0, where a naive formula
/// would subtract nearly equal numbers. Every method is
/// inlined: the compiler vectorises a formula only inside the kernel's loop.
trait Curve: Debug + Clone + Send + Sync + 'static {
    fn value<R: Real>(&self, x: R) -> R;

    fn derivative<R: Real>(&self, x: R) -> R;
}

/// Any [`Curve`], over tensors.
trait Function: Debug + Send + Sync {
    /// Its value at each number.
    fn forward(&self, x: Tensor<4>) -> Tensor<4>;

    /// `r`, times its derivative at each number of `x`.
    fn backward(&self, r: Tensor<4>, x: Tensor<4>) -> Tensor<4>;
}

impl<C: Curve> Function for C {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        #[cfg(feature = "flex")]
        if on_kernels(&x.device()) {
            return map(x, |x| self.value(x));
        }
        self.value(x)
    }

    fn backward(&self, r: Tensor<4>, x: Tensor<4>) -> Tensor<4> {
        #[cfg(feature = "flex")]
        if on_kernels(&x.device()) {
            return zip(r, x, |r, x| r * self.derivative(x));
        }
        self.derivative(x).mul(r)
    }
}

impl<C: Curve> Build for C {
    type Layer = Elementwise;

    fn build(&self, _parameters: &mut Parameters<'_>, _input: Shape) -> Result<Elementwise> {
        Ok(Elementwise {
            function: Arc::new(self.clone()),
        })
    }
}

impl Operation for Elementwise {
    fn forward(&self, x: Tensor<4>, _others: Vec<Tensor<4>>) -> Activation {
        self.function.forward(x).into()
    }

    fn needs(&self) -> Needs {
        Needs::Inputs
    }

    /// The plain gradient, from the input: most of these functions take a value more than once, so their output does not
    /// tell the slope.
    fn backward(&self, r: Tensor<4>, context: &BackwardContext<'_>) -> Option<Vec<Tensor<4>>> {
        Some(vec![self.function.backward(r, context.x()?.clone())])
    }
}

/// `σ(x) · σ(−x)`, the derivative of σ; `σ(−x)` is `1 − σ(x)` without its cancellation.
#[inline(always)]
fn sigmoid_slope<R: Real>(x: R) -> R {
    x.clone().sigmoid().mul(x.neg().sigmoid())
}

impl Curve for SigmoidSpec {
    #[inline(always)]
    fn value<R: Real>(&self, x: R) -> R {
        x.sigmoid()
    }

    #[inline(always)]
    fn derivative<R: Real>(&self, x: R) -> R {
        sigmoid_slope(x)
    }
}

impl Curve for TanhSpec {
    #[inline(always)]
    fn value<R: Real>(&self, x: R) -> R {
        x.tanh()
    }

    /// `1 − tanh²`, as tanh(x) is `2σ(2x) − 1`.
    #[inline(always)]
    fn derivative<R: Real>(&self, x: R) -> R {
        sigmoid_slope(x.mul_scalar(2.0)).mul_scalar(4.0)
    }
}

impl Curve for SiluSpec {
    #[inline(always)]
    fn value<R: Real>(&self, x: R) -> R {
        x.clone().sigmoid().mul(x)
    }

    /// `σ(x) · (1 + x · σ(−x))`
    #[inline(always)]
    fn derivative<R: Real>(&self, x: R) -> R {
        let rest = x.clone().neg().sigmoid().mul(x.clone()).add_scalar(1.0);
        x.sigmoid().mul(rest)
    }
}

impl Curve for GeluSpec {
    #[inline(always)]
    fn value<R: Real>(&self, x: R) -> R {
        match self.approximate {
            GeluApproximation::None => {
                let below = x.clone().mul_scalar(std::f32::consts::FRAC_1_SQRT_2).erf();
                below.add_scalar(1.0).mul_scalar(0.5).mul(x)
            }
            GeluApproximation::Tanh => gelu_argument(x.clone()).sigmoid().mul(x),
        }
    }

    #[inline(always)]
    fn derivative<R: Real>(&self, x: R) -> R {
        match self.approximate {
            // Φ(x) + x · φ(x)
            GeluApproximation::None => {
                let density = x.clone().square().mul_scalar(-0.5).exp().mul_scalar(INV_SQRT_2_PI);
                let below = x.clone().mul_scalar(std::f32::consts::FRAC_1_SQRT_2).erf();
                below.add_scalar(1.0).mul_scalar(0.5).add(density.mul(x))
            }
            // σ(u) + x · u' · σ(u) · σ(−u)
            GeluApproximation::Tanh => {
                let x = x.clamp(-GELU_FLAT, GELU_FLAT);
                let inner = x.clone().square().mul_scalar(3.0 * GELU_CUBE).add_scalar(1.0);
                let argument = gelu_argument(x.clone());
                let slope = sigmoid_slope(argument.clone()).mul(inner.mul(x).mul_scalar(GELU_SCALE));
                argument.sigmoid().add(slope)
            }
        }
    }
}

/// 1 / √(2π)
const INV_SQRT_2_PI: f32 = 0.398_942_3;
/// 2 · √(2/π)
const GELU_SCALE: f32 = 1.595_769;
const GELU_CUBE: f32 = 0.044715;
/// From here on the GELU by tanh is x, or 0, to all digits of an f32; its cube would overflow much later.
const GELU_FLAT: f32 = 16.0;

/// The u with `(1 + tanh(u / 2)) / 2 = σ(u)`, which is how the approximate GELU computes Φ.
#[inline(always)]
fn gelu_argument<R: Real>(x: R) -> R {
    let x = x.clamp(-GELU_FLAT, GELU_FLAT);
    let cube = x.clone().square().mul_scalar(GELU_CUBE).add_scalar(1.0);
    cube.mul(x).mul_scalar(GELU_SCALE)
}

/// `scale · x` where x is positive, `scale · alpha · (eˣ − 1)` elsewhere.
#[inline(always)]
fn exponential<R: Real>(x: R, alpha: f32, scale: f32) -> R {
    let negative = x.clone().clamp_max(0.0);
    // eˣ − 1 is (eˣ + 1) · tanh(x / 2), which keeps its digits near 0.
    let bent = negative
        .clone()
        .exp()
        .add_scalar(1.0)
        .mul(negative.mul_scalar(0.5).tanh());
    bent.mul_scalar(scale * alpha).add(x.clamp_min(0.0).mul_scalar(scale))
}

#[inline(always)]
fn exponential_slope<R: Real>(x: R, alpha: f32, scale: f32) -> R {
    let bent = x.clone().clamp_max(0.0).exp().mul_scalar(scale * alpha);
    let straight = x.constant(scale);
    x.neg().choose_below(0.0, straight, bent)
}

impl Curve for EluSpec {
    #[inline(always)]
    fn value<R: Real>(&self, x: R) -> R {
        exponential(x, self.alpha, 1.0)
    }

    #[inline(always)]
    fn derivative<R: Real>(&self, x: R) -> R {
        exponential_slope(x, self.alpha, 1.0)
    }
}

const SELU_ALPHA: f32 = 1.673_263_2;
const SELU_SCALE: f32 = 1.050_701;

impl Curve for SeluSpec {
    #[inline(always)]
    fn value<R: Real>(&self, x: R) -> R {
        exponential(x, SELU_ALPHA, SELU_SCALE)
    }

    #[inline(always)]
    fn derivative<R: Real>(&self, x: R) -> R {
        exponential_slope(x, SELU_ALPHA, SELU_SCALE)
    }
}

impl Curve for SoftplusSpec {
    #[inline(always)]
    fn value<R: Real>(&self, x: R) -> R {
        x.mul_scalar(-self.beta).log_sigmoid().mul_scalar(-1.0 / self.beta)
    }

    #[inline(always)]
    fn derivative<R: Real>(&self, x: R) -> R {
        x.mul_scalar(self.beta).sigmoid()
    }
}

/// From here on mish is x to all digits of an f32; the square of its exponential would overflow at 44.
const MISH_LINEAR: f32 = 20.0;

/// With n = eˣ · (eˣ + 2), `tanh(ln(1 + eˣ))` is `n / (n + 2)`.
#[inline(always)]
fn mish_n<R: Real>(x: R) -> R {
    let exp = x.clamp_max(MISH_LINEAR).exp();
    exp.clone().add_scalar(2.0).mul(exp)
}

impl Curve for MishSpec {
    #[inline(always)]
    fn value<R: Real>(&self, x: R) -> R {
        let n = mish_n(x.clone());
        n.clone().div(n.add_scalar(2.0)).mul(x)
    }

    /// `n / (n + 2) + x · σ(x) · 4 (n + 1) / (n + 2)²`: the last factor is `1 − tanh²`.
    #[inline(always)]
    fn derivative<R: Real>(&self, x: R) -> R {
        let x = x.clamp_max(MISH_LINEAR);
        let n = mish_n(x.clone());
        let below = n.clone().add_scalar(2.0);
        let steep = n.clone().add_scalar(1.0).div(below.clone()).div(below.clone());
        let rest = x.clone().sigmoid().mul(x).mul(steep).mul_scalar(4.0);
        n.div(below).add(rest)
    }
}

impl Curve for HardSigmoidSpec {
    #[inline(always)]
    fn value<R: Real>(&self, x: R) -> R {
        x.add_scalar(3.0).clamp(0.0, 6.0).mul_scalar(1.0 / 6.0)
    }

    #[inline(always)]
    fn derivative<R: Real>(&self, x: R) -> R {
        let (slope, flat) = (x.constant(1.0 / 6.0), x.constant(0.0));
        x.abs().choose_below(3.0, slope, flat)
    }
}

impl Curve for HardSwishSpec {
    #[inline(always)]
    fn value<R: Real>(&self, x: R) -> R {
        HardSigmoidSpec {}.value(x.clone()).mul(x)
    }

    /// Between −3 and 3 `x / 3 + 1 / 2`, from −1/2 to 3/2: at the two ends the slope jumps.
    #[inline(always)]
    fn derivative<R: Real>(&self, x: R) -> R {
        let (flat, straight) = (x.constant(0.0), x.constant(1.0));
        let slope = x.clone().mul_scalar(1.0 / 3.0).add_scalar(0.5);
        let slope = x.clone().neg().choose_below(3.0, slope, flat);
        x.choose_below(3.0, slope, straight)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use burn::tensor::Tensor;
    use serde::Deserialize;

    use super::*;
    use crate::backend::{Backend, read};
    use crate::graph::LayerSpec;
    use crate::network::layers::{CountedRule, Layer};
    use crate::relu::ReluRule;
    use crate::safetensors::Archive;

    /// Values and slopes by PyTorch, in f64, from −1e30 to 1e30.
    const CURVES: &[u8] = include_bytes!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/goldens/activation-curves.safetensors"
    ));

    #[derive(Deserialize)]
    struct Golden {
        layers: BTreeMap<String, LayerSpec>,
    }

    #[test]
    fn values_and_slopes_are_pytorchs_however_large_the_input() {
        let archive = Archive::parse(CURVES).expect("a sound golden");
        let golden: Golden =
            serde_json::from_str(archive.metadata("golden").expect("what it holds")).expect("a list of layers");
        assert!(golden.layers.len() >= 12);
        let points = archive.array("x").expect("the points").data;
        for ((name, spec), backend) in golden
            .layers
            .iter()
            .flat_map(|each| Backend::ALL.map(|backend| (each, backend)))
        {
            let device = backend.device().expect("a backend of this build");
            let shape = [1, points.len(), 1, 1];
            let mut parameters = Parameters {
                layer: "layer",
                arrays: &mut BTreeMap::new(),
                device: &device,
            };
            let input = [points.len(), 1, 1];
            let layer = Layer::build(&spec.kind, &mut parameters, input).expect("a layer without weights");
            let x = Tensor::<1>::from_floats(points.as_slice(), &device).reshape(shape);
            let kept = layer.operation().forward(x.clone(), Vec::new());
            let context = BackwardContext {
                input,
                inputs: &[input],
                kept_inputs: &[Some(&x)],
                kept: Some(&kept),
                rule: &CountedRule::new(ReluRule::Guided),
            };
            let mut back = layer
                .operation()
                .backward(x.ones_like(), &context)
                .expect("a backward pass");
            for (what, found) in [("value", kept.value.clone()), ("slope", back.remove(0))] {
                let (found, _) = read(found).expect("numbers");
                let wanted = archive.array(&format!("{name}/{what}")).expect("a curve").data;
                for ((found, wanted), x) in found.iter().zip(&wanted).zip(&points) {
                    // An f32 has steps of 1.2e-7 at 1. Where a curve is near 0, its error is measured at 1.
                    let apart = (found - wanted).abs() / wanted.abs().max(1.0);
                    assert!(
                        apart <= 1e-6,
                        "{name}, {what} at {x} on {backend}: {found}, not {wanted}"
                    );
                }
            }
        }
    }
}
