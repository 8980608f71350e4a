//! A known network whose last layer was replaced by one with another number of classes, as fine-tuning does.

use std::collections::BTreeMap;

use relume::graph::{LayerKind, LayerSpec, Plan};
use relume::safetensors::Array;
use relume::{Model, Result, zoo};

/// Architecture `name` with weights from PyTorch, for as many classes as the weights of its last layer say. Where that is not the
/// number it was published with, the classes are called `class 0`, `class 1` and so on, and where the weights come from is
/// unknown.
pub(super) fn model(name: &str, mut tensors: BTreeMap<String, Array>) -> Result<Model> {
    let Some(head) = Head::replaced(name, &tensors)? else {
        return zoo::from_pytorch(name, tensors, None);
    };
    // The architecture takes its own number of classes only: it gets a stand-in of that size, and then the real head.
    let mut real = BTreeMap::new();
    for part in ["weight", "bias"] {
        if let Some(array) = tensors.get_mut(&format!("{}.{part}", head.theirs)) {
            let stand_in = resized(array, head.published);
            real.insert(format!("{}.{part}", head.layer), std::mem::replace(array, stand_in));
        }
    }
    let (mut info, mut layers, mut arrays) = zoo::from_pytorch(name, tensors, None)?.into_parts();
    arrays.extend(real);
    if let Some(spec) = layers.iter_mut().find(|spec| spec.name == head.layer) {
        set_outputs(spec, head.classes);
    }
    info.classes = (0..head.classes).map(|index| format!("class {index}")).collect();
    "unknown".clone_into(&mut info.source);
    "unknown".clone_into(&mut info.licence);
    Model::new(info, layers, arrays)
}

/// The last layer with weights.
struct Head {
    /// Its name in the architecture.
    layer: String,
    /// Its name in the file.
    theirs: String,
    /// The number of classes that the architecture was published with.
    published: usize,
    /// The number of classes that the file has.
    classes: usize,
}

impl Head {
    /// The head of architecture `name`, if `tensors` have it with another number of classes and fit in all else.
    fn replaced(name: &str, tensors: &BTreeMap<String, Array>) -> Result<Option<Self>> {
        let architecture = zoo::architecture(name)?;
        let plan = Plan::new(architecture.info.input.shape, &architecture.layers)?;
        let Some(layer) = plan.layers.iter().rev().find(|layer| !layer.parameters().is_empty()) else {
            return Ok(None);
        };
        let theirs = match name {
            "squeezenet-1.1" => "classifier.1",
            "efficientnet-lite0" => "_fc",
            _ => "",
        };
        let found = [layer.spec.name.as_str(), theirs]
            .into_iter()
            .find_map(|named| Some((named, tensors.get(&format!("{named}.weight"))?)));
        let Some((theirs, weight)) = found else { return Ok(None) };
        let published = architecture.info.classes.len();
        let classes = weight.shape.first().copied().unwrap_or(0);
        let fits = layer.parameters().iter().all(|parameter| {
            let array = tensors.get(&format!("{theirs}.{}", parameter.name));
            array.is_some_and(|array| array.shape.first() == Some(&classes) && array.shape[1..] == parameter.shape[1..])
        });
        Ok((fits && classes > 0 && classes != published).then(|| Self {
            layer: layer.spec.name.clone(),
            theirs: theirs.to_owned(),
            published,
            classes,
        }))
    }
}

/// As many rows, cut off or filled with zeros.
fn resized(array: &Array, rows: usize) -> Array {
    let shape: Vec<usize> = std::iter::once(rows)
        .chain(array.shape.iter().skip(1).copied())
        .collect();
    let mut data = array.data.clone();
    data.resize(shape.iter().product(), 0.0);
    Array { shape, data }
}

fn set_outputs(spec: &mut LayerSpec, count: usize) {
    match &mut spec.kind {
        LayerKind::Conv2d(spec) => spec.out_channels = count,
        LayerKind::Linear(spec) => spec.out_features = count,
        _ => {}
    }
}
