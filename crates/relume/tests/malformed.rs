//! No file, however broken, does more than be refused.

use std::path::Path;

use relume::{ErrorKind, Model};
use serde_json::Value;

#[test]
fn every_malformed_file_is_refused_by_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/malformed");
    let manifest = std::fs::read(folder.join("malformed.json")).expect("the manifest");
    let cases: Vec<Value> = serde_json::from_slice(&manifest).expect("a list");
    assert!(cases.len() >= 30, "{} cases", cases.len());
    for case in &cases {
        let text = |key: &str| case[key].as_str().unwrap_or_else(|| panic!("{key} of {case}"));
        let bytes = std::fs::read(folder.join(text("file"))).expect("the file");
        let error = Model::read(&bytes).map(|_| ()).expect_err(text("file"));
        assert_eq!(error.code(), text("code"), "{}: {error}", text("file"));
        assert!(error.message().contains(text("mentions")), "{}: {error}", text("file"));
    }
}

#[test]
fn a_sound_file_cut_off_anywhere_is_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens");
    let bytes = std::fs::read(folder.join("odd.model.safetensors")).expect("the model");
    Model::read(&bytes).expect("the whole file is sound");
    for length in (0..bytes.len()).step_by(7) {
        assert_eq!(
            Model::read(&bytes[..length]).map_err(|error| error.kind()).err(),
            Some(ErrorKind::InvalidModel)
        );
    }
}

#[test]
fn a_sound_file_with_any_byte_changed_never_panics() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens");
    let bytes = std::fs::read(folder.join("odd.model.safetensors")).expect("the model");
    for at in 0..bytes.len().min(4000) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x15;
        // Either it is refused with our code, or the change was harmless (a name, a digit of a weight).
        if let Err(error) = Model::read(&changed) {
            assert_eq!(error.kind(), ErrorKind::InvalidModel, "byte {at}: {error}");
        }
    }
}
