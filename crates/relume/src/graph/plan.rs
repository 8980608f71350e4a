//! A graph that has passed every check: shapes known, inputs resolved, the logits found.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

use std::collections::HashMap;

use super::{
    CLASS, INPUT, Kind, LayerKind, LayerSpec, MAX_ACTIVATION, MAX_ACTIVATIONS, MAX_CHANNELS, MAX_COST, MAX_INPUTS,
    MAX_LAYERS, MAX_PARAMETERS, Parameter, ReceptiveField, ReluSpec, RunCost, Shape,
};
use crate::error::{Error, Result, is_unprintable};

/// Where a layer's input comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The picture.
    Input,
    /// The output of the layer with this index.
    Layer(usize),
}

/// A layer that has passed every check.
#[derive(Debug, Clone)]
pub struct PlannedLayer {
    /// The layer as data.
    pub spec: LayerSpec,
    /// What feeds it; never empty.
    pub sources: Vec<Source>,
    /// The shapes of its inputs.
    pub inputs: Vec<Shape>,
    /// The shape of its output.
    pub shape: Shape,
    /// Which pixels its units see.
    pub field: ReceptiveField,
    /// How many layers read it.
    pub readers: usize,
}

impl PlannedLayer {
    /// The tensors it needs.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        self.inputs
            .first()
            .map(|&input| self.spec.kind.parameters(input))
            .unwrap_or_default()
    }

    /// How many weights it has.
    #[must_use]
    pub fn weights(&self) -> u64 {
        let numbers = |parameter: &Parameter| parameter.shape.iter().map(|&size| size as u64).product::<u64>();
        self.parameters().iter().map(numbers).sum()
    }
}

/// A graph that has passed every check: shapes known, inputs resolved, the logits found.
#[derive(Debug, Clone)]
pub struct Plan {
    /// In running order.
    pub layers: Vec<PlannedLayer>,
    /// The index of the last layer that is not a softmax.
    pub logits: usize,
    /// How many numbers all parameters hold.
    pub parameters: u64,
    /// What one pass takes.
    pub run_cost: RunCost,
    names: HashMap<String, usize>,
}

impl Plan {
    /// Checks `layers` over an input of shape `input`.
    ///
    /// # Errors
    /// `invalid-model`, naming the layer.
    pub fn new(input: Shape, layers: &[LayerSpec]) -> Result<Self> {
        if layers.is_empty() || layers.len() > MAX_LAYERS {
            return Err(Error::model(format!(
                "a network has 1 to {MAX_LAYERS} layers, this one {}",
                layers.len()
            )));
        }
        let mut plan = Self {
            layers: Vec::with_capacity(layers.len()),
            logits: 0,
            parameters: 0,
            run_cost: RunCost::default(),
            names: HashMap::with_capacity(layers.len()),
        };
        let (mut activations, mut room) = (0, 0);
        for (index, spec) in layers.iter().enumerate() {
            let last = index + 1 == layers.len();
            let softmax = matches!(spec.kind, LayerKind::Softmax(_));
            let layer = plan
                .layer(input, spec)
                .map_err(|message| Error::layer(&spec.name, message))?;
            if softmax && !last {
                return Err(Error::layer(&spec.name, "a softmax can only be the last layer"));
            }
            if softmax && index == 0 {
                return Err(Error::layer(&spec.name, "a softmax needs logits before it"));
            }
            if !softmax {
                plan.logits = index;
            }
            activations += elements(layer.shape)?;
            if activations > MAX_ACTIVATIONS {
                return Err(Error::layer(
                    &spec.name,
                    format!("the activations up to here hold more than {MAX_ACTIVATIONS} numbers"),
                ));
            }
            if let Some(&input) = layer.inputs.first() {
                plan.run_cost.add(&spec.kind, input, layer.shape);
                room = room.max(spec.kind.workspace(input, layer.shape));
            }
            if plan.run_cost.operations > MAX_COST {
                return Err(Error::layer(
                    &spec.name,
                    format!("the layers up to here take more than {MAX_COST} operations"),
                ));
            }
            for parameter in layer.parameters() {
                plan.parameters += parameter.shape.iter().map(|&size| size as u64).product::<u64>();
                if plan.parameters > MAX_PARAMETERS {
                    return Err(Error::layer(
                        &spec.name,
                        format!("the weights up to here are more than {MAX_PARAMETERS}"),
                    ));
                }
            }
            plan.names.insert(spec.name.clone(), index);
            plan.layers.push(layer);
        }
        plan.run_cost.set_memory(activations, room);
        plan.count_readers();
        plan.check_all_used()?;
        Ok(plan)
    }

