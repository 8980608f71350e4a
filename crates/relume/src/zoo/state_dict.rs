//! The weights of one network in what PyTorch saved: nested in a dictionary beside an optimiser's state, with a prefix before
//! every name, or both.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, ErrorKind, Result};

/// The most names that an error lists.
const LISTED: usize = 5;
/// The most letters of a name that an error shows.
const SHOWN: usize = 80;
/// The longest name whose distance to another is computed, which takes the product of their lengths.
const COMPARED: usize = 256;

/// The tensors that stand for a network: those whose names, after one common prefix, are one of `layouts` (the names that a
/// network's weights may have). Names come back without the prefix, what lies
/// beside them is left out, and the first number says which of the layouts it is. `key` names the
/// dictionary to look in.
///
/// # Errors
/// `invalid-option` if several dictionaries hold such weights, or `key` names none; `invalid-model` if none does, with the
/// tensor that is missing and what is there instead.
pub(super) fn weights_in<T>(
    mut tensors: BTreeMap<String, T>,
    layouts: &[BTreeSet<String>],
    key: Option<&str>,
) -> Result<(usize, BTreeMap<String, T>)> {
    if let Some(key) = key {
        let keys = top_level_keys(&tensors);
        tensors = under(tensors, &format!("{key}."));
        if tensors.is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!("the file has no dictionary `{key}` that contains tensors; it has {keys}"),
            ));
        }
    }
    let fitting: BTreeMap<String, usize> = (0..layouts.len())
        .rev()
        .flat_map(|at| {
            prefixes(&tensors, &layouts[at])
                .into_iter()
                .map(move |prefix| (prefix, at))
        })
        .filter(|(prefix, at)| missing(&tensors, &layouts[*at], prefix).is_none())
        .collect();
    let mut prefixes = fitting.iter();
    match (prefixes.next(), prefixes.next()) {
        (None, _) => Err(nothing_fits(&tensors, layouts)),
        (Some((prefix, &at)), None) => Ok((at, under(tensors, prefix))),
        // Weights without a prefix, and dictionaries of others beside them.
        (Some((first, &at)), Some(_)) if first.is_empty() => {
            tensors.retain(|name, _| !fitting.keys().skip(1).any(|prefix| name.starts_with(prefix.as_str())));
            Ok((at, tensors))
        }
        _ => {
            let names: Vec<_> = fitting
                .keys()
                .map(|prefix| format!("`{}`", prefix.trim_end_matches('.')))
                .collect();
            Err(Error::new(
                ErrorKind::InvalidOption,
                format!(
                    "several dictionaries hold weights of this network; choose one by its key: {}",
                    names.join(", ")
                ),
            ))
        }
    }
}

/// The dictionaries at the top, for an error.
fn top_level_keys<T>(tensors: &BTreeMap<String, T>) -> String {
    let keys: BTreeSet<&str> = tensors
        .keys()
        .filter_map(|name| Some(name.split_once('.')?.0))
        .collect();
    let shown: Vec<_> = keys
        .iter()
        .take(LISTED)
        .map(|key| format!("`{}`", shortened(key)))
        .collect();
    if shown.is_empty() {
        "none".to_owned()
    } else {
        shown.join(", ")
    }
}

/// A name of a stranger's file may be as long as the file.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.to_owned(),
    }
}

/// What stands before the names of `layout`, with its dot: each prefix with which one of them is there.
fn prefixes<T>(tensors: &BTreeMap<String, T>, layout: &BTreeSet<String>) -> BTreeSet<String> {
    let ends = |name: &str| {
        let starts = name.match_indices('.').map(|(at, _)| at + 1);
        std::iter::once(0)
            .chain(starts)
            .find(|&at| layout.contains(&name[at..]))
            .map(|at| name[..at].to_owned())
    };
    tensors.keys().filter_map(|name| ends(name)).collect()
}

/// The first name of `layout` that is not there.
fn missing<'a, T>(tensors: &BTreeMap<String, T>, layout: &'a BTreeSet<String>, prefix: &str) -> Option<&'a str> {
    layout
        .iter()
        .find(|name| !tensors.contains_key(&format!("{prefix}{name}")))
        .map(String::as_str)
}

/// The tensors whose names begin with `prefix`, without it.
fn under<T>(tensors: BTreeMap<String, T>, prefix: &str) -> BTreeMap<String, T> {
    tensors
        .into_iter()
        .filter_map(|(name, array)| Some((name.strip_prefix(prefix)?.to_owned(), array)))
        .collect()
}

