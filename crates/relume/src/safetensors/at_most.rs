//! JSON of a bounded size. An empty list or text of two letters becomes a value of thirty bytes, so a file could take ten times its size.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A list of at most `N` items.
pub(crate) struct AtMost<T, const N: usize>(Vec<T>);

impl<T, const N: usize> AtMost<T, N> {
    pub(crate) fn into_inner(self) -> Vec<T> {
        self.0
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for AtMost<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const N: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Items<T, N> {
            type Value = AtMost<T, N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of at most {N}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    if list.len() >= N {
                        return Err(A::Error::custom(format_args!("a list has more than {N} items")));
                    }
                    list.push(item);
                }
                Ok(AtMost(list))
            }
        }
        deserializer.deserialize_seq(Items(PhantomData))
    }
}

/// The most values within one [`SmallValue`]: more than the settings of any layer.
const MOST_VALUES: usize = 1024;

/// A JSON value of at most [`MOST_VALUES`] parts.
pub(crate) struct SmallValue(pub(crate) Value);

impl<'de> Deserialize<'de> for SmallValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Part(&Cell::new(MOST_VALUES)).deserialize(deserializer).map(Self)
    }
}

/// A part of a value, with how many more there may be.
#[derive(Clone, Copy)]
struct Part<'c>(&'c Cell<usize>);

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.0.get();
        if left == 0 {
            return Err(D::Error::custom(format_args!(
                "a value has more than {MOST_VALUES} parts"
            )));
        }
        self.0.set(left - 1);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            fields.insert(name, map.next_value_seed(self)?);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_too_long_is_refused() {
        let read = |text: &str| serde_json::from_str::<AtMost<u8, 3>>(text).map(AtMost::into_inner);
        assert_eq!(read("[1, 2, 3]").ok(), Some(vec![1, 2, 3]));
        assert!(read("[1, 2, 3, 4]").is_err_and(|error| error.to_string().contains("more than 3")));
    }

    #[test]
    fn a_small_value_is_the_value_and_a_large_one_is_refused() {
        let text = r#"{"a": [1, -2, 0.5, "x", null, true, {}], "b": {"c": []}}"#;
        let small: SmallValue = serde_json::from_str(text).expect("small");
        assert_eq!(small.0, serde_json::from_str::<Value>(text).expect("a value"));
        for large in ["[],", "{\"\":[]},"] {
            let text = format!("[{}0]", large.repeat(MOST_VALUES));
            let refused = serde_json::from_str::<SmallValue>(&text);
            assert!(
                refused.is_err_and(|error| error.to_string().contains("parts")),
                "{large}"
            );
        }
        assert!(serde_json::from_str::<SmallValue>(&"[".repeat(100_000)).is_err());
    }
}
