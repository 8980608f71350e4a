//! The tensors of nested dictionaries, by their names: the keys on the way to them with dots between.

use std::collections::BTreeMap;

use relume::Result;

use crate::error::{SAVE_WEIGHTS, invalid};
use crate::pickle::{Machine, Value};

/// The deepest nesting that is followed.
const MAX_DEPTH: usize = 32;
/// The most values that are looked at. A pickle may hold one list in a thousand places.
const MAX_VISITS: usize = 1 << 20;
/// The longest name, in bytes.
const MAX_NAME: usize = 512;
/// The most tensors.
const MAX_TENSORS: usize = 1 << 16;

/// Where a tensor was found.
pub(crate) struct Found {
    /// Its number in the machine.
    pub(crate) tensor: u32,
    /// How many bytes of its name are that of the dictionary it lies in, with the dot after it.
    pub(crate) dictionary: usize,
}

/// All tensors below `root`.
pub(crate) fn tensors<'a>(root: Value<'a>, machine: &Machine<'a>) -> Result<BTreeMap<String, Found>> {
    let mut found = BTreeMap::new();
    let mut open = vec![(root, String::new(), 0)];
    let mut visits = 0;
    while let Some((container, path, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return Err(invalid(format!(
                "the file nests more than {MAX_DEPTH} dictionaries or lists; {SAVE_WEIGHTS}"
            )));
        }
        let items = machine.items(container).unwrap_or_default();
        visits += items.len();
        if visits > MAX_VISITS {
            return Err(invalid(format!("the file has too many entries; {SAVE_WEIGHTS}")));
        }
        for (key, value) in entries(container, items) {
            let leads_on = machine.items(value).is_some();
            let (Some(key), true) = (key, leads_on || matches!(value, Value::Tensor(_))) else {
                continue;
            };
            let name = format!("{path}{key}");
            if name.len() > MAX_NAME {
                return Err(invalid(format!(
                    "a name in the file is longer than {MAX_NAME} bytes; {SAVE_WEIGHTS}"
                )));
            }
            if let Value::Tensor(tensor) = value {
                let dictionary = path.len();
                found.insert(name, Found { tensor, dictionary });
                if found.len() > MAX_TENSORS {
                    return Err(invalid(format!(
                        "the file holds more than {MAX_TENSORS} tensors; {SAVE_WEIGHTS}"
                    )));
                }
            } else {
                open.push((value, name + ".", depth + 1));
                if open.len() > MAX_TENSORS {
                    return Err(invalid(format!(
                        "the file has too many dictionaries or lists; {SAVE_WEIGHTS}"
                    )));
                }
            }
        }
    }
    Ok(found)
}

/// Keys and values of a dictionary; positions and values of a list. A key that is neither a text nor a number has no name.
fn entries<'m, 'a>(
    container: Value<'a>,
    items: &'m [Value<'a>],
) -> impl Iterator<Item = (Option<Key<'a>>, Value<'a>)> + use<'m, 'a> {
    let is_dict = matches!(container, Value::Dict(_));
    let (pairs, _) = items.as_chunks::<2>();
    let of_dict = pairs.iter().map(|&[key, value]| {
        let key = match key {
            Value::Text(text) => Some(Key::Text(text)),
            Value::Int(number) => Some(Key::Number(number)),
            _ => None,
        };
        (key, value)
    });
    let of_list = (0..).zip(items).map(|(at, &value)| (Some(Key::Number(at)), value));
    let (of_dict, of_list) = if is_dict {
        (Some(of_dict), None)
    } else {
        (None, Some(of_list))
    };
    of_dict.into_iter().flatten().chain(of_list.into_iter().flatten())
}

/// What stands in a name between two dots.
enum Key<'a> {
    Text(&'a str),
    Number(i64),
}

impl std::fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}
