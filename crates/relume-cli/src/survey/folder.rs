//! The pictures of a folder, by name.

use std::fs;
use std::path::Path;

use relume::{Error, ErrorKind, Result};

use crate::files;

/// The names of picture files end in one of these.
const EXTENSIONS: [&str; 8] = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"];
/// The deepest folders that are looked into.
const DEEPEST: usize = 16;

/// The paths of all pictures within `folder`, `/` between their parts, in the order of their names.
pub(super) fn list(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    walk(folder, "", 0, &mut names)?;
    if names.is_empty() {
        return Err(Error::new(
            ErrorKind::Unreadable,
            format!("{}: holds no pictures ({})", folder.display(), EXTENSIONS.join(", ")),
        ));
    }
    names.sort();
    Ok(names)
}

fn walk(folder: &Path, before: &str, depth: usize, names: &mut Vec<String>) -> Result<()> {
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
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
            Error::new(
                ErrorKind::Unreadable,
                format!("{}: the name is not valid text", path.display()),
            )
        })?;
        let within = format!("{before}{name}");
        let picture = (path.extension().and_then(|extension| extension.to_str()))
            .is_some_and(|extension| EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str()));
        if path.is_dir() {
            walk(&path, &format!("{within}/"), depth + 1, names)?;
        } else if picture {
            names.push(within);
        }
    }
    Ok(())
}
