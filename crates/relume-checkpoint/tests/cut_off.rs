//! A file that is cut off anywhere is refused. Mutants of files are tried in `crates/relume-fuzz`.

use std::path::Path;

use relume::ErrorKind;
use relume_checkpoint::{Options, read};

/// Small files of both ages.
fn files() -> [Vec<u8>; 3] {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    ["resnet", "squeezenet1_0", "densenet"]
        .map(|name| std::fs::read(folder.join(format!("{name}.pth"))).expect("a file"))
}

fn check(bytes: &[u8], what: &str) -> bool {
    let options = Options {
        size: Some([32; 2]),
        ..Options::default()
    };
    match read(bytes, &options) {
        Ok(import) => {
            assert!(import.model.info().classes.len() <= 1 << 20, "{what}");
            true
        }
        Err(error) => {
            let known = [ErrorKind::InvalidModel, ErrorKind::InvalidOption];
            assert!(known.contains(&error.kind()), "{what}: {error}");
            let length = error.message().len();
            assert!(length < 4096, "{what}: {length} bytes of error");
            false
        }
    }
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    for (number, bytes) in files().iter().enumerate() {
        assert!(check(bytes, "a sound file"), "file {number} is sound");
        for length in (0..bytes.len()).step_by(7) {
            assert!(!check(&bytes[..length], "cut"), "file {number} up to {length} was read");
        }
    }
}
