//! The ZIP archive that `torch.save` writes: files that are stored as they are, and a list of them at the end.
//!
//! Nothing that the archive says of itself is trusted: every position is looked up in the bytes that are there, and the files
//! together may not be larger than the archive.

use std::cell::OnceCell;
use std::collections::HashMap;

use relume::Result;

use crate::crc32::Crc32;
use crate::error::{damaged, invalid, quoted};

const FILE: &[u8] = b"PK\x03\x04";
const LISTED: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const FIND_END_64: &[u8] = b"PK\x06\x07";
/// The record after a file whose header was written before its size was known.
const RECORD: &[u8] = b"PK\x07\x08";
/// An end record is followed by a comment of at most 64 KiB.
const FURTHEST_END: usize = 22 + 0xFFFF;
/// The most files in an archive; a checkpoint has one for each tensor.
const MAX_FILES: usize = 1 << 16;
/// What a 32-bit number is where a 64-bit one has its place.
const LONGER: u64 = 0xFFFF_FFFF;

/// An archive whose list of files was read.
pub(crate) struct Zip<'a> {
    files: HashMap<&'a str, File<'a>>,
    crc: OnceCell<Crc32>,
}

/// A file in an archive.
struct File<'a> {
    bytes: &'a [u8],
    method: u64,
    encrypted: bool,
    crc: u64,
    /// Whether the bytes have this checksum, once that was asked.
    sound: OnceCell<bool>,
}

impl<'a> Zip<'a> {
    /// Reads the list of files.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self> {
        let mut list = list(bytes).ok_or_else(|| damaged("the list at the end of the ZIP archive is missing"))?;
        let mut files = HashMap::new();
        let mut places = Vec::new();
        while list.starts_with(LISTED) {
            let unlike =
                "the ZIP archive's list of files does not fit the files: it tells another name, size or checksum";
            let (name, file, rest) = listed(bytes, list).ok_or_else(|| damaged(unlike))?;
            places.push(file.bytes.as_ptr_range());
            if files.len() >= MAX_FILES {
                return Err(invalid(format!("the ZIP archive holds more than {MAX_FILES} files")));
            }
            if files.insert(name, file).is_some() {
                return Err(damaged(format!(
                    "the ZIP archive holds the file {} twice",
                    quoted(name)
                )));
            }
            list = rest;
        }
        places.retain(|place| !place.is_empty());
        places.sort_by_key(|place| place.start);
        if places.is_sorted_by(|one, next| one.end <= next.start) {
            return Ok(Self::of(files));
        }
        Err(damaged("the files in the ZIP archive lie over each other"))
    }

    fn of(files: HashMap<&'a str, File<'a>>) -> Self {
        Self {
            files,
            crc: OnceCell::new(),
        }
    }

    /// The names of all files.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.files.keys().copied()
    }

    /// Where the bytes of file `name` lie, as long as they are stored as they are. Their checksum is left to [`check`](Self::check).
    pub(crate) fn stored(&self, name: &str) -> Result<Option<&'a [u8]>> {
        let Some(file) = self.files.get(name) else {
            return Ok(None);
        };
        if file.encrypted || file.method != 0 {
            let how = if file.encrypted { "encrypted" } else { "compressed" };
            return Err(invalid(format!(
                "the file {} in the ZIP archive is {how}, which torch.save never does; unpack the archive and pack it \
                 again without compression, or save the weights again",
                quoted(name)
            )));
        }
        Ok(Some(file.bytes))
    }

    /// Compares the checksum of file `name`. Each file is looked through once, however often this is asked.
    pub(crate) fn check(&self, name: &str) -> Result<()> {
        let Some(file) = self.files.get(name) else {
            return Ok(());
        };
        let sound = file
            .sound
            .get_or_init(|| u64::from(self.crc.get_or_init(Crc32::new).of(file.bytes)) == file.crc);
        if *sound {
            Ok(())
        } else {
            Err(damaged(format!(
                "the checksum of the file {} in the ZIP archive is wrong",
                quoted(name)
            )))
        }
    }
}

/// Where the list of files begins.
fn list(bytes: &[u8]) -> Option<&[u8]> {
    let tail = bytes.get(bytes.len().saturating_sub(FURTHEST_END)..)?;
    let from_end = tail.windows(END.len()).rev().position(|window| window == END)? + END.len();
    let end = bytes.len().checked_sub(from_end)?;
    let start = match number::<4>(bytes, end.checked_add(16)?)? {
        LONGER => {
            let pointer = bytes.get(end.checked_sub(20)?..)?.strip_prefix(FIND_END_64)?;
            let longer = usize::try_from(number::<8>(pointer, 4)?).ok()?;
            number::<8>(bytes.get(longer..)?.strip_prefix(END_64)?, 44)?
        }
        start => start,
    };
    bytes.get(usize::try_from(start).ok()?..)
}

