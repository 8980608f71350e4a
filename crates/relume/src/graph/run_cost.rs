//! What one pass of a network takes, and the budget that holds unless more is asked for.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

use serde::Serialize;

use super::{Kind, LayerKind, Shape};
use crate::error::{Error, ErrorKind, Result};

/// How large one pass may be unless it is asked for: about ten seconds on one core. VGG-19 takes 20 · 10⁹.
pub const BUDGET_OPERATIONS: u64 = 1 << 36;
/// How much memory the activations of one pass may take unless it is asked for: 1 GiB. VGG-19's take 130 MB.
pub const BUDGET_MEMORY: u64 = 1 << 30;

/// What one forward pass takes, estimated from the plan alone. A backward pass takes about as many operations.
///
/// ```
/// use relume::graph::{LayerKind, LayerSpec, FlattenSpec, Plan};
///
/// let flatten = LayerSpec::new("flatten", LayerKind::Flatten(FlattenSpec {}), &["input"]);
/// let cost = Plan::new([3, 32, 32], &[flatten])?.run_cost;
/// assert!(cost.check().is_ok());
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RunCost {
    /// Multiply-adds of a convolution, or what takes as long as so many of them.
    pub operations: u64,
    /// Bytes of the activations that a trace keeps, and of the room that the most demanding layer needs besides. Weights come on top.
    pub memory: u64,
}

impl RunCost {
    /// Refuses a pass beyond [`BUDGET_OPERATIONS`] or [`BUDGET_MEMORY`]. A file of a few hundred bytes can describe one; so whoever runs
    /// files of strangers asks this first.
    ///
    /// # Errors
    /// `too-large`, with both figures.
    pub fn check(self) -> Result<()> {
        if self.operations <= BUDGET_OPERATIONS && self.memory <= BUDGET_MEMORY {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "one pass of this network takes about {}, and at most {} are run unless it is asked for; where that is meant, use \
                 --allow-large, or a smaller picture",
                self.figures(),
                Self {
                    operations: BUDGET_OPERATIONS,
                    memory: BUDGET_MEMORY
                }
                .figures()
            ),
        ))
    }

    /// Both figures in words: "0.35 · 10⁹ operations and 12 MB of activations".
    #[must_use]
    pub fn figures(self) -> String {
        let digits = |number: f64| usize::from(number < 10.0) + usize::from(number < 1.0);
        let (billions, megabytes) = (self.operations as f64 / 1e9, self.memory as f64 / 1e6);
        format!(
            "{billions:.*} · 10⁹ operations and {megabytes:.*} MB of activations",
            digits(billions),
            digits(megabytes)
        )
    }

    /// Adds the operations of a layer.
    pub(super) fn add(&mut self, kind: &LayerKind, input: Shape, output: Shape) {
        let operations = kind.cost(input, output).saturating_mul(kind.pace());
        self.operations = self.operations.saturating_add(operations);
    }

    /// Of activations that hold so many numbers together, and a layer that needs room for so many more.
    pub(super) const fn set_memory(&mut self, activations: u64, room: u64) {
        self.memory = activations.saturating_add(room).saturating_mul(size_of::<f32>() as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{LayerSpec, MaxPool2dSpec, Plan, ReluSpec};

    fn layer(name: &str, kind: LayerKind, input: &str) -> LayerSpec {
        LayerSpec::new(name, kind, &[input])
    }

    /// One pooling of a window of 1000 × 1000: a pass would take a quarter of an hour.
    #[test]
    fn a_pooling_of_a_huge_window_is_beyond_the_budget() {
        let pool = LayerKind::MaxPool2d(MaxPool2dSpec {
            kernel: [1000; 2],
            stride: [1; 2],
            padding: [0; 4],
            dilation: [1; 2],
            ceil_mode: false,
        });
        let plan = |side| Plan::new([3, side, side], &[layer("pool", pool.clone(), "input")]);
        let cost = plan(1040).expect("within the limits").run_cost;
        // 3 · 41 · 41 windows of a million comparisons, each as long as 32 multiply-adds.
        assert_eq!(cost.operations, 3 * 41 * 41 * 1_000_000 * 32);
        let error = cost.check().expect_err("too large");
        assert_eq!(error.code(), "too-large");
        assert!(error.message().contains("161 · 10⁹ operations"), "{error}");
        // And none is planned at all that takes minutes.
        assert_eq!(plan(1290).map_err(|error| error.code()).err(), Some("invalid-model"));
    }

    /// Many layers, each small, whose activations are gigabytes together.
    #[test]
    fn activations_of_many_layers_are_beyond_the_budget() {
        let relus = |count: usize| {
            let layers: Vec<_> = (0..count)
                .map(|index| {
                    let input = match index {
                        0 => "input".to_owned(),
                        _ => format!("relu{}", index - 1),
                    };
                    layer(&format!("relu{index}"), LayerKind::Relu(ReluSpec::default()), &input)
                })
                .collect();
            Plan::new([1, 361, 361], &layers).expect("within the limits").run_cost
        };
        assert!(relus(2000).check().is_ok());
        let cost = relus(4096);
        assert!(cost.memory >= 4096 * 361 * 361 * 4);
        assert_eq!(cost.check().map_err(|error| error.kind()), Err(ErrorKind::TooLarge));
    }

    #[test]
    fn figures_have_digits_that_tell() {
        let cost = RunCost {
            operations: 352_000_000,
            memory: 12_400_000,
        };
        assert_eq!(cost.figures(), "0.35 · 10⁹ operations and 12 MB of activations");
    }
}
