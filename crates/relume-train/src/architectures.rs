//! The paper's networks as they are trained, and back: batch normalisations and dropouts put in, then folded away.

use relume::graph::{BatchNormSpec, DropoutSpec, INPUT, LayerKind, LayerSpec};
use relume::model::ModelInfo;
use relume::zoo::{PAPER, architecture, fold_into_convolution, seeded_arrays};
use relume::{Error, ErrorKind, Model, Result};

const EPSILON: f64 = 1e-5;

/// What stands between the layers of a network while it is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regularisation {
    /// A batch normalisation after every convolution but the last (Ioffe, Szegedy 2015).
    BatchNorm,
    /// Dropout as in arXiv 1412.6806: 20 % of the picture, 50 % after each pooling or the convolution that replaces
    /// it.
    Dropout,
}

/// Architecture `name` ready to be trained: with [`Regularisation`] put in, and first weights drawn from `seed` (He et
/// al. 2015). Its layers keep their names; the new ones are called `bn1`, `dropout1`, ….
///
/// # Errors
/// `invalid-option` if there is no such architecture, or none of the paper's.
pub fn untrained(name: &str, regularisation: Regularisation, seed: u64) -> Result<Model> {
    let plain = architecture(name)?;
    if !PAPER.contains(&name) {
        let what = format!("`{name}` cannot be trained here; these can: {}", PAPER.join(", "));
        return Err(Error::new(ErrorKind::InvalidOption, what));
    }
    let layers = match regularisation {
        Regularisation::BatchNorm => with_batch_norm(&plain.layers),
        Regularisation::Dropout => with_dropout(&plain.layers),
    };
    let mut arrays = seeded_arrays(plain.info.input.shape, &layers, seed)?;
    for (name, array) in &mut arrays {
        let neutral = match name.rsplit_once('.') {
            Some((layer, "weight" | "running_var")) if layer.starts_with("bn") => 1.0,
            Some((_, "bias" | "running_mean")) => 0.0,
            _ => continue,
        };
        array.data.fill(neutral);
    }
    Model::new(plain.info, layers, arrays)
}

/// The plain architecture of a model that [`untrained`] began: batch normalisations folded into the convolutions before
/// them, dropouts left out. It computes what the trained one computes outside training. `info` is what it shall say
/// about itself.
///
/// # Errors
/// `invalid-model` if the model is not of its architecture.
pub fn fold_batch_norm(model: Model, info: ModelInfo) -> Result<Model> {
    let (trained, layers, mut arrays) = model.into_parts();
    for layer in &layers {
        if let (LayerKind::BatchNorm(spec), [conv]) = (&layer.kind, layer.inputs.as_slice()) {
            let (weight, bias) = fold_into_convolution(&mut arrays, conv, &layer.name, spec.epsilon)?;
            arrays.insert(format!("{conv}.weight"), weight);
            arrays.insert(format!("{conv}.bias"), bias);
        }
    }
    Model::new(info, architecture(&trained.name)?.layers, arrays)
}

fn with_batch_norm(plain: &[LayerSpec]) -> Vec<LayerSpec> {
    let is_conv = |layer: &LayerSpec| matches!(layer.kind, LayerKind::Conv2d(_));
    let last = plain.iter().rposition(is_conv);
    let mut layers = Vec::new();
    for (index, layer) in plain.iter().enumerate() {
        let mut layer = fed_by(&layers, layer);
        if !is_conv(&layer) || Some(index) == last {
            layers.push(layer);
            continue;
        }
        if let LayerKind::Conv2d(spec) = &mut layer.kind {
            // The normalisation takes any constant away again.
            spec.bias = false;
        }
        let normalise = LayerSpec::new(
            layer.name.replacen("conv", "bn", 1),
            LayerKind::BatchNorm(BatchNormSpec { epsilon: EPSILON }),
            &[&layer.name],
        );
        layers.extend([layer, normalise]);
    }
    layers
}

fn with_dropout(plain: &[LayerSpec]) -> Vec<LayerSpec> {
    let dropout = |count: usize, rate: f64, input: &str| {
        LayerSpec::new(
            format!("dropout{count}"),
            LayerKind::Dropout(DropoutSpec { rate }),
            &[input],
        )
    };
    let mut layers = vec![dropout(1, 0.2, INPUT)];
    let mut count = 1;
    let mut strided = false;
    for layer in plain {
        let layer = fed_by(&layers, layer);
        // A convolution that replaces a pooling is followed by its ReLU, and that by the dropout.
        let drops = match &layer.kind {
            LayerKind::Conv2d(spec) => {
                strided = spec.stride != [1, 1];
                false
            }
            LayerKind::Relu(_) => strided,
            LayerKind::MaxPool2d(_) => true,
            _ => false,
        };
        let name = layer.name.clone();
        layers.push(layer);
        if drops {
            count += 1;
            layers.push(dropout(count, 0.5, &name));
        }
    }
    layers
}

/// `layer`, fed by the last of `layers` (these networks are rows).
fn fed_by(layers: &[LayerSpec], layer: &LayerSpec) -> LayerSpec {
    let mut layer = layer.clone();
    if let Some(before) = layers.last() {
        layer.inputs = vec![before.name.clone()];
    }
    layer
}
