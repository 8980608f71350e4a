//! A network as data: layers in running order, each naming its inputs. Checked here, before any weight is looked at.

mod kinds;
mod layer_spec;
mod plan;
mod receptive_field;
mod run_cost;

pub use kinds::*;
pub use layer_spec::LayerSpec;
pub use plan::{Plan, PlannedLayer, Source};
pub use receptive_field::{Extent, ReceptiveField, Region};
pub use run_cost::{BUDGET_MEMORY, BUDGET_OPERATIONS, RunCost};

/// What a layer calls the picture.
pub const INPUT: &str = "input";
/// What a target calls the logits: `class:K`.
const CLASS: &str = "class";

/// The most layers a network may have.
pub const MAX_LAYERS: usize = 4096;
/// The most channels (or flat features) one activation may have.
pub const MAX_CHANNELS: usize = 1 << 20;
/// The most numbers one activation may hold: 256 MiB.
pub const MAX_ACTIVATION: u64 = 1 << 26;
/// The most numbers all activations together may hold: 2 GiB.
pub const MAX_ACTIVATIONS: u64 = 1 << 29;
/// The most inputs one layer may have.
pub const MAX_INPUTS: usize = 256;
/// The most operations that one forward pass may take, as [`RunCost`] counts them: roughly half a minute.
pub const MAX_COST: u64 = 1 << 38;
/// The most weights a network may have: 1 GiB.
pub const MAX_PARAMETERS: u64 = 1 << 28;
