//! Files of other tools become model files of relume, in a browser: conversions between JavaScript and the libraries, nothing else.
//!
//! Each format is a WebAssembly module of its own, so that only those who bring such a file download it. Every error that leaves here is a
//! JavaScript `Error` with a stable `code`. Whatever is thrown without one is a trap: then this instance must not be used again.
#![forbid(unsafe_code)]

mod options;
mod thrown;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use options::Options;
use thrown::Thrown;

/// Has a trap say on the console why it happened.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&format!("relume: {info}").into());
    }));
}

/// A model file, and what was read otherwise than it stands in the file it comes from.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Converted {
    file: Vec<u8>,
    notes: Vec<String>,
}

#[wasm_bindgen]
impl Converted {
    /// The bytes of the model file, copied out of the wasm.
    #[must_use]
    pub fn file(&self) -> Uint8Array {
        self.file.as_slice().into()
    }

    /// Sentences for whoever brought the file.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}

/// The one format that this module reads. The code for the other is not in it: nothing calls that.
const CHECKPOINT: bool = cfg!(feature = "checkpoint");

/// Reads a file: options `{ title?, size?, input?, classes?, dtype }`. Throws `invalid-model`, `unsupported-operator`, `invalid-option` or
/// `not-finite`.
#[wasm_bindgen]
pub fn convert(bytes: &[u8], options: JsValue) -> Result<Converted, Thrown> {
    let options = Options::from_js(options)?;
    let (model, notes) = if CHECKPOINT {
        let import = relume_checkpoint::read(bytes, &options.of_checkpoint())?;
        (import.model, import.notes)
    } else {
        let import = relume_onnx::read(bytes, &options.of_onnx())?;
        (import.model, import.notes)
    };
    let model = options.describe(model)?;
    Ok(Converted {
        file: model.write(options.dtype.into())?,
        notes,
    })
}

/// The `[height, width]` of the pictures that the network in a file takes, 0 for what the file leaves open. Throws `invalid-model`.
#[wasm_bindgen(js_name = pictureSize)]
pub fn picture_size(bytes: &[u8]) -> Result<Vec<usize>, Thrown> {
    if CHECKPOINT {
        // Weights fit pictures of many sizes.
        return Ok(vec![0, 0]);
    }
    let size = relume_onnx::picture_size(bytes)?;
    Ok(size.map(|side| side.unwrap_or(0)).to_vec())
}
