//! The JavaScript API and the goldens, in a real browser.
#![cfg(target_arch = "wasm32")]

#[path = "../../../tests/goldens/check.rs"]
#[allow(dead_code, reason = "no golden here keeps only the middle of its maps")]
mod check;

use check::{Kept, TOLERANCE, worst};
use js_sys::{Float32Array, Reflect, Uint32Array};
use relume::safetensors::{Archive, Dtype};
use relume::{Backend, Network, zoo};
use relume_wasm::{Model, ModelFile, draw, relu_backward};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

macro_rules! golden {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/goldens/", $name))
    };
}

const THIS_BACKEND: Backend = if cfg!(feature = "flex") {
    Backend::Flex
} else {
    Backend::NdArray
};

fn check_golden(model: relume::Model, golden: &[u8]) {
    let device = THIS_BACKEND.device().expect("a device");
    let network = Network::new(model, &device).expect("a sound model");
    let golden = Archive::parse(golden).expect("a sound golden");
    let input = golden.array("input").expect("an input").data;
    let (apart, name) = worst(&network, input, &golden, Kept::Whole, THIS_BACKEND);
    assert!(apart <= TOLERANCE, "{name} is {apart:e} apart");
}

#[wasm_bindgen_test]
fn golden_odd_network() {
    let model = relume::Model::read(golden!("odd.model.safetensors")).expect("a sound model");
    check_golden(model, golden!("odd.safetensors"));
}

#[wasm_bindgen_test]
fn golden_all_cnn_c() {
    check_golden(
        zoo::seeded("all-cnn-c", 1).expect("a network"),
        golden!("all-cnn-c.safetensors"),
    );
}

#[wasm_bindgen_test]
fn golden_model_c() {
    check_golden(
        zoo::seeded("model-c", 1).expect("a network"),
        golden!("model-c.safetensors"),
    );
}

#[wasm_bindgen_test]
fn figure_1b() {
    let f = vec![1., -1., 5., 2., -5., -7., -3., 2., 4.];
    let r = vec![-2., 3., -1., 6., -3., 1., 2., -1., 3.];
    for (rule, expected) in [
        ("backprop", [-2., 0., -1., 6., 0., 0., 0., -1., 3.]),
        ("deconvnet", [0., 3., 0., 6., 0., 1., 2., 0., 3.]),
        ("guided", [0., 0., 0., 6., 0., 0., 0., 0., 3.]),
    ] {
        let back = relu_backward(rule, &f, &r).expect("three results");
        assert_eq!(back.to_vec(), expected, "{rule}");
    }
}

fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).expect("an object")
}

fn code(error: impl Into<JsValue>) -> String {
    field(&error.into(), "code")
        .as_string()
        .expect("every error has a code")
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value).expect("an object takes a field");
    }
    object.into()
}

/// In two pieces.
fn load(bytes: &[u8]) -> Result<Model, String> {
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    let mut file = ModelFile::new(bytes.len());
    file.push(first);
    file.push(rest);
    file.load().map_err(code)
}

fn model() -> Model {
    load(golden!("odd.model.safetensors")).expect("a sound model")
}

#[wasm_bindgen_test]
fn explains_through_the_javascript_api() {
    let model = model();
    let golden = Archive::parse(golden!("odd.safetensors")).expect("a sound golden");
    let trace = model
        .forward(golden.array("input").expect("an input").data)
        .expect("a run");
    let info = model.info().expect("info");
    let classes = js_sys::Array::from(&field(&info, "classes")).length();
    assert_eq!(trace.logits().expect("logits").length(), classes);
    let map = trace
        .explain("guided", object(&[("class", 0.into())]), None)
        .expect("a map");
    let data = Float32Array::from(field(&map, "data")).to_vec();
    let expected = golden.array("guided/class:0").expect("a map").data;
    let largest = expected.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    assert!(
        data.iter()
            .zip(&expected)
            .all(|(a, b)| (a - b).abs() <= TOLERANCE * largest)
    );
    let shape: Vec<usize> = Uint32Array::new(&field(&map, "shape"))
        .to_vec()
        .into_iter()
        .map(|n| n as usize)
        .collect();
    let rgba = draw(&data, &shape, JsValue::UNDEFINED, None).expect("a drawing");
    assert_eq!(rgba.len(), shape[1] * shape[2] * 4);
}

#[wasm_bindgen_test]
fn bad_input_is_thrown_with_a_code_and_the_next_call_works() {
    assert_eq!(load(b"not a model").map(|_| ()), Err("invalid-model".into()));
    let model = model();
    let size: usize = {
        let shape = field(&field(&model.info().expect("info"), "input"), "shape");
        js_sys::Array::from(&shape)
            .iter()
            .map(|n| n.as_f64().expect("a number") as usize)
            .product()
    };
    assert_eq!(
        model.forward(vec![0.0; 3]).map(|_| ()).map_err(code),
        Err("shape-mismatch".into())
    );
    assert_eq!(
        model.forward(vec![f32::NAN; size]).map(|_| ()).map_err(code),
        Err("not-finite".into())
    );
    assert_eq!(
        model.forward_picture(&[], 0, 0).map(|_| ()).map_err(code),
        Err("invalid-picture".into())
    );
    let trace = model.forward(vec![0.25; size]).expect("a run");
    for target in [
        object(&[("class", 10_000.into())]),
        object(&[("class", (-1).into())]),
        object(&[("class", 1.5.into())]),
        object(&[("layer", "nowhere".into()), ("channel", 0.into())]),
        object(&[("layer", "conv1".into())]),
        object(&[("class", 0.into()), ("layer", "conv1".into())]),
        JsValue::NULL,
        "everything".into(),
    ] {
        assert_eq!(
            trace.explain("guided", target.clone(), None).map_err(code),
            Err("invalid-target".into()),
            "{target:?}"
        );
    }
    let class = object(&[("class", 0.into())]);
    assert_eq!(
        trace.explain("grad", class.clone(), None).map_err(code),
        Err("invalid-option".into())
    );
    assert_eq!(trace.activation("nowhere").map_err(code), Err("invalid-target".into()));
    let options = object(&[("fold", "mean".into())]);
    assert_eq!(
        draw(&[0.0; 3], &[3, 1, 1], options, None).map_err(code),
        Err("invalid-option".into())
    );
    assert_eq!(
        draw(&[0.0; 3], &[3, 1], JsValue::NULL, None).map_err(code),
        Err("shape-mismatch".into())
    );
    trace.explain("guided", class, None).expect("the next call works");
}

#[wasm_bindgen_test]
fn a_model_written_here_is_read_here() {
    let bytes = zoo::seeded("model-c", 2)
        .and_then(|model| model.write(Dtype::F16))
        .expect("a file");
    assert!(load(&bytes).is_ok());
}
