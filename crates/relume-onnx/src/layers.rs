//! The layers that the graph becomes, one after the other, with their weights and shapes.

use std::collections::BTreeMap;

use relume::Result;
use relume::graph::{INPUT, LayerKind, LayerSpec, MAX_ACTIVATION, MAX_ACTIVATIONS, MAX_CHANNELS, MAX_LAYERS, Shape};
use relume::safetensors::Array;

use crate::error::{invalid, invalid_at, unsupported_at};
use crate::layer_names::LayerNames;
use crate::messages::Node;
use crate::value::Activation;

/// The layers so far.
#[derive(Debug)]
pub(crate) struct Layers<'a> {
    layers: Vec<Layer<'a>>,
    names: LayerNames,
    /// How many numbers all activations hold together.
    activations: u64,
    /// How many more weights there may be.
    room: usize,
}

/// One layer.
#[derive(Debug)]
pub(crate) struct Layer<'a> {
    name: String,
    /// What the graph calls its output.
    pub(crate) output: &'a str,
    pub(crate) kind: LayerKind,
    /// The layers it reads; `None` is the picture.
    pub(crate) inputs: Vec<Option<usize>>,
    /// Whether it never gives a negative number.
    pub(crate) non_negative: bool,
    pub(crate) arrays: Vec<(&'static str, Array)>,
}

impl Layer<'_> {
    /// Whether it could have a bias, and has none.
    pub(crate) const fn takes_bias(&self) -> bool {
        match &self.kind {
            LayerKind::Conv2d(spec) => !spec.bias,
            LayerKind::Linear(spec) => !spec.bias,
            _ => false,
        }
    }
}

impl<'a> Layers<'a> {
    /// No layers yet, and room for so many weights.
    pub(crate) fn new(room: usize) -> Self {
        Self {
            layers: Vec::new(),
            names: LayerNames::default(),
            activations: 0,
            room,
        }
    }

