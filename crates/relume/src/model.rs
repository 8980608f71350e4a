//! A model: what a file says about itself, its graph, and its numbers.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod bgr;
mod preset;
mod randomise;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};

use crate::error::{Error, ErrorKind, Result, is_unprintable};
use crate::graph::{LayerSpec, MAX_LAYERS, Parameter, Plan};
use crate::picture::InputSpec;
use crate::safetensors::{Archive, Array, AtMost, Dtype, write};

pub use preset::InputPreset;

/// The metadata key under which the description lies.
const KEY: &str = "relume";
/// The version of the format that is written, and the only one that is read.
const FORMAT: u32 = 1;
/// The most classes a model may have.
const MAX_CLASSES: usize = 1 << 20;

/// What a model says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelInfo {
    /// A short name in kebab-case.
    pub name: String,
    /// The name as people write it.
    pub title: String,
    /// Under which licence the weights may be used.
    pub licence: String,
    /// Where the weights come from.
    pub source: String,
    /// What a picture must become before it goes in.
    pub input: InputSpec,
    /// One label for each logit, in order.
    pub classes: Vec<String>,
}

/// A model, checked: info, layers and numbers fit together.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    // Private, so that what was checked stays as it was.
    pub(crate) info: ModelInfo,
    pub(crate) layers: Vec<LayerSpec>,
    /// `LAYER.weight` and so on.
    pub(crate) arrays: BTreeMap<String, Array>,
}

/// The description as it lies in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format: u32,
    name: String,
    title: String,
    licence: String,
    source: String,
    input: InputSpec,
    #[serde(deserialize_with = "at_most::<_, MAX_CLASSES, _>")]
    classes: Vec<String>,
    #[serde(deserialize_with = "at_most::<_, MAX_LAYERS, _>")]
    layers: Vec<LayerSpec>,
}

fn at_most<'de, T: Deserialize<'de>, const N: usize, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    AtMost::<T, N>::deserialize(from).map(AtMost::into_inner)
}

/// Read before everything else, so that a file of a later version is called that.
#[derive(Deserialize)]
struct Version {
    format: u32,
}

