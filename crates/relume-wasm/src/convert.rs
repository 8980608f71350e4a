//! JavaScript values to the library's types and back.

use js_sys::{Float32Array, Reflect};
use relume::network::Summary;
use relume::picture::{Colors, DrawOptions, Fold, Sign};
use relume::{AttributionMap, Error, ErrorKind, GradCam, Numbers, Refining, SignalNumbers, Target, Weight};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

pub(crate) type Result<T> = std::result::Result<T, Thrown>;

/// The library's error, which is thrown as a JavaScript `Error` with a `code`.
#[derive(Debug)]
pub struct Thrown(Error);

impl From<Error> for Thrown {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Thrown> for JsValue {
    fn from(Thrown(error): Thrown) -> Self {
        let value = js_sys::Error::new(error.message());
        // Setting a property of an object made a line above cannot fail.
        let _ = Reflect::set(&value, &"code".into(), &error.code().into());
        value.into()
    }
}

fn fault<T>(kind: ErrorKind, message: impl Into<String>) -> Result<T> {
    Err(Thrown(Error::new(kind, message)))
}

/// A value that JavaScript reads as plain objects and arrays.
pub(crate) fn to_js<T: Serialize>(value: &T) -> Result<JsValue> {
    let plain = serde_wasm_bindgen::Serializer::json_compatible();
    value
        .serialize(&plain)
        .or_else(|error| fault(ErrorKind::Internal, error.to_string()))
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
    pub(crate) map: &'a AttributionMap,
    /// How it is drawn unless told.
    pub(crate) drawing: UsualDrawing,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signals: Option<Vec<RawSignal>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cam: Option<Cam>,
}

impl<'a> From<&'a AttributionMap> for RawMap<'a> {
    fn from(map: &'a AttributionMap) -> Self {
        Self {
            data: map.data.as_slice().into(),
            map,
            drawing: UsualDrawing::of(map),
            signals: None,
            cam: None,
        }
    }
}

/// What a map itself has to say of how it is drawn.
#[derive(Serialize)]
pub(crate) struct UsualDrawing {
    fold: Fold,
    sign: Sign,
    colors: Colors,
}

impl UsualDrawing {
    fn of(map: &AttributionMap) -> Self {
        let DrawOptions { fold, sign, colors, .. } = map.draw_options();
        Self { fold, sign, colors }
    }
}

/// Grad-CAM at its layer's size.
#[derive(Serialize)]
pub(crate) struct Cam {
    layer: String,
    #[serde(flatten)]
    cam: Activation,
}

impl Cam {
    pub(crate) fn of(found: &GradCam, layer: &str) -> Self {
        Self {
            layer: layer.to_owned(),
            cam: Activation {
                data: found.cam.as_slice().into(),
                shape: found.cam_shape,
            },
        }
    }
}

/// The map of some of a method's steps.
#[derive(Serialize)]
pub(crate) struct RawPart<'a> {
    #[serde(flatten)]
    pub(crate) map: RawMap<'a>,
    pub(crate) steps: usize,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(crate) weight: JsValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) difference: Option<f64>,
}

/// A number, or one for each pixel.
pub(crate) fn weight(weight: Weight) -> JsValue {
    match weight {
        Weight::Even(weight) => weight.into(),
        Weight::Each(weights) => Float32Array::from(weights.as_slice()).into(),
    }
}

/// The signal at a layer.
#[derive(Serialize)]
pub(crate) struct RawSignal {
    layer: String,
    signal: Activation,
    #[serde(skip_serializing_if = "Option::is_none")]
    passed: Option<Activation>,
}

impl From<SignalNumbers> for RawSignal {
    fn from(SignalNumbers { layer, signal, passed }: SignalNumbers) -> Self {
        let numbers = |Numbers { data, shape }: Numbers| Activation {
            data: data.as_slice().into(),
            shape,
        };
        Self {
            layer,
            signal: numbers(signal),
            passed: passed.map(numbers),
        }
    }
}

/// `'top'`, `{ class }` or `{ layer, channel, at? }`.
pub(crate) fn target(value: JsValue) -> Result<Target> {
    serde_wasm_bindgen::from_value(value).or_else(|_| {
        let message =
            "a target is 'top', { class } or { layer, channel, at: [y, x] }, its numbers whole and not negative";
        fault(ErrorKind::InvalidTarget, message)
    })
}

/// `{ fold?, sign?, clip?, scale?, colors? }`; nothing at all means the defaults.
pub(crate) fn draw_options(value: JsValue) -> Result<DrawOptions> {
    serde_wasm_bindgen::from_value(value)
        .map(Option::unwrap_or_default)
        .or_else(|error| fault(ErrorKind::InvalidOption, format!("display options: {error}")))
}

/// A method of many steps with its options, such as `{ steps: 8 }`; `numbers`: a baseline's, or the noise.
pub(crate) fn refining(method: &str, options: JsValue, numbers: Option<Vec<f32>>) -> Result<Refining> {
    let refining = match method {
        "integrated-gradients" => Refining::IntegratedGradients(options_of(options)?),
        "smoothgrad" => Refining::SmoothGrad(options_of(options)?),
        "occlusion" => Refining::Occlusion(options_of(options)?),
        "rise" => Refining::Rise(options_of(options)?),
        _ => {
            return fault(
                ErrorKind::InvalidOption,
                format!("the method `{method}` has a single step"),
            );
        }
    };
    Ok(match numbers {
        Some(numbers) => refining.with_numbers(numbers)?,
        None => refining,
    })
}

/// The options of a method.
pub(crate) fn options_of<T: DeserializeOwned>(options: JsValue) -> Result<T> {
    serde_wasm_bindgen::from_value(options)
        .or_else(|error| fault(ErrorKind::InvalidOption, format!("options of a method: {error}")))
}

/// The three dimensions of a map.
pub(crate) fn shape(shape: &[usize]) -> Result<[usize; 3]> {
    let message = || format!("a map has a shape [C, H, W], not {shape:?}");
    shape.try_into().or_else(|_| fault(ErrorKind::ShapeMismatch, message()))
}

/// Maps that lie one after the other in `data`, with the three sides of each in `shapes`.
pub(crate) fn maps<'a>(mut data: &'a [f32], shapes: &[usize]) -> Result<Vec<(&'a [f32], [usize; 3])>> {
    let message = "maps have one shape [C, H, W] each, and the numbers of all these";
    let mismatch = || fault(ErrorKind::ShapeMismatch, message);
    let (shapes, []) = shapes.as_chunks::<3>() else {
        return mismatch();
    };
    let mut maps = Vec::with_capacity(shapes.len());
    for &[channels, height, width] in shapes {
        let length = channels.checked_mul(height).and_then(|plane| plane.checked_mul(width));
        let Some((map, rest)) = length.and_then(|length| data.split_at_checked(length)) else {
            return mismatch();
        };
        maps.push((map, [channels, height, width]));
        data = rest;
    }
    if data.is_empty() { Ok(maps) } else { mismatch() }
}