    fn layer(&self, input: Shape, spec: &LayerSpec) -> Result<PlannedLayer, String> {
        let name = spec.name.as_str();
        let reserved = name == INPUT || name == CLASS;
        if name.is_empty() || name.len() > 256 || name.contains([':', '@']) || name.contains(is_unprintable) || reserved
        {
            return Err(format!(
                "a name has 1 to 256 bytes, no `:`, `@`, control character or override of the writing direction, and is not `{INPUT}` or `{CLASS}`"
            ));
        }
        if spec.inputs.len() > MAX_INPUTS {
            return Err(format!("{} inputs are more than {MAX_INPUTS}", spec.inputs.len()));
        }
        if self.names.contains_key(&spec.name) {
            return Err("the name is used twice".into());
        }
        let mut sources = Vec::with_capacity(spec.inputs.len());
        let mut inputs = Vec::with_capacity(spec.inputs.len());
        let mut fields = Vec::with_capacity(spec.inputs.len());
        for name in &spec.inputs {
            let (source, shape, field) = if name == INPUT {
                (Source::Input, input, ReceptiveField::PIXEL)
            } else if let Some((&index, layer)) = self
                .names
                .get(name)
                .and_then(|index| Some((index, self.layers.get(*index)?)))
            {
                (Source::Layer(index), layer.shape, layer.field)
            } else {
                return Err(format!("its input `{name}` is not an earlier layer"));
            };
            sources.push(source);
            inputs.push(shape);
            fields.push((field, shape));
        }
        let shape = spec.kind.output(&inputs)?;
        let room = inputs.first().map_or(0, |&input| spec.kind.workspace(input, shape));
        if room > MAX_ACTIVATION {
            return Err(format!(
                "it needs room for {room} numbers at once, {MAX_ACTIVATION} at most"
            ));
        }
        if shape.contains(&0) || shape[0] > MAX_CHANNELS {
            return Err(format!(
                "its output {shape:?} must have 1 to {MAX_CHANNELS} channels and at least one pixel"
            ));
        }
        if elements(shape).map_err(|error| error.message().to_owned())? > MAX_ACTIVATION {
            return Err(format!("its output {shape:?} holds more than {MAX_ACTIVATION} numbers"));
        }
        Ok(PlannedLayer {
            spec: spec.clone(),
            sources,
            inputs,
            shape,
            field: ReceptiveField::after(&spec.kind, &fields, shape),
            readers: 0,
        })
    }

    fn count_readers(&mut self) {
        let sources: Vec<Source> = self.layers.iter().flat_map(|layer| &layer.sources).copied().collect();
        for source in sources {
            if let Source::Layer(index) = source
                && let Some(layer) = self.layers.get_mut(index)
            {
                layer.readers += 1;
            }
        }
    }

    /// Every layer but the last feeds another one; an island is a mistake in the file.
    fn check_all_used(&self) -> Result<()> {
        let before = self.layers.split_last().map_or(&[][..], |(_, before)| before);
        match before.iter().find(|layer| layer.readers == 0) {
            Some(layer) => Err(Error::layer(
                &layer.spec.name,
                "no other layer uses its output, and it is not the last",
            )),
            None => Ok(()),
        }
    }

    /// The ReLU at `index + 1`, if it is the only layer that reads layer `index`: the two can be run as one.
    #[must_use]
    pub fn relu_alone_after(&self, index: usize) -> Option<&ReluSpec> {
        let (layer, next) = (self.layers.get(index)?, self.layers.get(index + 1)?);
        match &next.spec.kind {
            LayerKind::Relu(relu) if layer.readers == 1 && next.sources == [Source::Layer(index)] => Some(relu),
            _ => None,
        }
    }

    /// The ReLU that is `source`, if one layer reads it and no more: a signal can pass the two as one.
    #[cfg(feature = "flex")]
    pub(crate) fn relu_alone_at(&self, source: Source) -> Option<usize> {
        let Source::Layer(before) = source else {
            return None;
        };
        let layer = self.layers.get(before)?;
        (layer.readers == 1 && matches!(layer.spec.kind, LayerKind::Relu(_))).then_some(before)
    }

    /// The index of the layer called `name`.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Which layers a signal at `target` passes on its way to the picture, `target` included.
    pub(crate) fn on_the_way(&self, target: usize) -> Vec<bool> {
        let mut on = vec![false; self.layers.len()];
        if let Some(first) = on.get_mut(target) {
            *first = true;
        }
        for index in (0..=target).rev() {
            if on.get(index) != Some(&true) {
                continue;
            }
            for source in self.layers.get(index).into_iter().flat_map(|layer| &layer.sources) {
                if let Source::Layer(before) = source
                    && let Some(before) = on.get_mut(*before)
                {
                    *before = true;
                }
            }
        }
        on
    }
}

fn elements(shape: Shape) -> Result<u64> {
    shape
        .iter()
        .try_fold(1u64, |product, &size| product.checked_mul(size as u64))
        .ok_or_else(|| Error::model(format!("a shape of {shape:?} is beyond every limit")))
}
