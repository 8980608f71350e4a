//! The wire format of protocol buffers, as far as ONNX needs it: the fields of one message, borrowed from its bytes.
//!
//! A message is a list of fields, each a number and a value; what a field means, its number says. Nothing is
//! copied or allocated here. Every length is checked against the bytes that are left, so a claim cannot reach beyond them.

use relume::Result;

use crate::error::invalid;

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Wire<'a> {
    /// An integer of any kind.
    Varint(u64),
    /// Eight bytes, little-endian.
    Fixed64([u8; 8]),
    /// A text, a message, bytes, or numbers one after the other.
    Bytes(&'a [u8]),
    /// Four bytes, little-endian.
    Fixed32([u8; 4]),
}

impl<'a> Wire<'a> {
    /// The bytes of a text, a message or packed numbers.
    pub(crate) fn bytes(self) -> Result<&'a [u8]> {
        match self {
            Wire::Bytes(bytes) => Ok(bytes),
            other => Err(wrong(other, "bytes")),
        }
    }

    /// A text.
    pub(crate) fn text(self) -> Result<&'a str> {
        str::from_utf8(self.bytes()?).map_err(|_| damaged("a text is not UTF-8"))
    }

    /// An integer. Negative ones are stored as their two's complement of 64 bits.
    pub(crate) fn int(self) -> Result<i64> {
        match self {
            Wire::Varint(number) => Ok(number.cast_signed()),
            other => Err(wrong(other, "an integer")),
        }
    }

    /// A number in single precision.
    pub(crate) fn float(self) -> Result<f32> {
        match self {
            Wire::Fixed32(bytes) => Ok(f32::from_le_bytes(bytes)),
            other => Err(wrong(other, "a number in single precision")),
        }
    }
}

fn wrong(found: Wire<'_>, wanted: &str) -> relume::Error {
    let found = match found {
        Wire::Varint(_) => "an integer",
        Wire::Fixed64(_) => "eight bytes",
        Wire::Bytes(_) => "bytes of any length",
        Wire::Fixed32(_) => "four bytes",
    };
    damaged(&format!("a field holds {found} where {wanted} should be"))
}

fn damaged(what: &str) -> relume::Error {
    invalid(format!("the ONNX file is cut off or damaged: {what}"))
}

/// The fields of a message, in the order of its bytes: `(number, value)`. After an error there are no more.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) const fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&mut self) -> Result<(u64, Wire<'a>)> {
        let key = varint(&mut self.rest)?;
        let number = key >> 3;
        if number == 0 {
            return Err(damaged("a field has the number 0"));
        }
        let value = match key & 7 {
            0 => Wire::Varint(varint(&mut self.rest)?),
            1 => Wire::Fixed64(fixed(&mut self.rest)?),
            2 => {
                let length = usize::try_from(varint(&mut self.rest)?).unwrap_or(usize::MAX);
                let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(|| {
                    damaged(&format!(
                        "a field claims {length} bytes, and {} are left",
                        self.rest.len()
                    ))
                })?;
                self.rest = rest;
                Wire::Bytes(bytes)
            }
            5 => Wire::Fixed32(fixed(&mut self.rest)?),
            // 3 and 4 enclose a group, which ONNX has none of.
            other => return Err(damaged(&format!("a field is of the unknown type {other}"))),
        };
        Ok((number, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Wire<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// The integers of a repeated field: one, or many packed into bytes.
pub(crate) fn ints(value: Wire<'_>, mut each: impl FnMut(i64) -> Result<()>) -> Result<()> {
    match value {
        Wire::Bytes(mut packed) => {
            while !packed.is_empty() {
                each(varint(&mut packed)?.cast_signed())?;
            }
            Ok(())
        }
        one => each(one.int()?),
    }
}

/// The numbers of a repeated field of `N` bytes each: one, or many packed.
pub(crate) fn floats<const N: usize>(value: Wire<'_>, mut each: impl FnMut([u8; N]) -> Result<()>) -> Result<()> {
    let mut bytes = match &value {
        Wire::Bytes(packed) => packed,
        Wire::Fixed32(one) => &one[..],
        Wire::Fixed64(one) => &one[..],
        Wire::Varint(_) => return Err(wrong(value, "a floating-point number")),
    };
    while !bytes.is_empty() {
        each(fixed(&mut bytes)?)?;
    }
    Ok(())
}

/// An integer of up to ten bytes, seven bits in each, the lowest first.
fn varint(rest: &mut &[u8]) -> Result<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let Some((&byte, after)) = rest.split_first() else {
            return Err(damaged("it ends within a number"));
        };
        *rest = after;
        let bits = u64::from(byte & 0x7f);
        // Of the tenth byte there is room for one bit.
        if shift == 63 && bits > 1 {
            break;
        }
        number |= bits << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(damaged("an integer is longer than 64 bits"))
}

fn fixed<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N]> {
    let (number, after) = rest
        .split_first_chunk::<N>()
        .ok_or_else(|| damaged("it ends within a number"))?;
    *rest = after;
    Ok(*number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(message: &[u8]) -> Result<Vec<(u64, Wire<'_>)>> {
        Fields::new(message).collect()
    }

    /// The examples of protobuf.dev/programming-guides/encoding.
    #[test]
    fn the_examples_of_the_specification_are_read() {
        assert_eq!(all(&[0x08, 0x96, 0x01]).unwrap(), [(1, Wire::Varint(150))]);
        let text = all(&[0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]).unwrap();
        assert_eq!((text[0].0, text[0].1.text().unwrap()), (2, "testing"));
        let mut packed = Vec::new();
        let [(6, value)] = all(&[0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]).unwrap()[..] else {
            panic!("one field")
        };
        ints(value, |number| {
            packed.push(number);
            Ok(())
        })
        .unwrap();
        assert_eq!(packed, [3, 270, 86942]);
        let negative = [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(all(&negative).unwrap()[0].1.int().unwrap(), -2);
        assert_eq!(all(&[0x0d, 0, 0, 0x80, 0x3f]).unwrap()[0].1.float().unwrap(), 1.0);
    }

    #[test]
    fn damage_is_an_error_and_the_end() {
        for (message, words) in [
            (&[0x12, 0x07, 0x74][..], "claims 7 bytes, and 1 are left"),
            (
                &[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
                "claims",
            ),
            (&[0x08], "ends within a number"),
            (&[0x08, 0x80], "ends within a number"),
            (&[0x0d, 0, 0], "ends within a number"),
            (
                &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
                "longer than 64 bits",
            ),
            (
                &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
                "longer than 64 bits",
            ),
            (&[0x0b], "unknown type 3"),
            (&[0x02, 0x00], "number 0"),
        ] {
            let mut fields = Fields::new(message);
            let error = fields.next().unwrap().unwrap_err();
            assert!(error.message().contains(words), "{message:?}: {error}");
            assert!(fields.next().is_none(), "{message:?}");
        }
    }
}
