//! The results of each epoch, and a table of them for other programs.

use serde::{Deserialize, Serialize};

/// The results of one epoch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// Epochs of the whole schedule.
    pub total: usize,
    /// Learning rate of this epoch; checkpoints call it `rate`.
    #[serde(rename = "rate")]
    pub learning_rate: f64,
    /// The mean over the epoch's steps.
    pub train_loss: f64,
    /// The share of right answers while it learnt, 0 to 1.
    pub train_accuracy: f64,
    /// After the epoch.
    pub test_loss: f64,
    /// After the epoch, 0 to 1.
    pub test_accuracy: f64,
    /// How long it took, with its test.
    pub seconds: f64,
}

/// One line per epoch: learning rates and losses as they are, accuracies 0 to 1, time in seconds. The tables in
/// `www/models` already call the learning rate `rate`, so the column keeps that name.
#[must_use]
pub fn csv(history: &[Epoch]) -> String {
    let mut text = String::from("epoch,rate,train_loss,train_accuracy,test_loss,test_accuracy,seconds\n");
    for epoch in history {
        text += &format!(
            "{},{:.6e},{:.9},{:.6},{:.9},{:.6},{:.1}\n",
            epoch.epoch,
            epoch.learning_rate,
            epoch.train_loss,
            epoch.train_accuracy,
            epoch.test_loss,
            epoch.test_accuracy,
            epoch.seconds
        );
    }
    text
}
