//! Changed seeds. A mutant that is refused with a sentence of a kind not heard before leads further into a reader than its seed did,
//! and becomes a seed itself.

use std::collections::HashSet;

use relume::Error;
use relume::splitmix64::mix;

/// The most seeds that are added to those of the corpus.
const MOST_ADDED: usize = 4000;
/// The longest mutant, in bytes.
const LONGEST: usize = 1 << 17;
/// Texts that readers look for.
const WORDS: &[&[u8]] = &[
    b"[[[[[[[[[[[[[[[[",
    b"{\"a\":",
    b"18446744073709551615",
    b"-1",
    b"1e999",
    b"4294967296",
    b"\xe2\x80\xae",
    b"\x1b[31m",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x80",
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"IDAT",
    b"iCCP",
    b"\xff\xd8\xff",
];
/// Instructions of pickles, tags of protocol buffers, punctuation of JSON.
const BYTES: &[u8] =
    b"(.012NRQbeasutq})]lcGJKMhjr\x81\x85\x86\x87\x93\x94\x00\x01\x08\x0a\x12\x1a\x22\x7f\x80\xff{}[],:\"-9";

/// Numbers that follow from a seed.
#[derive(Debug, Clone)]
struct Picker {
    seed: u64,
    position: u64,
}

impl Picker {
    /// A number below `below`.
    fn pick(&mut self, below: usize) -> usize {
        self.position += 1;
        let number = mix(self.seed ^ self.position) % below.max(1) as u64;
        usize::try_from(number).unwrap_or_default()
    }
}

/// Mutants of some seeds.
#[derive(Debug)]
pub struct Mutants {
    seeds: Vec<Vec<u8>>,
    own: usize,
    heard: HashSet<u64>,
    picker: Picker,
}

impl Mutants {
    /// Mutants of `seeds`, the same ones for the same `seed`. There must be a seed.
    #[must_use]
    pub fn new(seeds: Vec<Vec<u8>>, seed: u64) -> Self {
        Self {
            own: seeds.len(),
            seeds,
            heard: HashSet::new(),
            picker: Picker {
                seed: mix(seed),
                position: 0,
            },
        }
    }

    /// How many seeds were added.
    #[must_use]
    pub fn added(&self) -> usize {
        self.seeds.len() - self.own
    }

    /// Another mutant.
    pub fn give(&mut self) -> Vec<u8> {
        let Self { seeds, picker, .. } = self;
        let mut bytes = seeds.get(picker.pick(seeds.len())).cloned().unwrap_or_default();
        for _ in 0..=picker.pick(4) {
            change(&mut bytes, seeds, picker);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    /// Hears how a mutant was taken.
    pub fn hear(&mut self, bytes: &[u8], outcome: &Result<(), Error>) {
        let new = self.added() < MOST_ADDED && self.heard.insert(kind_of(outcome));
        if new {
            self.seeds.push(bytes.to_vec());
        }
    }
}

/// Changes `bytes` in one place.
fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], picker: &mut Picker) {
    let at = picker.pick(bytes.len());
    let end = (at + picker.pick(64)).min(bytes.len());
    match picker.pick(11) {
        0 if picker.pick(4) == 0 => bytes.truncate(at),
        0..=2 => set(bytes, at, |byte, picker| byte ^ (1 << picker.pick(8)), picker),
        3 => set(bytes, at, |_, picker| picker.pick(256) as u8, picker),
        // A length or a number of many bytes.
        4 => {
            for byte in bytes.iter_mut().skip(at).take(picker.pick(10)) {
                *byte |= 0x80;
            }
        }
        5 => set(
            bytes,
            at,
            |_, picker| BYTES.get(picker.pick(BYTES.len())).copied().unwrap_or_default(),
            picker,
        ),
        6 => {
            bytes.drain(at..end);
        }
        7 => {
            let word = WORDS.get(picker.pick(WORDS.len())).copied().unwrap_or_default();
            let end = if picker.pick(2) == 0 {
                at
            } else {
                (at + word.len()).min(bytes.len())
            };
            bytes.splice(at..end, word.iter().copied());
        }
        // A digit, in a text.
        8 => {
            if let Some(digit) = bytes.iter_mut().skip(at).find(|byte| byte.is_ascii_digit()) {
                *digit = b'0' + picker.pick(10) as u8;
            }
        }
        // A part a second time, or many times.
        9 => {
            let part = bytes.get(at..end).unwrap_or_default().repeat(1 + picker.pick(3));
            bytes.splice(at..at, part);
        }
        // A part of another seed.
        _ => {
            let other = seeds
                .get(picker.pick(seeds.len()))
                .map(Vec::as_slice)
                .unwrap_or_default();
            let start = picker.pick(other.len());
            let part = other
                .get(start..(start + picker.pick(256)).min(other.len()))
                .unwrap_or_default();
            let end = if picker.pick(2) == 0 { at } else { end };
            bytes.splice(at..end, part.iter().copied());
        }
    }
}

fn set(bytes: &mut [u8], at: usize, to: impl Fn(u8, &mut Picker) -> u8, picker: &mut Picker) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte = to(*byte, picker);
    }
}

/// A number for the kind of an outcome: its sentence without names and numbers.
fn kind_of(outcome: &Result<(), Error>) -> u64 {
    let Err(error) = outcome else { return 0 };
    let mut quoted = false;
    let mut hash = 1;
    for letter in error.message().chars() {
        quoted ^= letter == '`';
        if !quoted && (letter.is_ascii_alphabetic() || letter == ' ') {
            hash = mix(hash ^ u64::from(letter));
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use relume::ErrorKind;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_mutants() {
        let some = |seed| {
            let mut mutants = Mutants::new(vec![b"a seed of some length".to_vec()], seed);
            (0..100).map(|_| mutants.give()).collect::<Vec<_>>()
        };
        assert_eq!(some(1), some(1));
        assert_ne!(some(1), some(2));
    }

    #[test]
    fn a_new_sentence_makes_a_seed_and_another_name_does_not() {
        let mut mutants = Mutants::new(vec![vec![1]], 1);
        let refused = |message: &str| Err(Error::new(ErrorKind::InvalidModel, message));
        for (message, added) in [("layer `a` is 1", 1), ("layer `b` is 2", 1), ("tensor `a` is 1", 2)] {
            mutants.hear(b"x", &refused(message));
            assert_eq!(mutants.added(), added, "{message}");
        }
    }
}
