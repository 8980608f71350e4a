//! JSON objects that mean what they say.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

/// The most fields of an object.
const MOST: usize = 4096;

/// A JSON object in which no key appears twice. `serde_json` alone keeps the last of them and says nothing.
pub(crate) struct Unique<T>(BTreeMap<String, T>);

impl<T> Unique<T> {
    pub(crate) fn into_inner(self) -> BTreeMap<String, T> {
        self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Unique<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Names<T> {
            type Value = Unique<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut values = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, T>()? {
                    if values.len() >= MOST {
                        return Err(A::Error::custom(format_args!("an object has more than {MOST} fields")));
                    }
                    if values.contains_key(&name) {
                        return Err(A::Error::custom(format_args!("`{name}` appears twice")));
                    }
                    values.insert(name, value);
                }
                Ok(Unique(values))
            }
        }
        deserializer.deserialize_map(Names(std::marker::PhantomData))
    }
}
