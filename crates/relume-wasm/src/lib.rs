//! relume's JavaScript API: conversions between JavaScript and the library, nothing else.
//!
//! Every error that leaves here is a JavaScript `Error` with a stable `code`. Whatever is thrown without one is a trap:
//! then this instance must not be used again.
#![forbid(unsafe_code)]

mod convert;
mod trace;
mod visualise;

use js_sys::Float32Array;
use relume::picture::{self, Picture};
use relume::{Backend, BoundingBox, Network, ReluRule};
use wasm_bindgen::prelude::*;

use convert::{Info, Result, to_js};
use trace::Trace;

/// The one backend this build was made with.
const BACKEND: Backend = if cfg!(feature = "flex") {
    Backend::Flex
} else {
    Backend::NdArray
};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

/// Has a trap say on the console why it happened.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&format!("relume: {info}").into());
    }));
}

/// A model file on its way in: its bytes come piece by piece, so that JavaScript never holds all of them.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ModelFile(Vec<u8>);

#[wasm_bindgen]
impl ModelFile {
    /// Makes room for so many bytes.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self(Vec::with_capacity(length))
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Reads the file, which is whole now. Throws `invalid-model`.
    pub fn load(self) -> Result<Model> {
        let model = relume::Model::read(&self.0)?;
        // Its memory is free for the packed weights.
        drop(self);
        packed(model)
    }

    /// The same, but layers from `from` to the last have lost their weights. Throws `invalid-target` too.
    #[wasm_bindgen(js_name = loadRandomised)]
    pub fn load_randomised(self, from: &str, seed: u32) -> Result<Model> {
        let model = relume::Model::read(&self.0)?.randomised(from, seed.into())?;
        drop(self);
        packed(model)
    }
}

fn packed(model: relume::Model) -> Result<Model> {
    Ok(Model(Network::new(model, &BACKEND.device()?)?.pack_weights()))
}

/// A network, loaded.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Model(Network);

#[wasm_bindgen]
impl Model {
    /// What the model says about itself, and its layers.
    #[wasm_bindgen(unchecked_return_type = "ModelInfo")]
    pub fn info(&self) -> Result<JsValue> {
        to_js(&Info {
            summary: self.0.summary(),
            backend: BACKEND.name(),
        })
    }

    /// Runs numbers forward, `[3, H, W]`, already normalised. Throws `shape-mismatch` or `not-finite`.
    pub fn forward(&self, tensor: Vec<f32>) -> Result<Trace> {
        self.run(tensor, None)
    }

    /// Runs a picture forward: RGBA, eight bits each; cropped, resized and normalised as the model wants it. Throws
    /// `invalid-picture`.
    #[wasm_bindgen(js_name = forwardPicture)]
    pub fn forward_picture(&self, rgba: &[u8], width: u32, height: u32) -> Result<Trace> {
        let picture = Picture::from_rgba(rgba, width, height)?;
        let prepared = picture.prepare(&self.0.info().input)?;
        self.run(prepared.tensor, Some(prepared.view))
    }

    fn run(&self, tensor: Vec<f32>, view: Option<Vec<u8>>) -> Result<Trace> {
        let device = BACKEND.device()?;
        let input = self.0.input(tensor, &device)?;
        let trace = self.0.forward(input)?;
        Ok(Trace::new(trace, view))
    }
}

/// Pixels in an order that means nothing, as a map.
#[wasm_bindgen(js_name = randomImportance)]
#[must_use]
pub fn random_importance(pixels: usize, seed: u32) -> Float32Array {
    relume::random_importance(pixels, seed.into()).as_slice().into()
}

/// How alike two maps of one shape are; nothing where that is not defined. Throws `shape-mismatch` or `not-finite`.
#[wasm_bindgen(js_name = compareMaps, unchecked_return_type = "MapSimilarity | undefined")]
pub fn compare_maps(a: &[f32], b: &[f32], shape: &[usize]) -> Result<JsValue> {
    to_js(&relume::compare_maps(a, b, convert::shape(shape)?)?)
}

/// The box around a map's largest strong region, with `part`, that of a picture which the network saw, also in that picture. Nothing where the map is the same everywhere. Throws `invalid-option`, `shape-mismatch` or `not-finite`.
#[wasm_bindgen(unchecked_return_type = "Located | undefined")]
pub fn locate(
    map: &[f32],
    shape: &[usize],
    quantile: f64,
    #[wasm_bindgen(unchecked_param_type = "BoundingBox | undefined")] part: JsValue,
) -> Result<JsValue> {
    let part: Option<BoundingBox> = convert::options_of(part)?;
    to_js(&relume::locate(map, convert::shape(shape)?, quantile, part)?)
}

/// Paints a map, `[C, H, W]`, as RGBA; `over` is the picture to lay it on, RGBA of the same size. Throws
/// `invalid-option`, `shape-mismatch` or `not-finite`.
#[wasm_bindgen]
pub fn draw(
    data: &[f32],
    shape: &[usize],
    #[wasm_bindgen(unchecked_param_type = "DrawOptions | undefined")] options: JsValue,
    over: Option<Vec<u8>>,
) -> Result<Vec<u8>> {
    let shape = convert::shape(shape)?;
    let options = convert::draw_options(options)?;
    Ok(picture::draw(data, shape, &options, over.as_deref())?.rgba)
}

/// The scale of several maps drawn together: `data` has one after the other, `shapes` three sides of each. Throws
/// `invalid-option`, `shape-mismatch` or `not-finite`.
#[wasm_bindgen(js_name = sharedScale)]
pub fn shared_scale(
    data: &[f32],
    shapes: &[usize],
    #[wasm_bindgen(unchecked_param_type = "DrawOptions | undefined")] options: JsValue,
) -> Result<f32> {
    let maps = convert::maps(data, shapes)?;
    Ok(picture::shared_scale(maps, &convert::draw_options(options)?)?)
}

/// What the signal `r` becomes in the backward pass through a ReLU whose input was `f`: Figure 1 of the paper. Throws
/// `invalid-option`, `shape-mismatch` or `not-finite`.
#[wasm_bindgen(js_name = reluBackward)]
pub fn relu_backward(rule: &str, f: &[f32], r: &[f32]) -> Result<Float32Array> {
    let rule: ReluRule = rule.parse()?;
    Ok(rule.backward_values(f, r)?.as_slice().into())
}
