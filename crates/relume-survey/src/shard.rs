//! One of several parts of a list, so that several calls share the work.

use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The I-th of N parts, counted from 1; written `I/N`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(u32, u32)", try_from = "(u32, u32)")]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// Which part it is, from 1.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.index
    }

    /// How many parts there are.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.count
    }

    /// The places of a list of `length` that are in this part: a run of neighbours. All parts together are the list, and
    /// their lengths differ by one at most.
    #[must_use]
    pub fn range(self, length: usize) -> Range<usize> {
        let (length, count) = (length as u128, u128::from(self.count));
        // Not beyond `length`, so it fits.
        let end = |parts: u32| (length * u128::from(parts) / count) as usize;
        end(self.index - 1)..end(self.index)
    }
}

impl TryFrom<(u32, u32)> for Shard {
    type Error = String;

    fn try_from((index, count): (u32, u32)) -> Result<Self, String> {
        if index == 0 || index > count {
            let parts = match count {
                0 => "there must be one part at least, as in 1/1".to_owned(),
                _ => format!("the parts are 1/{count} to {count}/{count}"),
            };
            return Err(format!("there is no part {index} of {count}; {parts}"));
        }
        Ok(Self { index, count })
    }
}

impl From<Shard> for (u32, u32) {
    fn from(Shard { index, count }: Shard) -> Self {
        (index, count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.parse::<u32>().ok(),
            false => None,
        };
        text.split_once('/')
            .and_then(|(index, count)| Some((number(index)?, number(count)?)))
            .ok_or_else(|| "write a part as I/N, as in 2/8 for the second of eight".to_owned())?
            .try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_the_whole_in_order() {
        for length in [0, 1, 2, 7, 8, 9, 1000] {
            for count in [1, 2, 3, 7, 8, 20] {
                let parts: Vec<_> = (1..=count).map(|index| Shard { index, count }.range(length)).collect();
                let whole: Vec<_> = parts.iter().cloned().flatten().collect();
                assert_eq!(whole, (0..length).collect::<Vec<_>>());
                let lengths = || parts.iter().map(ExactSizeIterator::len);
                assert!(lengths().max() <= lengths().min().map(|least| least + 1));
            }
        }
    }

    #[test]
    fn nonsense_is_refused_with_the_parts_there_are() {
        assert_eq!("2/8".parse(), Ok(Shard { index: 2, count: 8 }));
        for (text, said) in [
            ("0/3", "1/3 to 3/3"),
            ("4/3", "1/3 to 3/3"),
            ("0/0", "as in 1/1"),
            ("1", "I/N"),
            ("", "I/N"),
            ("1/", "I/N"),
            ("/", "I/N"),
            ("+1/2", "I/N"),
            ("-1/2", "I/N"),
            ("1/2/3", "I/N"),
            ("1/99999999999", "I/N"),
            ("a/b", "I/N"),
        ] {
            let error = text.parse::<Shard>().expect_err(text);
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
