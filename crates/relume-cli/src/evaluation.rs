//! How well a network answers: over a whole set of labelled pictures.

use burn::tensor::{Device, Tensor, TensorData, activation};
use relume::picture::InputSpec;
use relume::{Error, ErrorKind, Network, Result};

use crate::data::Pictures;

/// Pictures per batch: enough to keep every core busy, few enough for 100 MB of activations at 32×32.
const BATCH: usize = 100;

/// The result of an evaluation.
pub(crate) struct Evaluation {
    /// The mean cross entropy of the labels, in nats.
    pub(crate) loss: f64,
    /// How often a picture of class `[truth]` was answered `[answer]`.
    pub(crate) confusion: Vec<Vec<u64>>,
    /// The answer to each picture, in their order.
    pub(crate) answers: Vec<usize>,
}

impl Evaluation {
    /// The share of right answers, 0 to 1.
    pub(crate) fn accuracy(&self) -> f64 {
        let right: u64 = (0..self.confusion.len())
            .map(|class| self.confusion[class][class])
            .sum();
        right as f64 / self.answers.len() as f64
    }

    /// The share of right answers among the pictures of one class; `None` if there are none.
    pub(crate) fn accuracy_of(&self, class: usize) -> Option<f64> {
        let row = &self.confusion[class];
        let count: u64 = row.iter().sum();
        (count > 0).then(|| row[class] as f64 / count as f64)
    }
}

impl Pictures {
    /// Numbers per picture.
    pub(crate) fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// The pixels of picture `index`, `[3, height, width]`.
    pub(crate) fn picture(&self, index: usize) -> &[u8] {
        let size = self.size();
        &self.pixels[index * size..(index + 1) * size]
    }
}

/// Runs all `pictures` through `network`, which is on `device`; `done` is told how many are done.
pub(crate) fn evaluate(
    network: &Network,
    pictures: &Pictures,
    device: &Device,
    done: impl Fn(usize),
) -> Result<Evaluation> {
    let classes = pictures.classes.len();
    let [_, height, width] = pictures.shape;
    let mut confusion = vec![vec![0; classes]; classes];
    let mut answers = Vec::with_capacity(pictures.labels.len());
    let mut loss = 0.0;
    let values = pictures.pixels.chunks(BATCH * pictures.size());
    for (pixels, labels) in values.zip(pictures.labels.chunks(BATCH)) {
        let values = pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
        let labels: Vec<usize> = labels.iter().map(|&label| usize::from(label)).collect();
        let logits = network.logits(normalised(values, [height, width], &network.info().input, device))?;
        for (truth, answer) in labels.iter().zip(best(logits.clone())?) {
            confusion[*truth][answer] += 1;
            answers.push(answer);
        }
        let mean: f32 = cross_entropy(logits, &labels, 0.0, device).into_scalar();
        if !mean.is_finite() {
            return Err(Error::new(
                ErrorKind::NotFinite,
                format!(
                    "the scores of picture `{}` or one soon after it overflow",
                    pictures.names[answers.len() - labels.len()]
                ),
            ));
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

/// `[n, 3, height, width]` from 0 to 1 as the network takes it.
pub(crate) fn normalised(
    mut values: Vec<f32>,
    [height, width]: [usize; 2],
    input: &InputSpec,
    device: &Device,
) -> Tensor<4> {
    let channels = input.shape[0];
    let [low, high] = input.range;
    let plane = height * width;
    for (index, plane) in values.chunks_mut(plane).enumerate() {
        let channel = index % channels;
        for value in plane {
            *value = (low + *value * (high - low) - input.mean[channel]) / input.std[channel];
        }
    }
    let batch = values.len() / (channels * plane);
    Tensor::from_data(TensorData::new(values, [batch, channels, height, width]), device)
}

/// The mean over the batch of the cross entropy between the scores and the labels, a share `smoothing` of each label
/// spread over all classes.
pub(crate) fn cross_entropy(logits: Tensor<2>, labels: &[usize], smoothing: f64, device: &Device) -> Tensor<1> {
    let [batch, classes] = logits.dims();
    let mut wanted = vec![(smoothing / classes as f64) as f32; batch * classes];
    for (row, label) in labels.iter().enumerate() {
        wanted[row * classes + label] += (1.0 - smoothing) as f32;
    }
    let wanted = Tensor::from_data(TensorData::new(wanted, [batch, classes]), device);
    activation::log_softmax(logits, 1)
        .mul(wanted)
        .sum()
        .div_scalar(-(batch as f64))
}

/// The class with the highest score of each row.
pub(crate) fn best(logits: Tensor<2>) -> Result<Vec<usize>> {
    let [_, classes] = logits.dims();
    let scores = relume::read(logits)?.0;
    let best = |row: &[f32]| (1..row.len()).fold(0, |best, at| if row[at] > row[best] { at } else { best });
    Ok(scores.chunks(classes).map(best).collect())
}
