//! The pictures that the arguments name, in one order, each with a name of its own.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use relume::{Error, ErrorKind, Result};
use relume_pictures::folder::Skipped;

use super::invalid_option;
use crate::folder;

/// A picture that is still to be read.
#[derive(Debug)]
pub(super) struct Input {
    /// Where it is, as the arguments say it.
    pub(super) path: PathBuf,
    /// Its path below the folder that all pictures share, `/` between the parts: no two pictures have the same.
    pub(super) name: String,
}

impl Input {
    /// Where the map of this picture is written. The picture's whole name stays in it, so that the maps of `a.jpg` and
    /// `a.png` are two files.
    pub(super) fn map(&self, out: &Path) -> PathBuf {
        out.join(format!("{}.png", self.name))
    }
}

/// The pictures that `arguments` name, files and those in folders, by name; one that is named twice is listed once.
pub(super) fn list(arguments: &[PathBuf]) -> Result<Vec<Input>> {
    let mut skipped = Skipped::default();
    let mut found = Vec::new();
    let mut shared: Option<PathBuf> = None;
    for argument in arguments {
        let root = if argument.is_dir() {
            let root = resolved(argument);
            for name in folder::list(argument, &mut skipped)? {
                found.push((root.join(&name), argument.join(&name)));
            }
            root
        } else {
            let root = match argument.parent() {
                Some(parent) if parent != Path::new("") => resolved(parent),
                _ => resolved(Path::new(".")),
            };
            // Not resolved itself: a link keeps its own name.
            found.push((root.join(argument.file_name().unwrap_or_default()), argument.clone()));
            root
        };
        shared = Some(match shared {
            None => root,
            Some(shared) => common(&shared, &root),
        });
    }
    folder::note(&skipped);
    let shared = shared.unwrap_or_default();
    let mut inputs = found
        .into_iter()
        .map(|(place, path)| {
            let name = name(place.strip_prefix(&shared).unwrap_or(&place)).ok_or_else(|| {
                let what = "the name is not valid text";
                Error::new(ErrorKind::Unreadable, format!("{}: {what}", path.display()))
            })?;
            Ok(Input { path, name })
        })
        .collect::<Result<Vec<_>>>()?;
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    inputs.dedup_by(|a, b| a.name == b.name);
    Ok(inputs)
}

/// Refuses a folder for maps from which a later call would take maps for pictures, or in which a map would replace a
/// picture.
pub(super) fn check_folder(out: &Path, arguments: &[PathBuf], inputs: &[Input]) -> Result<()> {
    let place = resolved(out);
    let folders = || arguments.iter().filter(|argument| argument.is_dir());
    if let Some(within) = folders().find(|folder| place.starts_with(resolved(folder))) {
        return Err(invalid_option(format!(
            "{}: lies within {}, so its maps would be taken for pictures; choose a folder outside of it",
            out.display(),
            within.display()
        )));
    }
    // Only a map beside pictures can replace one, and only one that is called like a map.
    let places: HashSet<PathBuf> = inputs
        .iter()
        .filter(|input| input.path.extension().is_some_and(|ending| ending == "png"))
        .filter(|input| {
            Path::new(&input.name)
                .file_stem()
                .is_some_and(|stem| Path::new(stem).extension().is_some())
        })
        .map(|input| resolved(&input.path))
        .collect();
    let replaced = |input: &&Input| !places.is_empty() && places.contains(&place.join(format!("{}.png", input.name)));
    match inputs.iter().find(replaced) {
        Some(input) => Err(invalid_option(format!(
            "the map of {} would replace a picture, {}; choose another folder with --out",
            input.path.display(),
            input.map(out).display()
        ))),
        None => Ok(()),
    }
}

/// The path without links and dots, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for ancestor in path.ancestors() {
        if let (Ok(place), Ok(rest)) = (ancestor.canonicalize(), path.strip_prefix(ancestor)) {
            // To join nothing would add a `/`, which no file's path may end in.
            return if rest == Path::new("") { place } else { place.join(rest) };
        }
    }
    path
}

fn common(a: &Path, b: &Path) -> PathBuf {
    a.components()
        .zip(b.components())
        .take_while(|(a, b)| a == b)
        .map(|(part, _)| part)
        .collect()
}

/// The parts of a path that are names, as text.
fn name(path: &Path) -> Option<String> {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_str()),
        _ => None,
    });
    Some(names.collect::<Option<Vec<_>>>()?.join("/"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn names_are_paths_below_the_folder_that_all_share() {
        let place = tempfile::tempdir().expect("a folder");
        let at = |name: &str| place.path().join(name);
        for name in ["x/a.jpg", "x/deep/a.jpg", "y/a.jpg"] {
            fs::create_dir_all(at(name).parent().expect("a folder")).expect("a folder");
            fs::write(at(name), "x").expect("a file");
        }
        let names = |arguments: &[&str]| -> Vec<String> {
            let arguments: Vec<_> = arguments.iter().map(|name| at(name)).collect();
            let inputs = list(&arguments).expect("a list");
            assert!(inputs.iter().all(|input| input.path.starts_with(place.path())));
            inputs.into_iter().map(|input| input.name).collect()
        };
        assert_eq!(names(&["x"]), ["a.jpg", "deep/a.jpg"]);
        assert_eq!(names(&["y", "x"]), ["x/a.jpg", "x/deep/a.jpg", "y/a.jpg"]);
        assert_eq!(names(&["y/a.jpg", "x/a.jpg"]), ["x/a.jpg", "y/a.jpg"]);
        assert_eq!(names(&["x/a.jpg", "x/absent.jpg"]), ["a.jpg", "absent.jpg"]);
        // The same picture by three ways.
        assert_eq!(names(&["x/a.jpg", "x/deep/../a.jpg", "x"]), ["a.jpg", "deep/a.jpg"]);
    }

    #[test]
    fn a_folder_in_which_maps_would_be_taken_for_pictures_is_refused() {
        let place = tempfile::tempdir().expect("a folder");
        let at = |name: &str| place.path().join(name);
        fs::create_dir(at("set")).expect("a folder");
        for name in ["set/a.jpg", "set/a.jpg.png"] {
            fs::write(at(name), "x").expect("a file");
        }
        let check = |out: &str, arguments: &[&str]| {
            let arguments: Vec<_> = arguments.iter().map(|name| at(name)).collect();
            check_folder(&at(out), &arguments, &list(&arguments).expect("a list"))
        };
        for out in ["set", "set/maps/new", "maps/../set"] {
            fs::create_dir_all(at("maps")).expect("a folder");
            let error = check(out, &["set"]).expect_err("a refusal");
            assert!(error.message().contains("taken for pictures"), "{error}");
        }
        let error = check("set", &["set/a.jpg", "set/a.jpg.png"]).expect_err("a refusal");
        assert!(error.message().contains("would replace a picture"), "{error}");
        assert_eq!(check("maps", &["set"]), Ok(()));
        assert_eq!(check("settings", &["set"]), Ok(()));
        assert_eq!(check("maps", &["set/a.jpg", "set/a.jpg.png"]), Ok(()));
    }
}
