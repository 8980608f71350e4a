//! No file, however broken, does more than be refused. `RELUME_MUTANTS` sets how many are tried.

mod support;

use std::path::Path;

use relume::ErrorKind;
use relume::splitmix64::mix;
use relume_checkpoint::{Options, read};
use support::saved;

/// How many mutants of each run, if the environment says nothing.
const MUTANTS: u64 = 100_000;

/// Instructions of pickles.
const INSTRUCTIONS: &[u8] = b"(.012NRQbeasutq})]lcGJKMhjr\x81\x85\x86\x87\x93\x94";

/// Small files of both ages, and what a ZIP archive's checksum would hide: its pickle, which is packed anew.
struct Files {
    whole: Vec<Vec<u8>>,
    pickle: Vec<u8>,
    storage: Vec<u8>,
}

fn files() -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let kept = |name: &str| std::fs::read(folder.join(name)).expect("a file");
    let zip = kept("squeezenet1_0.pth");
    // The pickle begins with its protocol and ends before the next file's header; torch.save puts it first.
    let start = zip.windows(2).position(|window| window == [0x80, 4]).expect("a pickle");
    let rest = &zip[start..];
    let end = rest
        .windows(4)
        .position(|window| window == b"PK\x07\x08")
        .expect("its end");
    let pickle = rest[..end].to_vec();
    Files {
        whole: vec![kept("resnet.pth"), zip, kept("densenet.pth")],
        pickle,
        storage: vec![0x3C; 40_000],
    }
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
    let Files { whole, .. } = files();
    for (number, bytes) in whole.iter().enumerate() {
        assert!(check(bytes, "a sound file"), "file {number} is sound");
        for length in (0..bytes.len()).step_by(7) {
            assert!(!check(&bytes[..length], "cut"), "file {number} up to {length} was read");
        }
    }
}

#[test]
fn mutants_are_refused_or_read() {
    let Files { whole, pickle, storage } = files();
    assert!(check(&saved(&pickle, &storage), "packed anew"));
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
        let kind = pick(whole.len() + 3);
        let source = whole.get(kind).unwrap_or(&pickle);
        let mut bytes = source.clone();
        for _ in 0..=pick(3) {
            let at = pick(bytes.len());
            match pick(8) {
                0 if pick(4) == 0 => bytes.truncate(at),
                0..=2 => bytes[at] ^= 1 << pick(8),
                3 => bytes[at] = u8::try_from(pick(256)).expect("a byte"),
                4 => {
                    for byte in bytes.iter_mut().skip(at).take(pick(10)) {
                        *byte |= 0x80;
                    }
                }
                // An instruction in the place of another.
                5 => bytes[at] = INSTRUCTIONS[pick(INSTRUCTIONS.len())],
                6 => {
                    let end = (at + pick(64)).min(bytes.len());
                    bytes.drain(at..end);
                }
                _ => {
                    let start = pick(source.len());
                    let part = &source[start..(start + pick(64)).min(source.len())];
                    bytes.splice(at..at, part.iter().copied());
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        let bytes = if kind < whole.len() {
            bytes
        } else {
            saved(&bytes, &storage)
        };
        sound += u64::from(check(&bytes, &format!("mutant {mutant}")));
    }
    eprintln!("{count} mutants: {sound} were read, the others refused");
}
