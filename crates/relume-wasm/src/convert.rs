//! JavaScript values to the library's types and back.

use js_sys::{Float32Array, Reflect};
use relume::network::{Arrived, HalfwayParts, Summary};
use relume::picture::DrawOptions;
use relume::{Error, ErrorKind, Map, ReluRule, Target};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

/// What is thrown is a JavaScript `Error` with a `code`.
pub(crate) type Result<T> = std::result::Result<T, JsValue>;

/// The library's error as a JavaScript `Error` with a `code`.
pub(crate) fn thrown(error: Error) -> JsValue {
    let value = js_sys::Error::new(error.message());
    // Setting a property of an object made a line above cannot fail.
    let _ = Reflect::set(&value, &"code".into(), &error.code().into());
    value.into()
}

/// A value that JavaScript reads as plain objects and arrays.
pub(crate) fn to_js<T: Serialize>(value: &T) -> Result<JsValue> {
    let plain = serde_wasm_bindgen::Serializer::json_compatible();
    value
        .serialize(&plain)
        .map_err(|error| thrown(Error::new(ErrorKind::Internal, error.to_string())))
}

/// What the model says about itself, its layers, and what computes.
#[derive(Serialize)]
pub(crate) struct Info<'a> {
    #[serde(flatten)]
    pub(crate) summary: Summary<'a>,
    pub(crate) backend: &'static str,
}

/// A layer's output.
#[derive(Serialize)]
pub(crate) struct Activation {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(crate) data: Float32Array,
    pub(crate) shape: [usize; 3],
}

/// A map with its numbers.
#[derive(Serialize)]
pub(crate) struct RawMap<'a> {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(crate) data: Float32Array,
    #[serde(flatten)]
    pub(crate) map: &'a Map,
}

/// A signal that another instance can send on.
#[derive(Serialize, Deserialize)]
pub(crate) struct RawHalfway {
    relus: usize,
    arrived: Vec<RawArrived>,
}

#[derive(Serialize, Deserialize)]
struct RawArrived {
    layer: String,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    data: Float32Array,
}

impl From<HalfwayParts> for RawHalfway {
    fn from(parts: HalfwayParts) -> Self {
        let raw = |Arrived { layer, data }: Arrived| RawArrived {
            layer,
            data: data.as_slice().into(),
        };
        Self {
            relus: parts.relus,
            arrived: parts.arrived.into_iter().map(raw).collect(),
        }
    }
}

/// What [`RawHalfway`] wrote, sent by `rule`.
pub(crate) fn halfway(value: JsValue, rule: ReluRule) -> Result<HalfwayParts> {
    let raw: RawHalfway = serde_wasm_bindgen::from_value(value).map_err(|error| {
        thrown(Error::new(
            ErrorKind::InvalidOption,
            format!("half a way back: {error}"),
        ))
    })?;
    let arrived = |RawArrived { layer, data }: RawArrived| Arrived {
        layer,
        data: data.to_vec(),
    };
    Ok(HalfwayParts {
        rule,
        relus: raw.relus,
        arrived: raw.arrived.into_iter().map(arrived).collect(),
    })
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum TargetSpec {
    Class {
        class: usize,
    },
    Unit {
        layer: String,
        channel: usize,
        at: Option<(usize, usize)>,
    },
}

/// `'top'`, `{ class }` or `{ layer, channel, at? }`.
pub(crate) fn target(value: JsValue) -> Result<Target> {
    if value.as_string().as_deref() == Some("top") {
        return Ok(Target::top());
    }
    match serde_wasm_bindgen::from_value(value) {
        Ok(TargetSpec::Class { class }) => Ok(Target::class(class)),
        Ok(TargetSpec::Unit {
            layer,
            channel,
            at: None,
        }) => Ok(Target::unit(layer, channel)),
        Ok(TargetSpec::Unit {
            layer,
            channel,
            at: Some((y, x)),
        }) => Ok(Target::unit(layer, channel).at(y, x)),
        Err(_) => Err(thrown(Error::new(
            ErrorKind::InvalidTarget,
            "a target is 'top', { class } or { layer, channel, at: [y, x] }, its numbers whole and not negative",
        ))),
    }
}

/// `{ fold?, sign?, clip?, colors? }`; nothing at all means the defaults.
pub(crate) fn draw_options(value: JsValue) -> Result<DrawOptions> {
    if value.is_undefined() || value.is_null() {
        return Ok(DrawOptions::default());
    }
    serde_wasm_bindgen::from_value(value).map_err(|error| {
        thrown(Error::new(
            ErrorKind::InvalidOption,
            format!("display options: {error}"),
        ))
    })
}

/// The three dimensions of a map.
pub(crate) fn shape(shape: &[usize]) -> Result<[usize; 3]> {
    let fault = |_| {
        Error::new(
            ErrorKind::ShapeMismatch,
            format!("a map has a shape [C, H, W], not {shape:?}"),
        )
    };
    shape.try_into().map_err(fault).map_err(thrown)
}
