//! The JSON header of a safetensors file.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use super::{AtMost, Unique};

/// The most tensors in a file.
const MAX_TENSORS: usize = 1 << 16;
/// The most axes of a tensor.
const MAX_AXES: usize = 64;

/// One tensor, as the header describes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) dtype: String,
    #[serde(deserialize_with = "axes")]
    pub(super) shape: Vec<u64>,
    pub(super) data_offsets: [u64; 2],
}

fn axes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    AtMost::<u64, MAX_AXES>::deserialize(deserializer).map(AtMost::into_inner)
}

/// The header, every name used once.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) entries: BTreeMap<String, Entry>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the header of a safetensors file")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut header = Header::default();
                let mut described = false;
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        if std::mem::replace(&mut described, true) {
                            return Err(A::Error::custom("`__metadata__` appears twice"));
                        }
                        header.metadata = map.next_value::<Unique<String>>()?.into_inner();
                        continue;
                    }
                    if header.entries.len() >= MAX_TENSORS {
                        return Err(A::Error::custom(format_args!(
                            "there are more than {MAX_TENSORS} tensors"
                        )));
                    }
                    let place = match header.entries.entry(name) {
                        Place::Vacant(place) => place,
                        Place::Occupied(place) => {
                            return Err(A::Error::custom(format_args!("tensor `{}` appears twice", place.key())));
                        }
                    };
                    let entry = map
                        .next_value::<Entry>()
                        .map_err(|error| A::Error::custom(format_args!("tensor `{}`: {error}", place.key())))?;
                    place.insert(entry);
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}
