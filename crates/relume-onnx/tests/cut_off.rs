//! A file that is cut off anywhere is refused. Mutants of files are tried in `crates/relume-fuzz`.

use std::path::Path;

use relume::ErrorKind;
use relume_onnx::{Options, read};

const FILES: [&str; 4] = [
    "plain-dynamo.onnx",
    "plain-torchscript.onnx",
    "branches-dynamo.onnx",
    "branches-torchscript.onnx",
];

fn files() -> [Vec<u8>; 4] {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    FILES.map(|name| std::fs::read(folder.join(name)).expect("a file"))
}

fn check(bytes: &[u8], what: &str) -> bool {
    match read(bytes, &Options::default()) {
        Ok(import) => {
            // Not larger than its file allows.
            assert!(import.model.info().classes.len() <= 1 << 20, "{what}");
            true
        }
        Err(error) => {
            let known = [
                ErrorKind::InvalidModel,
                ErrorKind::UnsupportedOperator,
                ErrorKind::InvalidOption,
            ];
            assert!(known.contains(&error.kind()), "{what}: {error}");
            assert!(
                error.message().len() < 4096,
                "{what}: {} bytes of error",
                error.message().len()
            );
            false
        }
    }
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    for (name, bytes) in FILES.iter().zip(files()) {
        assert!(check(&bytes, name), "{name} is sound");
        for length in 0..bytes.len() {
            // What follows the graph may be missing.
            let whole = check(&bytes[..length], name);
            assert!(
                !whole || length * 100 > bytes.len() * 99,
                "{name} up to {length} was read"
            );
        }
    }
}
