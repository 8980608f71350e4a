//! What the file does not say, as JavaScript gives it.

use relume::model::{InputPreset, short_name};
use relume::safetensors::Dtype;
use relume::{Error, ErrorKind, Model, Result, zoo};
use serde::Deserialize;
use wasm_bindgen::JsValue;

/// Checked by the package's JavaScript already; what is wrong all the same is told by its field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    title: Option<String>,
    size: Option<[usize; 2]>,
    input: Option<Input>,
    classes: Option<Classes>,
    pub(crate) dtype: Numbers,
}

/// How pictures were normalised in training.
#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    Preset(String),
    Normalisation {
        range: [f32; 2],
        mean: Vec<f32>,
        std: Vec<f32>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Classes {
    Names(Vec<String>),
    List(String),
}

/// How numbers are stored.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Numbers {
    F16,
    F32,
}

impl From<Numbers> for Dtype {
    fn from(numbers: Numbers) -> Self {
        match numbers {
            Numbers::F16 => Self::F16,
            Numbers::F32 => Self::F32,
        }
    }
}

impl Options {
    pub(crate) fn from_js(value: JsValue) -> Result<Self> {
        serde_wasm_bindgen::from_value(value)
            .map_err(|error| Error::new(ErrorKind::InvalidOption, format!("options of a conversion: {error}")))
    }

    pub(crate) fn of_onnx(&self) -> relume_onnx::Options {
        let title = self.title.as_deref().unwrap_or("Network");
        relume_onnx::Options {
            name: short_name(title),
            title: title.to_owned(),
            size: self.size,
            allow_large: false,
        }
    }

    pub(crate) fn of_checkpoint(&self) -> relume_checkpoint::Options {
        relume_checkpoint::Options {
            name: self.title.as_deref().map(short_name),
            title: self.title.clone(),
            size: self.size,
            key: None,
        }
    }

    /// The model with its normalisation and its classes' names.
    pub(crate) fn describe(&self, model: Model) -> Result<Model> {
        let model = match &self.input {
            None => model,
            Some(Input::Preset(name)) => InputPreset::named(name)?.apply(model)?,
            Some(Input::Normalisation { range, mean, std }) => model.with_normalisation(*range, mean, std)?,
        };
        match &self.classes {
            None => Ok(model),
            Some(Classes::Names(names)) => model.with_classes(names.clone()),
            Some(Classes::List(name)) if name == "imagenet" => model.with_classes(zoo::imagenet_classes()),
            Some(Classes::List(name)) => Err(Error::new(
                ErrorKind::InvalidOption,
                format!("there is no list of classes `{name}`; there is imagenet, or the names themselves"),
            )),
        }
    }
}