/// Says which tensor is missing, and what is there that comes nearest.
fn nothing_fits<T>(tensors: &BTreeMap<String, T>, layouts: &[BTreeSet<String>]) -> Error {
    if tensors.is_empty() {
        return Error::model("the file contains no floating-point tensors");
    }
    // The layout and prefix under which the most names are there. Of another network a few are by chance.
    let there = |layout: &BTreeSet<String>, prefix: &str| {
        layout
            .iter()
            .filter(|name| tensors.contains_key(&format!("{prefix}{name}")))
            .count()
    };
    let wanted = layouts
        .iter()
        .flat_map(|layout| {
            prefixes(tensors, layout)
                .into_iter()
                .map(move |prefix| (layout, prefix))
        })
        .filter(|(layout, prefix)| 2 * there(layout, prefix) >= layout.len())
        .max_by_key(|(layout, prefix)| there(layout, prefix))
        .or_else(|| layouts.first().map(|layout| (layout, String::new())))
        .and_then(|(layout, prefix)| Some(format!("{prefix}{}", missing(tensors, layout, &prefix)?)));
    let Some(wanted) = wanted else {
        return Error::model("the file contains no weights of this network");
    };
    let distance = |name: &str| {
        let comparable = wanted.len().max(name.len()) <= COMPARED;
        if comparable {
            strsim::levenshtein(&wanted, name)
        } else {
            usize::MAX
        }
    };
    let mut nearest: Vec<(usize, &str)> = tensors.keys().map(|name| (distance(name), name.as_str())).collect();
    nearest.sort_unstable();
    let found: Vec<_> = nearest
        .iter()
        .take(LISTED)
        .map(|(_, name)| format!("`{}`", shortened(name)))
        .collect();
    let rest = match tensors.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let wanted = shortened(&wanted);
    Error::model(format!(
        "tensor `{wanted}` is missing; there are {}{rest}",
        found.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensors(names: &[&str]) -> BTreeMap<String, ()> {
        names.iter().map(|name| ((*name).to_owned(), ())).collect()
    }

    fn layout(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn found(names: &[&str], key: Option<&str>) -> Result<Vec<String>> {
        let layouts = [layout(&["conv1.weight", "conv1.bias"]), layout(&["features.0.weight"])];
        weights_in(tensors(names), &layouts, key).map(|(_, tensors)| tensors.into_keys().collect())
    }

    #[test]
    fn one_prefix_of_any_depth_is_taken_away() {
        let plain = Ok(vec!["conv1.bias".to_owned(), "conv1.weight".to_owned()]);
        for prefix in [
            "",
            "module.",
            "_orig_mod.",
            "state_dict.",
            "state_dict.module.",
            "model.backbone.",
        ] {
            let names = ["conv1.weight", "conv1.bias"].map(|name| format!("{prefix}{name}"));
            let names = [&*names[0], &*names[1], "optimizer.state.0.momentum_buffer"];
            // Beside weights without a prefix lies what must be spoken of: it may be a part of the network.
            if prefix.is_empty() {
                assert_eq!(found(&names[..2], None), plain);
                assert_eq!(found(&names, None).map(|names| names.len()), Ok(3));
            } else {
                assert_eq!(found(&names, None), plain, "{prefix}");
            }
        }
        assert_eq!(
            found(&["net.features.0.weight"], None),
            Ok(vec!["features.0.weight".to_owned()])
        );
    }

    #[test]
    fn of_several_dictionaries_one_is_chosen_by_its_key() {
        let names = [
            "model.conv1.weight",
            "model.conv1.bias",
            "ema.module.conv1.weight",
            "ema.module.conv1.bias",
        ];
        let error = found(&names, None).expect_err("two fit");
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
        assert!(error.message().ends_with("`ema.module`, `model`"), "{error}");
        let plain = Ok(vec!["conv1.bias".to_owned(), "conv1.weight".to_owned()]);
        assert_eq!(found(&names, Some("ema")), plain);
        assert_eq!(found(&names, Some("ema.module")), plain);
        assert_eq!(found(&names, Some("model")), plain);
        assert_eq!(
            found(&names, Some("mod")).expect_err("no key").kind(),
            ErrorKind::InvalidOption
        );
    }

    #[test]
    fn what_is_missing_is_said_with_what_is_nearest() {
        let error =
            found(&["module.conv1.weight", "module.conv1.bais", "fc.weight"], None).expect_err("a misspelt name");
        assert_eq!(
            error.message(),
            "tensor `module.conv1.bias` is missing; there are `module.conv1.bais`, `module.conv1.weight`, `fc.weight`"
        );
        let many: Vec<String> = (0..9).map(|at| format!("layer{at}.weight")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(
            found(&many, None)
                .expect_err("another network")
                .message()
                .ends_with(" and 4 more")
        );
        assert!(
            found(&[], None)
                .expect_err("nothing")
                .message()
                .contains("no floating-point tensors")
        );
    }
}
