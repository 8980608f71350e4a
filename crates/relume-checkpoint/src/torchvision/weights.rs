//! The tensors of one network, under its own names.

use std::collections::BTreeMap;
use std::ops::Bound;

use relume::Result;

use super::Title;
use super::builder::{Builder, Recognised};
use crate::checkpoint::Checkpoint;
use crate::error::{invalid, quoted, some_of};

/// The tensors of one network: those of one dictionary with one prefix, without it.
pub(crate) struct Weights<'c> {
    tensors: BTreeMap<&'c str, Tensor<'c>>,
    build: fn(&mut Builder<'_>) -> Result<Title>,
    prefix: String,
    /// What lies beside them in the same dictionary.
    beside: Vec<&'c str>,
}

struct Tensor<'c> {
    full_name: &'c str,
    shape: &'c [usize],
}

impl<'c> Weights<'c> {
    /// The tensors of `dictionary` whose names begin with `prefix`, but not with one of `others`.
    pub(super) fn new(
        checkpoint: &'c Checkpoint<'_>,
        build: fn(&mut Builder<'_>) -> Result<Title>,
        prefix: &str,
        dictionary: &str,
        others: Vec<&str>,
    ) -> Self {
        let mut tensors = BTreeMap::new();
        let mut beside = Vec::new();
        for full_name in checkpoint.names() {
            if checkpoint.dictionary(full_name) != dictionary || others.iter().any(|other| full_name.starts_with(other))
            {
                continue;
            }
            match (full_name.strip_prefix(prefix), checkpoint.shape(full_name)) {
                (Some(name), Some(shape)) => {
                    tensors.insert(name, Tensor { full_name, shape });
                }
                _ => beside.push(full_name),
            }
        }
        Self {
            tensors,
            build,
            prefix: prefix.to_owned(),
            beside,
        }
    }

    /// The network they belong to, for pictures of `size`.
    pub(crate) fn build(&self, size: [usize; 2]) -> Result<Recognised> {
        let mut builder = Builder::new(self, size);
        let title = (self.build)(&mut builder)?;
        builder.finish(title)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The shape of tensor `name`, which must be there.
    pub(crate) fn shape(&self, name: &str) -> Result<&'c [usize]> {
        match self.tensors.get(name) {
            Some(tensor) => Ok(tensor.shape),
            None => Err(invalid(format!(
                "tensor {} is missing: the names are those of a network of torchvision's, but it was changed; export it as an ONNX file",
                quoted(&format!("{}{name}", self.prefix))
            ))),
        }
    }

    /// What the file calls tensor `name`.
    pub(crate) fn full_name(&self, name: &str) -> &'c str {
        self.tensors.get(name).map_or("", |tensor| tensor.full_name)
    }

    /// The tensors of a module: the last part of each name, and what the file calls it.
    pub(crate) fn parts(&self, module: &str) -> Vec<(&'c str, &'c str)> {
        let start = format!("{module}.");
        let below = self
            .tensors
            .range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        below
            .map_while(|(name, tensor)| Some((name.strip_prefix(&start)?, tensor.full_name)))
            .filter(|(part, _)| !part.contains('.'))
            .collect()
    }

    /// All names, in alphabetical order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'c str> {
        self.tensors.keys().copied()
    }

    /// What the file calls all tensors.
    pub(crate) fn used(&self) -> impl Iterator<Item = &'c str> {
        self.tensors.values().map(|tensor| tensor.full_name)
    }

    /// What is left out.
    pub(crate) fn notes(&self) -> Option<String> {
        if self.beside.is_empty() {
            return None;
        }
        Some(format!(
            "the network's weights are those whose names begin with {}; beside them lie others that are left out: {}",
            quoted(&self.prefix),
            some_of(self.beside.iter().copied())
        ))
    }
}