/// The file that `list` begins with: its name, the file, and the rest of the list.
fn listed<'a>(bytes: &'a [u8], list: &'a [u8]) -> Option<(&'a str, File<'a>, &'a [u8])> {
    let lengths = [28, 30, 32].map(|at| number::<2>(list, at).and_then(|length| usize::try_from(length).ok()));
    let [name_length, extra_length, comment_length] = lengths;
    let (name, rest) = list.get(46..)?.split_at_checked(name_length?)?;
    let (extra, rest) = rest.split_at_checked(extra_length?)?;
    let rest = rest.get(comment_length?..)?;
    let [mut size, mut unpacked, mut start] = [20, 24, 42].map(|at| number::<4>(list, at));
    // The longer numbers stand in this order, each only where the short one has no room.
    let mut longer = long_numbers(extra);
    for number in [&mut unpacked, &mut size, &mut start] {
        if *number == Some(LONGER) {
            *number = longer.next();
        }
    }
    let (size, unpacked, start) = (size?, unpacked?, start?);
    let header = bytes.get(usize::try_from(start).ok()?..)?;
    if !header.starts_with(FILE) {
        return None;
    }
    let own_name = usize::try_from(number::<2>(header, 26)?).ok()?;
    let own_extra = usize::try_from(number::<2>(header, 28)?).ok()?;
    let (own_name, content) = header.get(30..)?.split_at_checked(own_name)?;
    let (own_extra, content) = content.split_at_checked(own_extra)?;
    let (content, after) = content.split_at_checked(usize::try_from(size).ok()?)?;
    let told = Told {
        method: number::<2>(list, 10)?,
        crc: number::<4>(list, 16)?,
        packed: size,
        unpacked,
    };
    if own_name != name || !told.agrees(header, own_extra, after) {
        return None;
    }
    let file = File {
        bytes: content,
        method: told.method,
        encrypted: number::<2>(list, 8)? & 1 == 1,
        crc: told.crc,
        sound: OnceCell::new(),
    };
    Some((str::from_utf8(name).ok()?, file, rest))
}

/// What the list tells of a file, which the file's own header, or the record after it, tells again. Programs differ in which of them they
/// believe: where they contradict each other, one program would see other weights than the next.
struct Told {
    method: u64,
    crc: u64,
    packed: u64,
    unpacked: u64,
}

impl Told {
    /// Whether the file's own header, with its extra field, says the same, or the record `after` the file, if the header leaves it to that.
    fn agrees(&self, header: &[u8], extra: &[u8], after: &[u8]) -> bool {
        if self.method == 0 && self.packed != self.unpacked {
            return false;
        }
        let own = [6, 8].map(|at| number::<2>(header, at));
        let [crc, packed, unpacked] = [14, 18, 22].map(|at| number::<4>(header, at));
        if own[1] != Some(self.method) {
            return false;
        }
        let left_to_record = own[0].is_some_and(|flags| flags & 8 != 0);
        if left_to_record {
            // The record may begin with a signature, and its sizes have four or eight bytes.
            let record = after.strip_prefix(RECORD).unwrap_or(after);
            let short = [0, 4, 8].map(|at| number::<4>(record, at));
            let long = [number::<4>(record, 0), number::<8>(record, 4), number::<8>(record, 12)];
            let told = [self.crc, self.packed, self.unpacked].map(Some);
            return short == told || long == told;
        }
        let mut longer = long_numbers(extra);
        let mut own = |short: Option<u64>| if short == Some(LONGER) { longer.next() } else { short };
        let (unpacked, packed) = (own(unpacked), own(packed));
        [crc, packed, unpacked] == [self.crc, self.packed, self.unpacked].map(Some)
    }
}

/// The 64-bit numbers in the extra field of an entry, which is a row of fields: kind, length, content.
fn long_numbers(mut extra: &[u8]) -> impl Iterator<Item = u64> {
    let mut found: &[u8] = &[];
    while let (Some(kind), Some(length)) = (number::<2>(extra, 0), number::<2>(extra, 2)) {
        let content = extra.get(4..).unwrap_or_default();
        let Some((content, rest)) = usize::try_from(length)
            .ok()
            .and_then(|length| content.split_at_checked(length))
        else {
            break;
        };
        if kind == 1 {
            found = content;
            break;
        }
        extra = rest;
    }
    found
        .as_chunks::<8>()
        .0
        .iter()
        .map(|&digits| u64::from_le_bytes(digits))
}

/// The little-endian number of `N` bytes at `at`.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let digits = bytes.get(at..)?.first_chunk::<N>()?;
    Some(digits.iter().rev().fold(0, |sum, &digit| sum << 8 | u64::from(digit)))
}
