//! Hostile input for every reader of relume.
//!
//! - [`targets`]: one function for each thing that a stranger can send. It reads the bytes as relume does, and panics where a promise
//!   of `SECURITY.md` is broken. The tests, the long run (`cargo run --profile fuzz -p relume-fuzz --example long_run`) and the
//!   libFuzzer targets in `fuzz/` call the same functions.
//! - [`corpus`]: the committed seeds, `tests/corpus/TARGET/*`.
//! - [`mutants`]: changed seeds, the same ones for the same number.
//!
//! ```
//! use relume_fuzz::targets;
//!
//! let error = targets::model_file(b"not a model").expect_err("refused");
//! assert_eq!(error.code(), "invalid-model");
//! ```
#![forbid(unsafe_code)]

pub mod corpus;
pub mod mutants;
pub mod targets;
