//! A picture that a unit answers to strongly, some steps at a time.

use js_sys::Uint8Array;
use relume::Objective;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::convert::{self, Activation, Result, to_js};
use crate::{BACKEND, Model};

/// The picture after some steps.
#[derive(Serialize)]
struct RawPicture<'a> {
    #[serde(flatten)]
    numbers: Activation,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    rgba: Uint8Array,
    target: &'a Objective,
    value: f64,
    done: usize,
    steps: usize,
}

#[wasm_bindgen]
impl Model {
    /// Steps `done` up to `to` of a visualisation: from its picture after `done` steps, or from noise. Throws `invalid-option`, `invalid-target`,
    /// `shape-mismatch` or `not-finite`.
    #[wasm_bindgen(unchecked_return_type = "RawPicture")]
    pub fn visualise(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Target")] target: JsValue,
        #[wasm_bindgen(unchecked_param_type = "VisualisationOptions")] options: JsValue,
        picture: Option<Vec<f32>>,
        done: usize,
        to: usize,
    ) -> Result<JsValue> {
        let (target, options) = (convert::target(target)?, convert::options_of(options)?);
        let device = BACKEND.device()?;
        let mut ascent = match picture {
            Some(picture) => self.0.resume_visualisation(&target, options, picture, done, &device)?,
            None => self.0.visualise(&target, options, &device)?,
        };
        while ascent.done() < to && ascent.step()? {}
        let input = &self.0.info().input;
        to_js(&RawPicture {
            numbers: Activation {
                data: ascent.picture().into(),
                shape: input.shape,
            },
            rgba: input.pixels(ascent.picture())?.as_slice().into(),
            target: ascent.objective(),
            value: ascent.value()?,
            done: ascent.done(),
            steps: ascent.steps(),
        })
    }
}
