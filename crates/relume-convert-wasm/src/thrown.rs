//! The library's errors as JavaScript's.

use js_sys::Reflect;
use relume::Error;
use wasm_bindgen::JsValue;

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
