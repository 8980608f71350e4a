//! `NodeProto` and `AttributeProto`.

use relume::Result;

use super::Tensor;
use super::model::limited;
use crate::error::{invalid, invalid_at, shortened};
use crate::protobuf::{Fields, floats, ints};

/// The most inputs of a node.
const MAX_INPUTS: usize = 1024;
/// The most outputs of a node.
const MAX_OUTPUTS: usize = 64;
/// The most attributes of a node.
const MAX_ATTRIBUTES: usize = 64;
/// The most numbers in one attribute.
const MAX_NUMBERS: usize = 4096;

/// One operation.
#[derive(Debug, Default)]
pub(crate) struct Node<'a> {
    pub(crate) name: &'a str,
    pub(crate) operator: &'a str,
    pub(crate) domain: &'a str,
    /// Names of values; an empty one stands for an input that is left out.
    pub(crate) inputs: Vec<&'a str>,
    pub(crate) outputs: Vec<&'a str>,
    pub(crate) attributes: Vec<(&'a str, Attribute<'a>)>,
}

/// A setting of a node.
#[derive(Debug, Default)]
pub(crate) struct Attribute<'a> {
    float: Option<f32>,
    int: Option<i64>,
    text: Option<&'a [u8]>,
    pub(crate) tensor: Option<Tensor<'a>>,
    pub(crate) floats: Vec<f32>,
    pub(crate) ints: Vec<i64>,
    /// A graph, a list of texts or whatever else no operator that is read has.
    other: bool,
}

impl<'a> Node<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut node = Self::default();
        for field in Fields::new(bytes) {
            match field? {
                (1, name) => limited(&mut node.inputs, name.text()?, MAX_INPUTS, "inputs of a node")?,
                (2, name) => limited(&mut node.outputs, name.text()?, MAX_OUTPUTS, "outputs of a node")?,
                (3, name) => node.name = name.text()?,
                (4, operator) => node.operator = operator.text()?,
                (5, attribute) => {
                    let attribute = Attribute::parse(attribute.bytes()?)?;
                    if node.attributes.iter().any(|(name, _)| *name == attribute.0) {
                        return Err(invalid_at(
                            &node,
                            format!("attribute `{}` is given twice", shortened(attribute.0)),
                        ));
                    }
                    limited(&mut node.attributes, attribute, MAX_ATTRIBUTES, "attributes of a node")?;
                }
                (7, domain) => node.domain = domain.text()?,
                _ => {}
            }
        }
        Ok(node)
    }

    /// About how much memory its parts take while the graph is read, in places of eight bytes.
    pub(super) fn places(&self) -> usize {
        const OF_A_NAME: usize = 10;
        const OF_AN_ATTRIBUTE: usize = 40;
        let numbers = |(_, attribute): &(_, Attribute<'_>)| attribute.ints.len() + attribute.floats.len();
        let names = self.inputs.len() + self.outputs.len();
        names * OF_A_NAME
            + self
                .attributes
                .iter()
                .map(|each| OF_AN_ATTRIBUTE + numbers(each))
                .sum::<usize>()
    }

    /// For errors: its name and operator. A node without a name is called by its output.
    pub(crate) fn title(&self) -> String {
        let name = match self.name {
            "" => self.outputs.first().copied().unwrap_or_default(),
            name => name,
        };
        format!("`{}` ({})", shortened(name), shortened(self.operator))
    }

    /// Whether its operator is one of the ONNX standard.
    pub(crate) fn is_standard(&self) -> bool {
        matches!(self.domain, "" | "ai.onnx")
    }

    /// The name of input `at`, if it is given.
    pub(crate) fn input(&self, at: usize) -> Option<&'a str> {
        self.inputs.get(at).copied().filter(|name| !name.is_empty())
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, attribute)| attribute)
    }

    fn typed<'s, T>(
        &'s self,
        name: &str,
        what: &str,
        read: impl FnOnce(&'s Attribute<'a>) -> Option<T>,
    ) -> Result<Option<T>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(attribute) => match read(attribute) {
                Some(value) => Ok(Some(value)),
                None => Err(invalid_at(self, format!("attribute `{name}` is not {what}"))),
            },
        }
    }

    /// An integer, or `default` where it is not given.
    pub(crate) fn int(&self, name: &str, default: i64) -> Result<i64> {
        Ok(self
            .typed(name, "an integer", |attribute| attribute.int)?
            .unwrap_or(default))
    }

    /// A number, or `default` where it is not given.
    pub(crate) fn float(&self, name: &str, default: f32) -> Result<f32> {
        Ok(self
            .typed(name, "a number", |attribute| attribute.float)?
            .unwrap_or(default))
    }

    /// A text, or `default` where it is not given.
    pub(crate) fn text(&self, name: &str, default: &'a str) -> Result<&'a str> {
        let text = self.typed(name, "a text", |attribute| str::from_utf8(attribute.text?).ok())?;
        Ok(text.unwrap_or(default))
    }

    /// A list of integers.
    pub(crate) fn ints(&self, name: &str) -> Result<Option<&[i64]>> {
        self.typed(name, "a list of integers", |attribute| {
            (attribute.int.is_none() && attribute.float.is_none() && !attribute.other)
                .then_some(attribute.ints.as_slice())
        })
    }

    /// `N` integers that are not negative, or `default` where they are not given.
    pub(crate) fn sizes<const N: usize>(&self, name: &str, default: [usize; N]) -> Result<[usize; N]> {
        let Some(ints) = self.ints(name)? else {
            return Ok(default);
        };
        let mut sizes = default;
        for (size, int) in sizes.iter_mut().zip(ints) {
            *size = usize::try_from(*int).map_err(|_| invalid_at(self, format!("attribute `{name}` holds {int}")))?;
        }
        if ints.len() == N {
            Ok(sizes)
        } else {
            Err(invalid_at(
                self,
                format!("attribute `{name}` has {} numbers, not {N}", ints.len()),
            ))
        }
    }
}

impl<'a> Attribute<'a> {
    fn parse(bytes: &'a [u8]) -> Result<(&'a str, Self)> {
        let mut attribute = Self::default();
        let mut title = "";
        for field in Fields::new(bytes) {
            match field? {
                (1, name) => title = name.text()?,
                (2, value) => attribute.float = Some(value.float()?),
                (3, value) => attribute.int = Some(value.int()?),
                (4, value) => attribute.text = Some(value.bytes()?),
                (5, value) => attribute.tensor = Some(Tensor::parse(value.bytes()?)?),
                (7, value) => floats(value, |bytes| {
                    limited(
                        &mut attribute.floats,
                        f32::from_le_bytes(bytes),
                        MAX_NUMBERS,
                        "numbers in an attribute",
                    )
                })?,
                (8, value) => ints(value, |int| {
                    limited(&mut attribute.ints, int, MAX_NUMBERS, "numbers in an attribute")
                })?,
                (6 | 9..=11 | 21.., _) => attribute.other = true,
                // 20 is the type, which the value itself says; an attribute of a type without a value has its zero.
                (20, kind) => match kind.int()? {
                    1 if attribute.float.is_none() => attribute.float = Some(0.0),
                    2 if attribute.int.is_none() => attribute.int = Some(0),
                    3 if attribute.text.is_none() => attribute.text = Some(&[]),
                    1..=4 | 6 | 7 => {}
                    _ => attribute.other = true,
                },
                _ => {}
            }
        }
        if title.is_empty() {
            return Err(invalid("an attribute of the ONNX file has no name"));
        }
        Ok((title, attribute))
    }
}
