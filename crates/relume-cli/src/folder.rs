//! The pictures of a folder, by name.

use std::fs;
use std::path::Path;

use relume::{Error, ErrorKind, Result};
use relume_pictures::folder::{ENDINGS, Entry, Skipped, named_as_picture};

use crate::{files, output};

/// The deepest folders that are looked into.
const DEEPEST: usize = 16;

/// The paths of all pictures within `folder`, `/` between their parts, in the order of their names. What was skipped is
/// counted.
pub(crate) fn list(folder: &Path, skipped: &mut Skipped) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut here = Skipped::default();
    walk(folder, "", 0, &mut names, &mut here)?;
    if names.is_empty() {
        let why = match here.is_empty() {
            true => String::new(),
            false => format!("; {here}"),
        };
        return Err(Error::new(
            ErrorKind::Unreadable,
            format!("{}: holds no pictures ({}){why}", folder.display(), ENDINGS.join(", ")),
        ));
    }
    names.sort();
    skipped.join(&here);
    Ok(names)
}

/// Says on standard error what was skipped, if anything was.
pub(crate) fn note(skipped: &Skipped) {
    if !skipped.is_empty() {
        output::note(&format!("relume: {skipped}"));
    }
}

fn walk(folder: &Path, before: &str, depth: usize, names: &mut Vec<String>, skipped: &mut Skipped) -> Result<()> {
    let unreadable = |error: std::io::Error| files::fault(folder, "cannot be read", error);
    if depth > DEEPEST {
        return Err(Error::new(
            ErrorKind::Unreadable,
            format!(
                "{}: lies more than {DEEPEST} folders deep; do links lead in a circle?",
                folder.display()
            ),
        ));
    }
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let within = || match path.file_name().and_then(|name| name.to_str()) {
            Some(name) => Ok(format!("{before}{name}")),
            None => Err(Error::new(
                ErrorKind::Unreadable,
                format!("{}: the name is not valid text", path.display()),
            )),
        };
        match Entry::of(&path) {
            Ok(Entry::Picture) => names.push(within()?),
            Ok(Entry::Folder) => walk(&path, &format!("{}/", within()?), depth + 1, names, skipped)?,
            Ok(Entry::Other) => (),
            Ok(Entry::Skipped(reason)) => skipped.add(&path, reason),
            // A link that leads nowhere, for example: reported when the picture is read.
            Err(_) if named_as_picture(&path) => names.push(within()?),
            Err(_) => (),
        }
    }
    Ok(())
}
