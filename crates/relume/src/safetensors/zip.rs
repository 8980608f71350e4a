//! The names in a ZIP archive, to tell what it is. Nothing is unpacked, and nothing the archive says of itself is trusted:
//! every position is looked up in the bytes that are there, and a list is read forwards only, so that it ends.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

/// What every archive with something in it begins with: the header of its first file.
pub(super) const FILE: &[u8] = b"PK\x03\x04";
const LISTED: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const FIND_END_64: &[u8] = b"PK\x06\x07";

/// An end record is followed by a comment of at most 64 KiB.
const FURTHEST_END: usize = 22 + 0xFFFF;

/// As many names as are read: enough to know an archive by.
const MOST_NAMES: usize = 1 << 16;

/// The names of the files in an archive, by the list at its end; if there is none, as when a download was cut off, by the headers
/// in front of the files as far as they lead from one to the next.
pub(super) fn names(bytes: &[u8]) -> Vec<&[u8]> {
    let listed = list(bytes).map(|list| walk(list, LISTED)).unwrap_or_default();
    if listed.is_empty() { walk(bytes, FILE) } else { listed }
}

/// Where the list of files begins.
fn list(bytes: &[u8]) -> Option<&[u8]> {
    let tail = bytes.get(bytes.len().saturating_sub(FURTHEST_END)..)?;
    let from_end = tail.windows(END.len()).rev().position(|window| window == END)? + END.len();
    let end = bytes.len().checked_sub(from_end)?;
    let start = match number::<4>(bytes, end.checked_add(16)?)? {
        // Too far into the file for 32 bits: a longer end record has the position, and a pointer before this one leads there.
        0xFFFF_FFFF => {
            let pointer = bytes.get(end.checked_sub(20)?..)?;
            let longer = usize::try_from(number::<8>(pointer.strip_prefix(FIND_END_64)?, 4)?).ok()?;
            number::<8>(bytes.get(longer..)?.strip_prefix(END_64)?, 44)?
        }
        start => start,
    };
    bytes.get(usize::try_from(start).ok()?..)
}

/// The names in records of one kind that follow each other.
fn walk<'a>(mut bytes: &'a [u8], kind: &[u8]) -> Vec<&'a [u8]> {
    let mut names = Vec::new();
    while names.len() < MOST_NAMES
        && let Some((name, rest)) = record(bytes, kind)
    {
        names.push(name);
        bytes = rest;
    }
    names
}

/// The name in the record that `bytes` begin with, and what follows it.
fn record<'a>(bytes: &'a [u8], kind: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    if !bytes.starts_with(kind) {
        return None;
    }
    // The fixed part's length, where the length of the name is in it, and how much there is besides name and extra field: the
    // file itself, or a comment.
    let (fixed, name_length, besides) = if kind == FILE {
        (30, 26, number::<4>(bytes, 18)?)
    } else {
        (46, 28, number::<2>(bytes, 32)?)
    };
    let name_size = usize::try_from(number::<2>(bytes, name_length)?).ok()?;
    let extra = usize::try_from(number::<2>(bytes, name_length + 2)?).ok()?;
    let (name, rest) = bytes.get(fixed..)?.split_at_checked(name_size)?;
    let skipped = extra.checked_add(usize::try_from(besides).ok()?)?;
    Some((name, rest.get(skipped..).unwrap_or_default()))
}

/// The little-endian number of `N` bytes at `at`.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let digits = bytes.get(at..)?.first_chunk::<N>()?;
    Some(digits.iter().rev().fold(0, |sum, &digit| sum << 8 | u64::from(digit)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An archive of files that hold `content`, the list with 64-bit positions if `long`.
    pub(in super::super) fn archive(names: &[&str], content: &[u8], long: bool) -> Vec<u8> {
        let (mut bytes, mut list) = (Vec::new(), Vec::new());
        let u32_of = |number: usize| u32::try_from(number).expect("small").to_le_bytes();
        let u16_of = |number: usize| u16::try_from(number).expect("small").to_le_bytes();
        for name in names {
            let (size, length) = (u32_of(content.len()), u16_of(name.len()));
            list.extend(
                [
                    LISTED,
                    &[0; 16],
                    &size,
                    &size,
                    &length,
                    &[0; 12],
                    &u32_of(bytes.len()),
                    name.as_bytes(),
                ]
                .concat(),
            );
            bytes.extend([FILE, &[0; 14], &size, &size, &length, &[0; 2], name.as_bytes(), content].concat());
        }
        let start = bytes.len() as u64;
        bytes.extend(&list);
        let mut short = start as u32;
        if long {
            let longer = bytes.len() as u64;
            bytes.extend([END_64, &[0; 44], &start.to_le_bytes()].concat());
            bytes.extend([FIND_END_64, &[0; 4], &longer.to_le_bytes(), &[0; 4]].concat());
            short = u32::MAX;
        }
        bytes.extend([END, &[0; 12], &short.to_le_bytes(), &[7, 0], b"comment"].concat());
        bytes
    }

    #[test]
    fn names_are_read_from_the_list_or_from_the_files() {
        let wanted = ["a/first", "a/second.txt", "third"];
        let text = |bytes: &[u8]| {
            let names = names(bytes).into_iter();
            names
                .map(|name| String::from_utf8_lossy(name).into_owned())
                .collect::<Vec<_>>()
        };
        for long in [false, true] {
            let whole = archive(&wanted, &[7; 5000], long);
            assert_eq!(text(&whole), wanted);
            // Cut off within the last file.
            assert_eq!(text(&whole[..whole.len() / 10 * 9]), wanted);
            assert_eq!(text(&whole[..6000]), wanted[..2]);
        }
    }

    #[test]
    fn no_bytes_make_it_fail() {
        for long in [false, true] {
            let whole = archive(&["a/first", "second"], &[7; 50], long);
            for length in 0..whole.len() {
                names(&whole[..length]);
                for value in [0, 1, 0x7F, 0xFF] {
                    let mut spoilt = whole.clone();
                    spoilt[length] = value;
                    assert!(names(&spoilt).len() <= 2);
                }
            }
        }
        // Nothing but headers of empty names.
        assert_eq!(names(&[FILE, &[0; 26]].concat().repeat(100_000)).len(), MOST_NAMES);
    }
}
