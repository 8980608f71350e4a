//! How well a network answers: over a whole set of labelled pictures.

use burn::tensor::{Device, Tensor, TensorData, activation};
use relume::{Error, ErrorKind, Network, Result};

use crate::data::Pictures;
use crate::forward;
use crate::input::normalised;
use crate::kernels::Precision;

/// Pictures per batch: enough to keep every core busy, few enough for 100 MB of activations at 32×32.
const BATCH: usize = 100;

/// The result of an evaluation.
pub struct Evaluation {
    /// The mean cross entropy of the labels, in nats.
    pub loss: f64,
    /// How often a picture of class `[truth]` was answered `[answer]`.
    pub confusion: Vec<Vec<u64>>,
    /// The answer to each picture, in their order.
    pub answers: Vec<usize>,
}

impl Evaluation {
    /// The share of right answers, 0 to 1.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let right: u64 = (0..self.confusion.len())
            .map(|class| self.confusion[class][class])
            .sum();
        right as f64 / self.answers.len() as f64
    }

    /// The share of right answers among the pictures of one class; `None` if there are none.
    #[must_use]
    pub fn accuracy_of(&self, class: usize) -> Option<f64> {
        let row = &self.confusion[class];
        let count: u64 = row.iter().sum();
        (count > 0).then(|| row[class] as f64 / count as f64)
    }
}

/// Runs all `pictures` through `network`, which is on `device`; `done` is told how many are done.
///
/// # Errors
/// `shape-mismatch` if the pictures do not have the network's size, `not-finite` if a score overflows, `invalid-option` if
/// this processor does not have the precision.
pub fn evaluate(
    network: &Network,
    pictures: &Pictures,
    precision: Precision,
    device: &Device,
    mut done: impl FnMut(usize),
) -> Result<Evaluation> {
    let classes = pictures.classes.len();
    let [_, height, width] = pictures.shape;
    let mut confusion = vec![vec![0; classes]; classes];
    let mut answers = Vec::with_capacity(pictures.labels.len());
    let mut loss = 0.0;
    let batches = pictures.pixels.chunks(BATCH * pictures.picture_len());
    for (pixels, labels) in batches.zip(pictures.labels.chunks(BATCH)) {
        let labels: Vec<usize> = labels.iter().map(|&label| usize::from(label)).collect();
        let batch = normalised(pixels, [height, width], &network.info().input, device);
        let logits = forward::logits(network, batch, precision)?;
        for (truth, answer) in labels.iter().zip(best_classes(logits.clone())?) {
            confusion[*truth][answer] += 1;
            answers.push(answer);
        }
        let mean: f32 = cross_entropy(logits, &labels, 0.0, device).into_scalar();
        if !mean.is_finite() {
            let first = &pictures.names[answers.len() - labels.len()];
            let what = format!("the scores of picture `{first}` or one soon after it overflow");
            return Err(Error::new(ErrorKind::NotFinite, what));
        }
        loss += f64::from(mean) * labels.len() as f64;
        done(answers.len());
    }
    Ok(Evaluation {
        loss: loss / answers.len() as f64,
        confusion,
        answers,
    })
}

/// The mean over the batch of the cross entropy between the scores and the labels, a share `smoothing` of each label
/// spread over all classes.
pub(crate) fn cross_entropy(logits: Tensor<2>, labels: &[usize], smoothing: f64, device: &Device) -> Tensor<1> {
    let [batch, classes] = logits.dims();
    let mut target = vec![(smoothing / classes as f64) as f32; batch * classes];
    for (row, label) in labels.iter().enumerate() {
        target[row * classes + label] += (1.0 - smoothing) as f32;
    }
    let target = Tensor::from_data(TensorData::new(target, [batch, classes]), device);
    activation::log_softmax(logits, 1)
        .mul(target)
        .sum()
        .div_scalar(-(batch as f64))
}

/// The class with the highest score of each row.
pub(crate) fn best_classes(logits: Tensor<2>) -> Result<Vec<usize>> {
    let [_, classes] = logits.dims();
    let scores = relume::read(logits)?.0;
    let best = |row: &[f32]| (1..row.len()).fold(0, |best, at| if row[at] > row[best] { at } else { best });
    Ok(scores.chunks(classes).map(best).collect())
}
