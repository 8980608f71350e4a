//! A constant of the graph: in the file, or computed from others while the graph is read.

use std::borrow::Cow;
use std::rc::Rc;

use relume::Result;

use crate::messages::{ElementType, Tensor};

/// The most integers of a constant that describes a shape. Constants as short as that are read at once, so that one that many
/// nodes share is looked through once.
pub(crate) const MAX_INTS: usize = 4096;

/// A constant.
#[derive(Debug, Clone)]
pub(crate) struct Constant<'a> {
    pub(crate) dims: Vec<usize>,
    /// Its number format in the file; `None` of one that is computed.
    pub(crate) element: Option<ElementType>,
    pub(crate) numbers: Numbers<'a>,
}

#[derive(Debug, Clone)]
pub(crate) enum Numbers<'a> {
    /// As it lies in the file, not read yet.
    Stored(Rc<Tensor<'a>>),
    Floats(Rc<[f32]>),
    Ints(Rc<[i64]>),
}

impl<'a> Constant<'a> {
    pub(crate) fn stored(tensor: Tensor<'a>) -> Self {
        let is_short = tensor.count().is_ok_and(|count| count <= MAX_INTS);
        // What is wrong with one matters, and is told, when it is used.
        let read = match tensor.element.is_float() {
            _ if !is_short => None,
            true => tensor.floats().ok().map(|floats| Numbers::Floats(floats.into())),
            false => tensor.ints().ok().map(|ints| Numbers::Ints(ints.into())),
        };
        Self {
            dims: tensor.dims.clone(),
            element: Some(tensor.element),
            numbers: read.unwrap_or_else(|| Numbers::Stored(Rc::new(tensor))),
        }
    }

    pub(crate) fn of_ints(dims: Vec<usize>, ints: Vec<i64>) -> Self {
        Self {
            dims,
            element: None,
            numbers: Numbers::Ints(ints.into()),
        }
    }

    pub(crate) fn of_floats(dims: Vec<usize>, floats: Vec<f32>) -> Self {
        Self {
            dims,
            element: None,
            numbers: Numbers::Floats(floats.into()),
        }
    }

    /// How many numbers there are, if that can be said.
    pub(crate) fn count(&self) -> usize {
        self.dims
            .iter()
            .try_fold(1_usize, |product, &side| product.checked_mul(side))
            .unwrap_or(usize::MAX)
    }

    /// What reading it costs, in numbers: it may lie in a message with much else in it.
    pub(crate) fn cost(&self) -> usize {
        match &self.numbers {
            Numbers::Stored(tensor) => self.count().max(tensor.message_bytes() / 4),
            _ => self.count(),
        }
    }

    pub(crate) fn is_float(&self) -> bool {
        match &self.numbers {
            Numbers::Stored(tensor) => tensor.element.is_float(),
            Numbers::Floats(_) => true,
            Numbers::Ints(_) => false,
        }
    }

    /// The numbers in single precision.
    pub(crate) fn floats(&self) -> Result<Cow<'_, [f32]>> {
        Ok(match &self.numbers {
            Numbers::Stored(tensor) => tensor.floats()?.into(),
            Numbers::Floats(floats) => (&**floats).into(),
            Numbers::Ints(ints) => ints.iter().map(|&int| int as f32).collect::<Vec<_>>().into(),
        })
    }

    /// The numbers as integers; `None` where they are not, or too many to describe a shape.
    pub(crate) fn ints(&self) -> Result<Option<Cow<'_, [i64]>>> {
        if self.count() > MAX_INTS {
            return Ok(None);
        }
        Ok(match &self.numbers {
            Numbers::Stored(tensor) if tensor.element.is_float() => None,
            Numbers::Stored(tensor) => Some(tensor.ints()?.into()),
            Numbers::Floats(_) => None,
            Numbers::Ints(ints) => Some((&**ints).into()),
        })
    }

    /// All numbers, of a constant that holds integers.
    pub(crate) fn all_ints(&self) -> Result<Cow<'_, [i64]>> {
        Ok(match &self.numbers {
            Numbers::Stored(tensor) => tensor.ints()?.into(),
            Numbers::Floats(_) => Cow::Borrowed(&[]),
            Numbers::Ints(ints) => (&**ints).into(),
        })
    }

    /// The one number, of a constant that has one.
    pub(crate) fn scalar(&self) -> Result<Option<f32>> {
        match self.count() {
            1 => Ok(self.floats()?.first().copied()),
            _ => Ok(None),
        }
    }
}
