//! relume's JavaScript API: conversions between JavaScript and the library, nothing else.
//!
//! Every error that leaves here is a JavaScript `Error` with a stable `code`. Whatever is thrown without one is a trap:
//! then this instance must not be used again.
#![forbid(unsafe_code)]

mod convert;

use js_sys::{Float32Array, Uint8Array};
use relume::picture::{self, Picture};
use relume::{Backend, Change, Network, ReluRule};
use wasm_bindgen::prelude::*;

use convert::{Activation, Cam, Info, RawMap, RawPart, RawSignal, Result, to_js};

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
        Ok(Trace { trace, view })
    }
}

/// One forward pass, kept.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Trace {
    trace: relume::Trace,
    view: Option<Vec<u8>>,
}

#[wasm_bindgen]
impl Trace {
    /// The scores before any softmax, one a class. Throws `not-finite` if the run overflowed.
    pub fn logits(&self) -> Result<Float32Array> {
        let scores = self.trace.scores()?;
        Ok(scores.as_slice().into())
    }

    /// The numbers that went into the network, `[3, H, W]`.
    pub fn input(&self) -> Result<Float32Array> {
        let (numbers, _) = relume::read(self.trace.picture().clone())?;
        Ok(numbers.as_slice().into())
    }

    /// The picture as the network saw it, RGBA of the input's size; nothing where numbers went in.
    #[must_use]
    pub fn view(&self) -> Option<Uint8Array> {
        self.view.as_deref().map(Uint8Array::from)
    }

    /// What a layer put out. Throws `invalid-target`.
    #[wasm_bindgen(unchecked_return_type = "Activation")]
    pub fn activation(&self, layer: &str) -> Result<JsValue> {
        let activation = self.trace.activation(layer)?;
        let (numbers, [_, channels, height, width]) = relume::read(activation)?;
        to_js(&Activation {
            data: numbers.as_slice().into(),
            shape: [channels, height, width],
        })
    }

    /// The map of `target` by a rule; the signal is kept at the layers `signals`. Throws `invalid-target`, `invalid-option` or `not-finite`.
    #[wasm_bindgen(unchecked_return_type = "RawMap")]
    pub fn explain(
        &self,
        rule: &str,
        #[wasm_bindgen(unchecked_param_type = "Target")] target: JsValue,
        signals: Option<Vec<String>>,
    ) -> Result<JsValue> {
        let (rule, target) = (rule.parse()?, convert::target(target)?);
        let layers: Vec<&str> = signals.iter().flatten().map(String::as_str).collect();
        let (attribution, at_layers) = self.trace.backward_with_signals(&target, rule, &layers)?;
        let map = attribution.read()?;
        let at_layers = at_layers.into_iter().map(|signal| signal.read().map(RawSignal::from));
        to_js(&RawMap {
            data: map.data.as_slice().into(),
            map: &map,
            signals: signals
                .map(|_| at_layers.collect::<relume::Result<Vec<_>>>())
                .transpose()?,
            cam: None,
        })
    }

    /// The map of `target` by input × gradient. Throws `invalid-target` or `not-finite`.
    #[wasm_bindgen(js_name = inputXGradient, unchecked_return_type = "RawMap")]
    pub fn input_x_gradient(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Target")] target: JsValue,
    ) -> Result<JsValue> {
        to_js(&RawMap::from(&self.trace.input_x_gradient(&convert::target(target)?)?))
    }

    /// The map of `target` by Grad-CAM of a layer, which is chosen unless told; or by Guided Grad-CAM. Throws `invalid-target` or `not-finite`.
    #[wasm_bindgen(js_name = gradCam, unchecked_return_type = "RawMap")]
    pub fn grad_cam(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Target")] target: JsValue,
        layer: Option<String>,
        guided: bool,
    ) -> Result<JsValue> {
        let target = convert::target(target)?;
        let layer = match &layer {
            Some(layer) => layer,
            None => self.trace.grad_cam_layer(&target)?,
        };
        let cam = self.trace.grad_cam(&target, layer)?;
        let map = if guided {
            &self.trace.guided_grad_cam(&target, layer)?
        } else {
            &cam.map
        };
        to_js(&RawMap {
            cam: Some(Cam::of(&cam, layer)),
            ..RawMap::from(map)
        })
    }

    /// Steps `from` up to `to` of a method of many steps; beyond the last one none. Throws as `explain`, and `shape-mismatch`.
    #[wasm_bindgen(unchecked_return_type = "RawPart")]
    pub fn refine(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Target")] target: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Refining")] method: JsValue,
        numbers: Option<Vec<f32>>,
        from: usize,
        to: usize,
    ) -> Result<JsValue> {
        let method = convert::refining(method, numbers)?;
        let all = self.trace.refine(&convert::target(target)?, method)?;
        let steps = all.steps();
        let mut part = all.part(from..to.min(steps))?;
        let map = part.finish()?;
        // It takes a pass, and is the same for all parts.
        let difference = if from == 0 { part.difference()? } else { None };
        to_js(&RawPart {
            map: RawMap::from(&map),
            steps,
            weight: convert::weight(part.weight()),
            difference,
        })
    }

    /// Places `from` up to `to` of the curve of `target` while pixels change in the order that a map `[C, H, W]` gives: the share of changed
    /// pixels and the answer at each, in turn. Throws `invalid-target`, `invalid-option`, `shape-mismatch` or `not-finite`.
    #[wasm_bindgen(js_name = curvePart)]
    pub fn curve_part(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Target")] target: JsValue,
        map: &[f32],
        insertion: bool,
        points: usize,
        from: usize,
        to: usize,
    ) -> Result<Vec<f64>> {
        let [_, _, height, width] = self.trace.picture().dims();
        let importance = relume::importance(map, height * width)?;
        let change = if insertion { Change::Insertion } else { Change::Deletion };
        let part = from..to.min(points.saturating_add(1));
        let target = convert::target(target)?;
        let curve = self.trace.curve_part(&target, &importance, change, points, part)?;
        Ok(curve
            .shares
            .into_iter()
            .zip(curve.values)
            .flat_map(<[f64; 2]>::from)
            .collect())
    }

    /// How strong the picture's edges are, `[1, H, W]`.
    pub fn edges(&self) -> Result<Float32Array> {
        Ok(self.trace.edges()?.as_slice().into())
    }
}

/// Pixels in an order that means nothing, as a map.
#[wasm_bindgen(js_name = randomImportance)]
#[must_use]
pub fn random_importance(pixels: usize, seed: u32) -> Float32Array {
    relume::random_importance(pixels, seed.into()).as_slice().into()
}

/// How alike two maps of one shape are; nothing if one of them is zero everywhere. Throws `shape-mismatch`.
#[wasm_bindgen(js_name = compareMaps, unchecked_return_type = "MapSimilarity | undefined")]
pub fn compare_maps(a: &[f32], b: &[f32], shape: &[usize]) -> Result<JsValue> {
    to_js(&relume::compare_maps(a, b, convert::shape(shape)?)?)
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

/// What the signal `r` becomes in the backward pass through a ReLU whose input was `f`: Figure 1 of the paper. Throws
/// `invalid-option`, `shape-mismatch` or `not-finite`.
#[wasm_bindgen(js_name = reluBackward)]
pub fn relu_backward(rule: &str, f: &[f32], r: &[f32]) -> Result<Float32Array> {
    let rule: ReluRule = rule.parse()?;
    let back = rule.backward_values(f, r, &BACKEND.device()?)?;
    let (numbers, _) = relume::read(back)?;
    Ok(numbers.as_slice().into())
}
