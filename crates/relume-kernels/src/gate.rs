//! The ReLU in the backward pass.

use burn::tensor::Tensor;

/// What a ReLU lets pass in the backward pass (arXiv 1412.6806, section 3.4): all that a kernel knows of a rule. An activation
/// that overflowed lets nothing pass `on_activation`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReluGate {
    /// At what value the ReLU is clipped; infinity for a plain one.
    pub limit: f32,
    /// Whether a signal passes only where the ReLU's activation is above 0 and below the limit.
    pub on_activation: bool,
    /// Whether only a positive signal passes.
    pub on_gradient: bool,
}

/// The ReLU that a signal meets next in the backward pass.
#[derive(Debug, Clone)]
pub struct GatedRelu {
    /// What it gave in the forward pass, `[1, C, H, W]`, in the shape of the signal that it gets.
    pub activation: Tensor<4>,
    /// What it lets pass.
    pub gate: ReluGate,
}
