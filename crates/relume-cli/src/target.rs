//! A target as the command line takes it: as the library reads it, or a class by its name.

use std::str::FromStr;

use relume::{Error, ErrorKind, Result, Target};

/// The most names that an error lists.
const LISTED: usize = 6;
/// The most letters of two names that are compared.
const COMPARED: usize = 64;

/// What `--target` says.
#[derive(Debug, Clone)]
pub(crate) enum TargetArg {
    /// As [`Target`] is written.
    Known(Target),
    /// Anything else: a class, which only the model knows.
    Class(String),
}

impl FromStr for TargetArg {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(text.parse().map_or_else(
            |_| Self::Class(text.strip_prefix("class:").unwrap_or(text).to_owned()),
            Self::Known,
        ))
    }
}

impl TargetArg {
    /// The target, in a network with these classes.
    ///
    /// # Errors
    /// `invalid-target` if no class has the name, or several do.
    pub(crate) fn resolve(&self, classes: &[String]) -> Result<Target> {
        match self {
            Self::Known(target) => Ok(target.clone()),
            Self::Class(name) => class_named(name, classes).map(Target::class),
        }
    }
}

/// The class with this name, upper and lower case alike: its label, or one of several names in the label with commas between
/// them; otherwise the one label that contains it.
fn class_named(name: &str, classes: &[String]) -> Result<usize> {
    let wanted = name.trim().to_lowercase();
    let labels: Vec<String> = classes.iter().map(|label| label.to_lowercase()).collect();
    let indices = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (0..labels.len()).filter(|&index| fits(&labels[index])).collect()
    };
    let mut fitting = indices(&|label| label == wanted);
    if fitting.is_empty() {
        fitting = indices(&|label| label.split(',').any(|each| each.trim() == wanted));
    }
    // A bare number is a class's, unless one is called so.
    if let (true, Ok(index)) = (fitting.is_empty(), wanted.parse::<usize>()) {
        return Ok(index);
    }
    if fitting.is_empty() && !wanted.is_empty() {
        fitting = indices(&|label| label.contains(&wanted));
    }
    let listed = |found: &[usize]| {
        let names = found
            .iter()
            .take(LISTED)
            .map(|&index| format!("`{}` (class:{index})", classes[index]));
        names.collect::<Vec<_>>().join(", ")
    };
    let message = match fitting.as_slice() {
        [only] => return Ok(*only),
        [] => {
            let distance = |label: &str| label.split(',').map(|each| edit_distance(&wanted, each.trim())).min();
            let mut nearest: Vec<usize> = (0..labels.len()).collect();
            nearest.sort_by_cached_key(|&index| distance(&labels[index]));
            format!(
                "`{name}` is neither top, a class of this network by its number (class:K) or name, nor a unit (LAYER:CHANNEL \
                 or LAYER:CHANNEL@ROW,COLUMN); the classes with the nearest names are {}",
                listed(&nearest)
            )
        }
        several => {
            let more = match several.len().saturating_sub(LISTED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let (count, listed) = (several.len(), listed(several));
            format!("`{name}` fits {count} classes: {listed}{more}; write more of its name, or class:K")
        }
    };
    Err(Error::new(ErrorKind::InvalidTarget, message))
}

/// How many letters to insert, remove or replace (Levenshtein), of the first ones.
fn edit_distance(a: &str, b: &str) -> usize {
    let to: Vec<char> = b.chars().take(COMPARED).collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in a.chars().take(COMPARED).enumerate() {
        let mut next = vec![i + 1];
        for (j, other) in to.iter().enumerate() {
            let replaced = row[j] + usize::from(letter != *other);
            next.push(replaced.min(row[j + 1] + 1).min(next[j] + 1));
        }
        row = next;
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Result<Target> {
        let labels = [
            "tabby, tabby cat",
            "tiger cat",
            "tiger",
            "Egyptian cat",
            "crane",
            "crane",
            "7",
        ];
        let argument: TargetArg = text.parse().expect("never fails");
        argument.resolve(&labels.map(str::to_owned))
    }

    #[test]
    fn numbers_units_and_names() {
        for (text, target) in [
            ("top", Target::top()),
            // A number is an index even where a class is called so.
            ("class:7", Target::class(7)),
            ("7", Target::class(6)),
            ("5", Target::class(5)),
            ("conv2:7@3,12", Target::unit("conv2", 7).at(3, 12)),
            ("tiger", Target::class(2)),
            ("class:TIGER CAT", Target::class(1)),
            ("tabby", Target::class(0)),
            ("egypt", Target::class(3)),
        ] {
            assert_eq!(resolved(text), Ok(target), "{text}");
        }
    }

    #[test]
    fn several_or_none_are_said() {
        for (text, words) in [
            (
                "cat",
                "fits 3 classes: `tabby, tabby cat` (class:0), `tiger cat` (class:1), `Egyptian cat` (class:3);",
            ),
            ("crane", "fits 2 classes: `crane` (class:4), `crane` (class:5);"),
            ("class:tigre", "`tigre` is neither top"),
            ("tigre", "nearest names are `tiger` (class:2),"),
            ("conv2:x", "LAYER:CHANNEL"),
            ("", "nearest names"),
        ] {
            let error = resolved(text).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::InvalidTarget);
            assert!(error.message().contains(words), "{text}: {error}");
        }
    }
}
