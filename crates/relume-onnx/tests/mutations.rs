//! No file, however broken, does more than be refused. `RELUME_MUTANTS` sets how many are tried.

mod support;

use std::path::Path;

use relume::ErrorKind;
use relume::splitmix64::mix;
use relume_onnx::{Options, read};
use support::{File, floats, ints, node, raw_tensor};

const FILES: [&str; 4] = [
    "plain-dynamo.onnx",
    "plain-torchscript.onnx",
    "branches-dynamo.onnx",
    "branches-torchscript.onnx",
];

/// How many mutants of each run, if the environment says nothing.
const MUTANTS: u64 = 200_000;

fn files() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let mut files: Vec<_> = FILES
        .iter()
        .map(|name| std::fs::read(folder.join(name)).expect("a file"))
        .collect();
    files.push(channels());
    files
}

/// The operators that take channels apart, which the other files do not have.
fn channels() -> Vec<u8> {
    let nodes = vec![
        node("Gather", &["x", "zero"], "g").with_int("axis", 1),
        node("Unsqueeze", &["g", "one"], "u"),
        node("Slice", &["x", "one", "three", "one"], "s"),
        node("Concat", &["u", "s", "x"], "c").with_int("axis", 1),
        node("Reshape", &["c", "apart"], "r"),
        node("Transpose", &["r"], "t").with_ints("perm", &[0, 2, 1, 3, 4]),
        node("Reshape", &["t", "back"], "b"),
        node("LRN", &["b"], "l").with_int("size", 3),
        node("Split", &["l", "sizes"], "p").text(2, "q").with_int("axis", 1),
        node("GlobalAveragePool", &["p"], "m"),
        node("Sigmoid", &["m"], "e"),
        node("Mul", &["q", "e"], "k"),
        node("Div", &["k", "root"], "d"),
        node("Erf", &["d"], "f"),
        node("Add", &["f", "unit"], "h"),
        node("Mul", &["h", "k"], "i"),
        node("GlobalAveragePool", &["i"], "y"),
    ];
    let constants = vec![
        raw_tensor("zero", &[], 7, &[0; 8]),
        ints("one", &[1]),
        ints("three", &[3]),
        ints("apart", &[1, 2, 3, 4, 4]),
        ints("back", &[1, 6, 4, 4]),
        ints("sizes", &[3, 3]),
        floats("root", &[], &[std::f32::consts::SQRT_2]),
        floats("unit", &[], &[1.0]),
    ];
    File::new(&[1, 3, 4, 4], nodes, constants).bytes()
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

#[test]
fn mutants_are_refused_or_read() {
    let files = files();
    assert!(files.iter().all(|file| check(file, "a sound file")));
    let count = std::env::var("RELUME_MUTANTS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(MUTANTS);
    let mut position = 0;
    let mut pick = |below: usize| {
        position += 1;
        usize::try_from(mix(position) % below.max(1) as u64).expect("small")
    };
    let mut sound = 0;
    for mutant in 0..count {
        let mut bytes = files[pick(files.len())].clone();
        for _ in 0..=pick(3) {
            let at = pick(bytes.len());
            match pick(8) {
                0 => bytes.truncate(at),
                // A bit, a byte, a length or number of many bytes.
                1 | 2 => bytes[at] ^= 1 << pick(8),
                3 => bytes[at] = u8::try_from(pick(256)).expect("a byte"),
                4 => {
                    for byte in bytes.iter_mut().skip(at).take(pick(10)) {
                        *byte |= 0x80;
                    }
                }
                5 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][pick(5)],
                // A part put in, taken out, or from another file.
                6 => {
                    let end = (at + pick(64)).min(bytes.len());
                    bytes.drain(at..end);
                }
                _ => {
                    let from = &files[pick(files.len())];
                    let start = pick(from.len());
                    let part = &from[start..(start + pick(64)).min(from.len())];
                    bytes.splice(at..at, part.iter().copied());
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        sound += u64::from(check(&bytes, &format!("mutant {mutant}")));
    }
    eprintln!("{count} mutants: {sound} were read, the others refused");
}