impl Model {
    /// Reads a model file and checks all of it.
    ///
    /// # Errors
    /// `invalid-model`, naming the layer or tensor.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let archive = Archive::parse(bytes)?;
        let text = archive.metadata(KEY).ok_or_else(|| {
            Error::model(format!(
                "the file describes no network: its metadata has no `{KEY}`. A plain weights file becomes a model by `relume convert`"
            ))
        })?;
        let unreadable = |error: serde_json::Error| Error::model(format!("the model's description: {error}"));
        let version: Version = serde_json::from_str(text).map_err(unreadable)?;
        if version.format != FORMAT {
            return Err(Error::model(format!(
                "the model file has format {}, this program reads {FORMAT}",
                version.format
            )));
        }
        let description: Description = serde_json::from_str(text).map_err(unreadable)?;
        let Description {
            name,
            title,
            licence,
            source,
            input,
            classes,
            layers,
            ..
        } = description;
        let info = ModelInfo {
            name,
            title,
            licence,
            source,
            input,
            classes,
        };
        let wanted = expected(&info, &layers)?;
        let mut arrays = BTreeMap::new();
        // PyTorch keeps counters of its training steps among the weights; they belong to no layer.
        let mut unknown: BTreeSet<&str> = archive.names().filter(|name| archive.holds_floats(name)).collect();
        for (name, parameter) in wanted {
            let found = archive
                .shape(&name)
                .ok_or_else(|| Error::model(format!("tensor `{name}` is missing")))?;
            check_shape(&name, found, &parameter)?;
            unknown.remove(name.as_str());
            let array = archive.array(&name)?;
            check_numbers(&name, &array, &parameter)?;
            arrays.insert(name, array);
        }
        match unknown.first() {
            Some(name) => Err(Error::model(format!("tensor `{name}` belongs to no layer"))),
            None => Ok(Self { info, layers, arrays }),
        }
    }

    /// A model from its parts, checked as [`read`](Self::read) checks a file.
    ///
    /// # Errors
    /// `invalid-model`, naming the layer or tensor.
    pub fn new(info: ModelInfo, layers: Vec<LayerSpec>, arrays: BTreeMap<String, Array>) -> Result<Self> {
        let wanted = expected(&info, &layers)?;
        for (name, parameter) in &wanted {
            let array = arrays
                .get(name)
                .ok_or_else(|| Error::model(format!("tensor `{name}` is missing")))?;
            check_shape(name, &array.shape, parameter)?;
            check_numbers(name, array, parameter)?;
        }
        match arrays.keys().find(|name| !wanted.contains_key(*name)) {
            Some(name) => Err(Error::model(format!("tensor `{name}` belongs to no layer"))),
            None => Ok(Self { info, layers, arrays }),
        }
    }

    /// What it says about itself.
    #[must_use]
    pub const fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// What [`new`](Self::new) takes, to make another model of it.
    #[must_use]
    pub fn into_parts(self) -> (ModelInfo, Vec<LayerSpec>, BTreeMap<String, Array>) {
        (self.info, self.layers, self.arrays)
    }

    /// The numbers of tensor `name` (`LAYER.weight`, `LAYER.bias`, …), if there are any.
    #[must_use]
    pub fn array(&self, name: &str) -> Option<&Array> {
        self.arrays.get(name)
    }

    /// The same model, said to come from `source` and to be under `licence`.
    ///
    /// # Errors
    /// `invalid-model` if one of them holds control characters.
    pub fn with_credits(mut self, source: &str, licence: &str) -> Result<Self> {
        source.clone_into(&mut self.info.source);
        licence.clone_into(&mut self.info.licence);
        check_texts(&self.info)?;
        Ok(self)
    }

    /// The same model, whose classes are called `classes`.
    ///
    /// # Errors
    /// `invalid-option` if there are more or fewer than outputs, or if one of them is empty or holds control characters.
    pub fn with_classes(mut self, classes: Vec<String>) -> Result<Self> {
        let invalid = |message| Error::new(ErrorKind::InvalidOption, message);
        let (found, wanted) = (classes.len(), self.info.classes.len());
        if found != wanted {
            let ending = if found == 1 { "" } else { "es" };
            return Err(invalid(format!(
                "there are names for {found} class{ending}, and the network has {wanted}; give one for each, in the order of the \
                 network's outputs"
            )));
        }
        if let Some(empty) = classes.iter().position(String::is_empty) {
            return Err(invalid(format!("the name of class {empty} is empty")));
        }
        self.info.classes = classes;
        check_texts(&self.info).map_err(|error| invalid(error.message().to_owned()))?;
        Ok(self)
    }

    /// The same model, whose pictures are normalised like this ([`InputSpec`]): `mean` and `std` have a number for each channel, or one for all.
    ///
    /// # Errors
    /// `invalid-option` if these cannot be.
    pub fn with_normalisation(mut self, range: [f32; 2], mean: &[f32], std: &[f32]) -> Result<Self> {
        let input = &mut self.info.input;
        let channels = input.shape[0];
        let each = |numbers: &[f32]| match numbers {
            [one] => vec![*one; channels],
            several => several.to_vec(),
        };
        input.range = range;
        input.mean = each(mean);
        input.std = each(std);
        input
            .validate()
            .map_err(|error| Error::new(ErrorKind::InvalidOption, error.message()))?;
        Ok(self)
    }

    /// The bytes of its file.
    ///
    /// # Errors
    /// `not-finite` if a number does not fit into `dtype`.
    pub fn write(&self, dtype: Dtype) -> Result<Vec<u8>> {
        let info = self.info.clone();
        let description = Description {
            format: FORMAT,
            name: info.name,
            title: info.title,
            licence: info.licence,
            source: info.source,
            input: info.input,
            classes: info.classes,
            layers: self.layers.clone(),
        };
        let text = serde_json::to_string(&description).map_err(|error| Error::model(error.to_string()))?;
        write(&BTreeMap::from([(KEY.to_owned(), text)]), &self.arrays, dtype)
    }
}

