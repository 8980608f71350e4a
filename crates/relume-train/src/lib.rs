//! Training of [`relume`]'s networks: everything that only training needs, natively, on the processor's own cores.
//!
//! The network that is trained is the one that explains: [`forward`] runs whole batches through the layers of a
//! [`relume::Network`] on Burn's Autodiff, with [`kernels`] of its own for convolution, max-pooling and batch normalisation.
//! A [`Recipe`] says how, a [`Trainer`] does it, [`Checkpoints`] let it go on after a stop, [`data`] reads the pictures, and
//! [`evaluate`] says how well it went.
//!
//! ```
//! use relume_train::{Recipe, Trainer, data::Pictures};
//!
//! let mut recipe = Recipe::fast();
//! (recipe.epochs, recipe.batch) = (1, 2);
//! let mut trainer = Trainer::new("strided-cnn-c", &recipe, 1)?;
//! let classes = trainer.network().info().classes.clone();
//! // Two pictures of noise; `data::read` takes them from a folder.
//! let pictures = Pictures {
//!     shape: [3, 32, 32],
//!     pixels: (0..2 * 3 * 32 * 32).map(|at| (at * 7919 % 251) as u8).collect(),
//!     labels: vec![3, 5],
//!     names: vec!["a".to_owned(), "b".to_owned()],
//!     classes,
//!     skipped: Default::default(),
//! };
//! let epoch = trainer.epoch(&pictures, &pictures, 0, &mut |_| ())?;
//! assert!(epoch.train_loss > 0.0);
//! let model = trainer.finished_model(trainer.network().info().clone())?; // what `relume explain` and the page read
//! # assert_eq!(model.info().name, "strided-cnn-c");
//! # Ok::<(), relume::Error>(())
//! ```

mod architectures;
mod augment;
mod checkpoint;
pub mod data;
mod evaluation;
mod files;
pub mod forward;
pub mod history;
mod input;
#[allow(
    unsafe_code,
    reason = "calls of gemm, processor instructions, memory that is written before it is read"
)]
pub mod kernels;
pub mod plot;
#[cfg(test)]
mod pytorch_tests;
mod recipe;
mod trainer;

pub use architectures::{Regularisation, fold_batch_norm, untrained};
pub use checkpoint::{Checkpoints, Run};
pub use evaluation::{Evaluation, evaluate};
pub use history::Epoch;
pub use kernels::Precision;
pub use recipe::{Crop, Recipe, Schedule};
pub use trainer::{Progress, Trainer};
