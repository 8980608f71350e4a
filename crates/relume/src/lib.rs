//! **relume** shows why a convolutional network gave its answer.
//!
//! One forward pass is kept; then any number of backward passes lead from a unit to the picture, each by one of three
//! rules that differ only at the ReLU (see [`relu`]). It implements *Striving for Simplicity: The All
//! Convolutional Net* (Springenberg, Dosovitskiy, Brox, Riedmiller 2014, arXiv 1412.6806).
//!
//! ```
//! use relume::{Backend, Network, ReluRule, Target, zoo};
//!
//! let device = Backend::Flex.device()?;
//! // An untrained All-CNN-C; a trained network comes from a file: `Network::load(&bytes, &device)`.
//! let network = Network::new(zoo::seeded("all-cnn-c", 1)?, &device)?;
//!
//! let picture = network.input(vec![0.5; 3 * 32 * 32], &device)?;
//! let trace = network.forward(picture)?;
//! let map = trace.backward(&Target::class(3), ReluRule::Guided)?;
//! assert_eq!(map.map().dims(), [1, 3, 32, 32]);
//! # Ok::<(), relume::Error>(())
//! ```
//!
//! The library touches no files, no clock and no browser: bytes and tensors in and out.
#![forbid(unsafe_code)]

mod attribution;
mod backend;
mod error;
mod finite;
pub mod graph;
pub mod model;
pub mod network;
pub mod picture;
pub mod relu;
pub mod safetensors;
pub mod splitmix64;
pub mod zoo;

pub use attribution::{
    Ascent, Attribution, AttributionMap, Baseline, BoundingBox, Change, Completeness, Curve, ExplainedUnit, GradCam,
    GradCamOptions, IntegratedGradients, Interpolation, Located, Lrp, MapSimilarity, Method, Numbers, Objective,
    Occlusion, Quadrature, Refinement, Refining, Rise, Signal, SignalNumbers, SmoothGrad, Target, Visualisation,
    Warning, Weight, compare_maps, importance, locate, random_importance, rank_correlation, structural_similarity,
};
pub use backend::{Backend, read};
pub use error::{Error, ErrorKind, Result, is_unprintable, printable};
pub use model::Model;
pub use network::{Network, Trace};
pub use relu::ReluRule;