/// A model's short name, in lower case with hyphens, out of its title.
#[must_use]
pub fn short_name(title: &str) -> String {
    let mut name = String::new();
    for letter in title.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() || letter == '.' {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    match name.trim_end_matches('-') {
        "" => "network".to_owned(),
        name => name.to_owned(),
    }
}

/// Checks info and graph; gives the tensors there must be, with their shapes.
fn expected(info: &ModelInfo, layers: &[LayerSpec]) -> Result<BTreeMap<String, Parameter>> {
    info.input.validate()?;
    check_texts(info)?;
    if info.classes.is_empty() || info.classes.len() > MAX_CLASSES {
        return Err(Error::model(format!(
            "a model has 1 to {MAX_CLASSES} classes, this one {}",
            info.classes.len()
        )));
    }
    let plan = Plan::new(info.input.shape, layers)?;
    if let Some(logits) = plan.layers.get(plan.logits)
        && logits.shape != [info.classes.len(), 1, 1]
    {
        return Err(Error::layer(
            &logits.spec.name,
            format!(
                "the logits have shape {:?}, but there are {} classes",
                logits.shape,
                info.classes.len()
            ),
        ));
    }
    Ok(plan
        .layers
        .iter()
        .flat_map(|layer| {
            let name = &layer.spec.name;
            layer
                .parameters()
                .into_iter()
                .map(move |parameter| (format!("{name}.{}", parameter.name), parameter))
        })
        .collect())
}

/// They are printed to terminals and shown on pages.
fn check_texts(info: &ModelInfo) -> Result<()> {
    let own = [
        ("name", &info.name),
        ("title", &info.title),
        ("licence", &info.licence),
        ("source", &info.source),
    ];
    let classes = info.classes.iter().map(|label| ("classes", label));
    match own
        .into_iter()
        .chain(classes)
        .find(|(_, text)| text.contains(is_unprintable))
    {
        Some((what, text)) => Err(Error::model(format!(
            "`{what}` holds a control character, a line separator or an override of the writing direction: {text:?}"
        ))),
        None => Ok(()),
    }
}

fn check_shape(name: &str, found: &[usize], parameter: &Parameter) -> Result<()> {
    if found == parameter.shape {
        Ok(())
    } else {
        Err(Error::model(format!(
            "tensor `{name}` has shape {found:?}, its layer needs {:?}",
            parameter.shape
        )))
    }
}

fn check_numbers(name: &str, array: &Array, parameter: &Parameter) -> Result<()> {
    let Array { shape, data } = array;
    if data.len() != shape.iter().product::<usize>() {
        return Err(Error::model(format!(
            "tensor `{name}` has {} numbers for shape {shape:?}",
            data.len()
        )));
    }
    let sound = |value: f32| value.is_finite() && (value >= 0.0 || !parameter.non_negative);
    // All are looked at without stopping, which is quicker than to ask each time whether to stop.
    if data.iter().fold(true, |all, &value| all & sound(value)) {
        return Ok(());
    }
    match data.iter().enumerate().find(|(_, value)| !sound(**value)) {
        Some((at, value)) => {
            let what = if parameter.non_negative {
                "a finite number, not negative"
            } else {
                "a finite number"
            };
            Err(Error::model(format!(
                "tensor `{name}` holds {value} at position {at}; it must be {what}"
            )))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::short_name;

    #[test]
    fn a_title_becomes_a_short_name() {
        for (title, name) in [
            ("ResNet 18_v1.5", "resnet-18-v1.5"),
            ("--", "network"),
            ("a__b-", "a-b"),
        ] {
            assert_eq!(short_name(title), name);
        }
    }
}
