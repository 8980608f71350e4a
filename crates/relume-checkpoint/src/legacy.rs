//! Files of PyTorch before 1.6: pickles one after the other, then the numbers of all storages.
//!
//! 1. a magic number, the version of the protocol (1001), what the machine was like;
//! 2. the object that was saved;
//! 3. the list of the storages' keys;
//! 4. for each key, in this order: how many numbers there are, in eight bytes, and the numbers.

use std::collections::HashMap;

use relume::Result;

use crate::error::{SAVE_WEIGHTS, damaged, invalid, quoted};
use crate::pickle::{self, Machine, Value};

/// The magic number, 0x1950a86a20f9469cfc6c, as it lies in the file.
const MAGIC: &[u8] = b"\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

/// The object that was saved, its parts, and the bytes of each storage by its key.
pub(crate) struct Legacy<'a> {
    pub(crate) root: Value<'a>,
    pub(crate) machine: Machine<'a>,
    pub(crate) storages: HashMap<&'a str, &'a [u8]>,
}

pub(crate) fn open(bytes: &[u8]) -> Result<Legacy<'_>> {
    let (first, machine, length) = pickle::read(bytes)?;
    let (start, mut rest) = bytes.split_at_checked(length).unwrap_or_default();
    if !start.windows(MAGIC.len()).any(|window| window == MAGIC) {
        let what = machine.made_by(first).map_or_else(
            || "an object".to_owned(),
            |class| format!("an object of the class or function {}", quoted(&class)),
        );
        return Err(invalid(format!(
            "the file is a pickle that torch.save has not written, with {what}, which relume never runs; {SAVE_WEIGHTS}"
        )));
    }
    for _ in ["version", "machine"] {
        next(&mut rest)?;
    }
    let (root, machine) = next(&mut rest)?;
    let (keys, list) = next(&mut rest)?;
    let mut sizes = HashMap::new();
    for storage in &machine.storages {
        let size = storage.number.bytes();
        if *sizes.entry(storage.key).or_insert(size) != size {
            return Err(damaged(format!(
                "the storage {} holds numbers of two sizes",
                quoted(storage.key)
            )));
        }
    }
    let mut storages = HashMap::new();
    for key in list.items(keys).unwrap_or_default() {
        let Value::Text(key) = *key else {
            return Err(damaged("the list of storages holds something else than keys"));
        };
        let size = *sizes
            .get(key)
            .ok_or_else(|| damaged(format!("the storage {} belongs to no tensor", quoted(key))))?;
        let ends_early = || damaged(format!("the storage {} ends too early", quoted(key)));
        let (count, numbers) = rest.split_first_chunk::<8>().ok_or_else(ends_early)?;
        let length = usize::try_from(u64::from_le_bytes(*count))
            .ok()
            .and_then(|count| count.checked_mul(size));
        let (numbers, after) = length
            .and_then(|length| numbers.split_at_checked(length))
            .ok_or_else(ends_early)?;
        storages.insert(key, numbers);
        rest = after;
    }
    Ok(Legacy {
        root,
        machine,
        storages,
    })
}

/// The pickle that `bytes` begin with, which are left after it.
fn next<'a>(bytes: &mut &'a [u8]) -> Result<(Value<'a>, Machine<'a>)> {
    let (value, machine, length) = pickle::read(bytes)?;
    *bytes = bytes.get(length..).unwrap_or_default();
    Ok((value, machine))
}
