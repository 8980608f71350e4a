//! A run: what it computed, and every map of it.

use js_sys::{Float32Array, Uint8Array};
use relume::{Change, GradCamOptions};
use wasm_bindgen::prelude::*;

use crate::convert::{self, Activation, Cam, RawMap, RawPart, RawSignal, Result, to_js};

/// One forward pass, kept.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Trace {
    trace: relume::Trace,
    view: Option<Vec<u8>>,
}

impl Trace {
    pub(crate) const fn new(trace: relume::Trace, view: Option<Vec<u8>>) -> Self {
        Self { trace, view }
    }
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
        let at_layers = at_layers.collect::<relume::Result<Vec<_>>>()?;
        to_js(&RawMap {
            signals: signals.map(|_| at_layers),
            ..RawMap::from(&map)
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

    /// The map of `target` by layer-wise relevance propagation. Throws `invalid-target`, `invalid-option` or `not-finite`.
    #[wasm_bindgen(unchecked_return_type = "RawMap")]
    pub fn lrp(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Target")] target: JsValue,
        #[wasm_bindgen(unchecked_param_type = "LrpOptions")] options: JsValue,
    ) -> Result<JsValue> {
        let map = self
            .trace
            .lrp(&convert::target(target)?, convert::options_of(options)?)?;
        to_js(&RawMap::from(&map))
    }

    /// The map of `target` by Grad-CAM of a layer, which is chosen unless told; or by Guided Grad-CAM, which is rectified always. Throws
    /// `invalid-target`, `invalid-option` or `not-finite`.
    #[wasm_bindgen(js_name = gradCam, unchecked_return_type = "RawMap")]
    pub fn grad_cam(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Target")] target: JsValue,
        layer: Option<String>,
        guided: bool,
        #[wasm_bindgen(unchecked_param_type = "GradCamOptions")] options: JsValue,
    ) -> Result<JsValue> {
        let target = convert::target(target)?;
        let options: GradCamOptions = convert::options_of(options)?;
        let chosen = || self.trace.grad_cam_layer(&target);
        let layer = layer.as_deref().map_or_else(chosen, Ok)?;
        let cam = self.trace.grad_cam(&target, layer, &options)?;
        let map = if guided {
            &self.trace.guided_grad_cam(&target, layer, options.interpolation)?
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
        method: &str,
        #[wasm_bindgen(unchecked_param_type = "RefiningOptions")] options: JsValue,
        numbers: Option<Vec<f32>>,
        from: usize,
        to: usize,
    ) -> Result<JsValue> {
        let method = convert::refining(method, options, numbers)?;
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
        let pairs = curve.shares.into_iter().zip(curve.values);
        Ok(pairs.flat_map(<[f64; 2]>::from).collect())
    }

    /// How strong the picture's edges are, `[1, H, W]`.
    pub fn edges(&self) -> Result<Float32Array> {
        Ok(self.trace.edges()?.as_slice().into())
    }
}
