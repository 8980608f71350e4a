//! relume's own f32 operations for Burn's Flex backend.
//!
//! So far: whole batches on a native machine, forward and backward, for training ([`batch`]). Every operation gives
//! what Burn's own operations give (the tests compare them), only faster.

pub mod batch;
mod matrix;
