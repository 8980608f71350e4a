//! Pictures in one folder a class.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use image::Rgba;
use rayon::prelude::*;
use relume::picture::{luminance, over_white};
use relume::{Error, ErrorKind, Result};
use relume_pictures::folder::{ENDINGS, Entry, Skipped};

use super::{Expected, Pictures};
use crate::files::{self, fault, unreadable};

/// The endings of what may lie beside pictures: a README, a licence.
const TEXTS: [&str; 2] = ["txt", "md"];

/// A picture file that is still to be decoded.
struct Undecoded {
    path: PathBuf,
    name: String,
    label: u16,
}

/// Reads `place/CLASS/*`; `prefix` comes before `CLASS/FILE` in the pictures' names.
pub(super) fn read(place: &Path, prefix: &str, expected: &Expected<'_>) -> Result<Pictures> {
    let mut skipped = Skipped::default();
    let entries = entries(place, prefix, expected, &mut skipped)?;
    let labels: Vec<u16> = entries.iter().map(|entry| entry.label).collect();
    expected
        .complete(place, &labels)
        .map_err(|error| match skipped.is_empty() {
            true => error,
            // Why a folder that looks full may hold too little.
            false => Error::new(error.kind(), format!("{}; {skipped}", error.message())),
        })?;
    let mut pixels = expected.room(place, entries.len())?;

    let total = entries.len();
    let done = AtomicUsize::new(0);
    expected.tick(0, total);
    // The first fault in the order of the files, so that the same set always gives the same error.
    let fault = pixels
        .par_chunks_exact_mut(expected.shape.iter().product())
        .zip(&entries)
        .find_map_first(|(planes, entry)| {
            let fault = decode(&entry.path, expected.shape, planes).err();
            expected.tick(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            fault
        });
    match fault {
        Some(fault) => Err(fault),
        None => Ok(Pictures {
            shape: expected.shape,
            pixels,
            labels,
            names: entries.into_iter().map(|entry| entry.name).collect(),
            classes: expected.classes.to_vec(),
            skipped,
        }),
    }
}

/// All pictures in the class folders of `place`, by class and then by name. Deeper folders are refused, so a link that
/// leads back up cannot lead in a circle.
fn entries(place: &Path, prefix: &str, expected: &Expected<'_>, skipped: &mut Skipped) -> Result<Vec<Undecoded>> {
    let mut folders = Vec::new();
    for (path, class, entry) in sorted(place, skipped)? {
        if entry == Entry::Folder {
            folders.push((expected.label(&path, &class)?, class, path));
        } else if !(entry == Entry::Other && ends_with(&path, &TEXTS)) {
            let what = "lies beside the class folders, not in one";
            return Err(fault(ErrorKind::InvalidPicture, &path, what));
        }
    }
    folders.sort();
    let mut entries = Vec::new();
    for (label, class, folder) in folders {
        for (path, file, entry) in sorted(&folder, skipped)? {
            if entry == Entry::Picture {
                let name = format!("{prefix}{class}/{file}");
                entries.push(Undecoded { path, name, label });
            } else if entry == Entry::Folder {
                let what = "is a folder within a class folder; pictures lie in the class folder itself";
                return Err(fault(ErrorKind::InvalidPicture, &path, what));
            } else if !ends_with(&path, &TEXTS) {
                let what = format!("is not a picture file; their names end in {}", ENDINGS.join(", "));
                return Err(fault(ErrorKind::InvalidPicture, &path, what));
            }
        }
    }
    Ok(entries)
}

/// Paths and names of what is in a folder, by name, without what is skipped.
fn sorted(folder: &Path, skipped: &mut Skipped) -> Result<Vec<(PathBuf, String, Entry)>> {
    let unlisted = unreadable(folder, "cannot be read");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(&unlisted)? {
        let path = entry.map_err(&unlisted)?.path();
        match Entry::of(&path).map_err(unreadable(&path, "cannot be read"))? {
            Entry::Skipped(reason) => skipped.add(&path, reason),
            kept => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                found.push((path, name, kept));
            }
        }
    }
    found.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    Ok(found)
}

fn ends_with(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    endings.iter().any(|one| ending == *one)
}

/// Decodes a picture into `planes`, `[C, height, width]`: as the page shows it, transparent pixels over white. Grey becomes RGB, and
/// for a network of one channel colours become grey.
fn decode(path: &Path, shape: [usize; 3], planes: &mut [u8]) -> Result<()> {
    let named = |error: Error| fault(error.kind(), path, error.message());
    let bytes = files::read(path)?;
    let (w, h) = relume_pictures::size(&bytes).map_err(named)?;
    let [channels, height, width] = shape;
    if (w as usize, h as usize) != (width, height) {
        let what = format!("is {w}×{h} pixels; the model takes {width}×{height}, width by height");
        return Err(fault(ErrorKind::ShapeMismatch, path, what));
    }
    let picture = relume_pictures::decode(&bytes).map_err(named)?.pixels;
    let mut planes: Vec<_> = planes.chunks_exact_mut(height * width).map(<[u8]>::iter_mut).collect();
    for Rgba([red, green, blue, alpha]) in picture.pixels().copied() {
        let colour = over_white([red, green, blue], alpha);
        let colour = if channels == 1 { [luminance(colour); 3] } else { colour };
        for (value, out) in colour.into_iter().zip(planes.iter_mut().filter_map(Iterator::next)) {
            *out = value;
        }
    }
    Ok(())
}