    pub(crate) fn get(&self, index: Option<usize>) -> Option<&Layer<'a>> {
        self.layers.get(index?)
    }

    /// A layer that `node` becomes, fed by `inputs`.
    ///
    /// # Errors
    /// `invalid-model` if its inputs do not fit, `unsupported-operator` for a setting that the kind does not take.
    pub(crate) fn push(
        &mut self,
        node: &Node<'a>,
        kind: LayerKind,
        inputs: &[&Activation],
        arrays: Vec<(&'static str, Array)>,
    ) -> Result<Activation> {
        if self.layers.len() >= MAX_LAYERS {
            return Err(invalid(format!("the network has more than {MAX_LAYERS} layers")));
        }
        let shapes: Vec<Shape> = inputs.iter().map(|input| input.shape).collect();
        let shape = kind
            .output_shape(&shapes)
            .map_err(|message| unsupported_at(node, format!("{message} (as the layer {})", kind.name())))?;
        let count = shape
            .iter()
            .try_fold(1_u64, |product, &side| product.checked_mul(side as u64));
        let count = count
            .filter(|&count| count > 0 && count <= MAX_ACTIVATION && shape[0] <= MAX_CHANNELS)
            .ok_or_else(|| {
                invalid_at(
                    node,
                    format!("its output {shape:?} is larger than relume computes, or empty"),
                )
            })?;
        self.activations += count;
        if self.activations > MAX_ACTIVATIONS {
            return Err(invalid_at(
                node,
                format!("the activations up to here hold more than {MAX_ACTIVATIONS} numbers"),
            ));
        }
        for (_, array) in &arrays {
            self.take_room(node, array.data.len())?;
        }
        let non_negative = match &kind {
            LayerKind::Relu(_) | LayerKind::Sigmoid(_) | LayerKind::HardSigmoid(_) | LayerKind::Softplus(_) => true,
            LayerKind::MaxPool2d(_)
            | LayerKind::AvgPool2d(_)
            | LayerKind::GlobalAvgPool(_)
            | LayerKind::Flatten(_)
            | LayerKind::Concat(_)
            | LayerKind::Mul(_)
            | LayerKind::Slice(_)
            | LayerKind::ChannelShuffle(_)
            | LayerKind::LocalResponseNorm(_)
            | LayerKind::Add(_) => inputs
                .iter()
                .all(|input| self.get(input.layer).is_some_and(|layer| layer.non_negative)),
            _ => false,
        };
        self.layers.push(Layer {
            name: self.names.give(node),
            output: node.outputs.first().copied().unwrap_or_default(),
            kind,
            inputs: inputs.iter().map(|input| input.layer).collect(),
            non_negative,
            arrays,
        });
        Ok(Activation::new(Some(self.layers.len() - 1), shape))
    }

    /// Counts numbers that are about to be read from a constant, or copied.
    pub(crate) fn take_room(&mut self, node: &Node<'_>, numbers: usize) -> Result<()> {
        self.room = self.room.checked_sub(numbers).ok_or_else(|| {
            invalid_at(
                node,
                "up to here the layers have far more weights than the file stores, because it computes them or the layers share them; where that \
                 is meant, `relume convert --allow-large` reads it",
            )
        })?;
        Ok(())
    }

    /// Adds `bias` to what a layer without one gives.
    pub(crate) fn set_bias(&mut self, index: usize, bias: Vec<f32>) {
        if let Some(layer) = self.layers.get_mut(index) {
            match &mut layer.kind {
                LayerKind::Conv2d(spec) => spec.bias = true,
                LayerKind::Linear(spec) => spec.bias = true,
                _ => return,
            }
            let shape = vec![bias.len()];
            layer.arrays.push(("bias", Array { shape, data: bias }));
        }
    }

    /// Leaves out a sigmoid at the end, before or after the network's output becomes a vector, and gives the layer that is last
    /// then; `None` if there is none, or nothing but the picture before it.
    pub(crate) fn without_last_sigmoid(&mut self, last: usize) -> Option<usize> {
        let layer = self.layers.get(last)?;
        let before = layer.inputs.first().copied().flatten()?;
        match layer.kind {
            LayerKind::Sigmoid(_) => Some(before),
            LayerKind::Flatten(_) => {
                let last_before = self.without_last_sigmoid(before)?;
                self.layers.get_mut(last)?.inputs = vec![Some(last_before)];
                Some(last)
            }
            _ => None,
        }
    }

    /// The layers that `last` needs, and their weights by name. Others, such as a sigmoid that became part of a SiLU, are
    /// left out.
    pub(crate) fn into_parts(self, last: usize) -> (Vec<LayerSpec>, BTreeMap<String, Array>) {
        let mut needed = vec![false; self.layers.len()];
        if let Some(needed) = needed.get_mut(last) {
            *needed = true;
        }
        // A layer stands after those that it reads.
        for (index, layer) in self.layers.iter().enumerate().rev() {
            if needed.get(index) == Some(&true) {
                for &input in layer.inputs.iter().flatten() {
                    if let Some(needed) = needed.get_mut(input) {
                        *needed = true;
                    }
                }
            }
        }
        let names: Vec<String> = self.layers.iter().map(|layer| layer.name.clone()).collect();
        let name = |input: &Option<usize>| input.and_then(|index| names.get(index)).map_or(INPUT, String::as_str);
        let (mut specs, mut arrays) = (Vec::new(), BTreeMap::new());
        for (layer, _) in self.layers.into_iter().zip(needed).filter(|(_, needed)| *needed) {
            let inputs: Vec<&str> = layer.inputs.iter().map(name).collect();
            for (part, array) in layer.arrays {
                arrays.insert(format!("{}.{part}", layer.name), array);
            }
            specs.push(LayerSpec::new(layer.name, layer.kind, &inputs));
        }
        (specs, arrays)
    }
}
