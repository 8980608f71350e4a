//! The epochs so far as a table for other programs.

use crate::plot::Epoch;

/// One line per epoch: learning rates and losses as they are, accuracies 0 to 1, time in seconds. The tables in
/// `www/models` already call the learning rate `rate`, so the column keeps that name.
pub(super) fn csv(history: &[Epoch]) -> String {
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
