//! Layers in running order, each with the tensors that are its weights.

use std::collections::BTreeSet;

use relume::Result;
use relume::graph::{
    AddSpec, AvgPool2dSpec, BatchNormSpec, ConcatSpec, Conv2dSpec, DropoutSpec, FlattenSpec, GlobalAvgPoolSpec, INPUT,
    LayerKind, LayerSpec, LinearSpec, MAX_LAYERS, MaxPool2dSpec, Plan, ReluSpec,
};

use super::{Title, Weights};
use crate::error::{invalid, option, quoted};
use crate::import::Pixels;

/// The epsilon of PyTorch's batch normalisation, if none is said.
pub(super) const EPSILON: f64 = 1e-5;

/// A network that was recognised.
pub(crate) struct Recognised {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) layers: Vec<Layer>,
    pub(crate) pixels: Pixels,
    pub(crate) notes: Vec<String>,
}

/// A layer and where its weights come from.
pub(crate) struct Layer {
    pub(crate) spec: LayerSpec,
    pub(crate) source: Source,
}

/// Where a layer's weights come from.
pub(crate) enum Source {
    Nothing,
    /// The module of this name.
    Own {
        from: String,
    },
    /// A convolution and the batch normalisation after it.
    Folded {
        conv: String,
        norm: String,
        epsilon: f64,
    },
}

impl Source {
    /// The tensors that a layer's parameter is made of, with the shapes they must have.
    pub(crate) fn tensors(&self, part: &str, shape: &[usize], weights: &Weights<'_>) -> Vec<(String, Vec<usize>)> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Own { from } => vec![(format!("{from}.{part}"), shape.to_vec())],
            Self::Folded { conv, .. } if part == "weight" => vec![(format!("{conv}.weight"), shape.to_vec())],
            Self::Folded { conv, norm, .. } => {
                let bias = format!("{conv}.bias");
                let own = weights.has(&bias).then_some(bias);
                let statistics = ["weight", "bias", "running_mean", "running_var"].map(|part| format!("{norm}.{part}"));
                own.into_iter()
                    .chain(statistics)
                    .map(|name| (name, shape.to_vec()))
                    .collect()
            }
        }
    }
}

/// A convolution whose channels and kernel its weights tell.
pub(super) struct Conv<'n> {
    /// The module, and the layer.
    pub(super) name: &'n str,
    /// The batch normalisation after it.
    pub(super) norm: Option<&'n str>,
    pub(super) epsilon: f64,
    pub(super) stride: usize,
    /// Zeros on each side; if it is not given, as many as keep the size at stride 1.
    pub(super) padding: Option<usize>,
    pub(super) groups: usize,
}

impl<'n> Conv<'n> {
    pub(super) const fn new(name: &'n str) -> Self {
        Self {
            name,
            norm: None,
            epsilon: EPSILON,
            stride: 1,
            padding: None,
            groups: 1,
        }
    }

    pub(super) const fn normalised(name: &'n str, norm: &'n str) -> Self {
        let mut conv = Self::new(name);
        conv.norm = Some(norm);
        conv
    }
}

/// Layers in running order.
pub(super) struct Builder<'w> {
    pub(super) weights: &'w Weights<'w>,
    pub(super) pixels: Pixels,
    pub(super) notes: Vec<String>,
    /// What the beginnings of names that are passed over are.
    pub(super) ignored: &'static [&'static str],
    size: [usize; 2],
    layers: Vec<Layer>,
}

impl<'w> Builder<'w> {
    pub(super) const fn new(weights: &'w Weights<'w>, size: [usize; 2]) -> Self {
        Self {
            weights,
            pixels: Pixels::ImageNet,
            notes: Vec::new(),
            ignored: &[],
            size,
            layers: Vec::new(),
        }
    }

    /// The name of the last layer, or of the picture.
    pub(super) fn last(&self) -> String {
        self.layers.last().map_or(INPUT, |layer| &layer.spec.name).to_owned()
    }

    fn push(&mut self, name: &str, kind: LayerKind, inputs: &[&str], source: Source) -> Result<()> {
        if self.layers.len() >= MAX_LAYERS {
            return Err(invalid(format!("the network has more than {MAX_LAYERS} layers")));
        }
        let spec = LayerSpec::new(name, kind, inputs);
        self.layers.push(Layer { spec, source });
        Ok(())
    }

    /// A layer without weights, fed by the last one.
    fn then(&mut self, name: &str, kind: LayerKind) -> Result<()> {
        let before = self.last();
        self.push(name, kind, &[&before], Source::Nothing)
    }

    /// The output channels, input channels of a group, and kernel size of convolution `name`.
    pub(super) fn conv_shape(&self, name: &str) -> Result<[usize; 3]> {
        let tensor = format!("{name}.weight");
        match *self.weights.shape(&tensor)? {
            [out, input, kernel, width] if kernel == width => Ok([out, input, kernel]),
            ref shape => Err(invalid(format!(
                "tensor {} has shape {shape:?}, and a network of torchvision's has a square kernel there, [out, in, size, size]",
                quoted(self.weights.full_name(&tensor))
            ))),
        }
    }

    /// Refuses a convolution with another kernel than torchvision's: how it is padded would be unknown.
    pub(super) fn expect_kernel(&self, name: &str, expected: usize) -> Result<()> {
        let [.., kernel] = self.conv_shape(name)?;
        if kernel == expected {
            return Ok(());
        }
        Err(invalid(format!(
            "convolution {} has a kernel of {kernel} × {kernel}, and torchvision's {expected} × {expected}: the network was changed, and \
             weights do not tell with which stride and pooling; export it as an ONNX file",
            quoted(name)
        )))
    }

    /// A convolution of the last layer.
    pub(super) fn conv(&mut self, conv: Conv<'_>) -> Result<()> {
        let before = self.last();
        self.conv_of(conv, &before)
    }

    /// A convolution of layer `input`.
    pub(super) fn conv_of(&mut self, conv: Conv<'_>, input: &str) -> Result<()> {
        let [out_channels, _, kernel] = self.conv_shape(conv.name)?;
        let name = conv.name;
        let spec = Conv2dSpec {
            stride: [conv.stride; 2],
            padding: [conv.padding.unwrap_or(kernel / 2); 4],
            groups: conv.groups,
            bias: conv.norm.is_some() || self.weights.has(&format!("{name}.bias")),
            ..Conv2dSpec::new(out_channels, [kernel; 2])
        };
        let source = match conv.norm {
            Some(norm) => Source::Folded {
                conv: name.to_owned(),
                norm: norm.to_owned(),
                epsilon: conv.epsilon,
            },
            None => Source::Own { from: name.to_owned() },
        };
        self.push(name, LayerKind::Conv2d(spec), &[input], source)
    }

    /// A batch normalisation of the last layer that no convolution stands before, with the weights of module `from`.
    pub(super) fn batch_norm(&mut self, name: &str, from: &str) -> Result<()> {
        let before = self.last();
        let kind = LayerKind::BatchNorm(BatchNormSpec { epsilon: EPSILON });
        self.push(name, kind, &[&before], Source::Own { from: from.to_owned() })
    }

    pub(super) fn relu(&mut self, name: &str) -> Result<()> {
        self.then(name, LayerKind::Relu(ReluSpec::default()))
    }

    pub(super) fn relu6(&mut self, name: &str) -> Result<()> {
        self.then(name, LayerKind::Relu(ReluSpec { max: Some(6.0) }))
    }

    pub(super) fn max_pool(
        &mut self,
        name: &str,
        kernel: usize,
        stride: usize,
        padding: usize,
        ceil: bool,
    ) -> Result<()> {
        let before = self.last();
        self.max_pool_of(name, &before, [kernel, stride, padding], ceil)
    }

    /// A max-pooling of layer `input`: kernel, stride, padding.
    pub(super) fn max_pool_of(
        &mut self,
        name: &str,
        input: &str,
        [kernel, stride, padding]: [usize; 3],
        ceil_mode: bool,
    ) -> Result<()> {
        let spec = MaxPool2dSpec {
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 4],
            dilation: [1; 2],
            ceil_mode,
        };
        self.push(name, LayerKind::MaxPool2d(spec), &[input], Source::Nothing)
    }

    pub(super) fn avg_pool(&mut self, name: &str, kernel: [usize; 2]) -> Result<()> {
        let spec = AvgPool2dSpec {
            kernel,
            stride: kernel,
            padding: [0; 4],
            ceil_mode: false,
            count_include_pad: true,
        };
        self.then(name, LayerKind::AvgPool2d(spec))
    }

    pub(super) fn global_pool(&mut self, name: &str) -> Result<()> {
        self.then(name, LayerKind::GlobalAvgPool(GlobalAvgPoolSpec {}))
    }

    pub(super) fn add(&mut self, name: &str, inputs: [&str; 2]) -> Result<()> {
        self.push(name, LayerKind::Add(AddSpec {}), &inputs, Source::Nothing)
    }

    pub(super) fn concat(&mut self, name: &str, inputs: &[&str]) -> Result<()> {
        self.push(name, LayerKind::Concat(ConcatSpec {}), inputs, Source::Nothing)
    }

    pub(super) fn dropout(&mut self, name: &str) -> Result<()> {
        self.then(name, LayerKind::Dropout(DropoutSpec { rate: 0.5 }))
    }

    /// `AdaptiveAvgPool2d` to `size` × `size`, and the flattening after it. PyTorch's windows have different sizes and overlap
    /// where the positions do not divide; then it is not a pooling that relume computes.
    pub(super) fn adaptive_pool(&mut self, name: &str, size: usize) -> Result<()> {
        let specs: Vec<LayerSpec> = self.layers.iter().map(|layer| layer.spec.clone()).collect();
        let [height, width] = self.size;
        let plan = Plan::new([3, height, width], &specs)?;
        let [_, rows, columns] = plan.layers.last().map_or([0; 3], |layer| layer.shape);
        if rows == 0 || columns == 0 || !rows.is_multiple_of(size) || !columns.is_multiple_of(size) {
            return Err(option(format!(
                "pictures of {height},{width} (height, width) become {rows} × {columns} positions before the adaptive pooling to {size} × \
                 {size}, and relume computes it only where {size} divides both: give another --size, such as 224,224"
            )));
        }
        if [rows, columns] != [size; 2] {
            self.avg_pool(name, [rows / size, columns / size])?;
        }
        self.then("flatten", LayerKind::Flatten(FlattenSpec {}))
    }

    /// A fully connected layer of the last one.
    pub(super) fn linear(&mut self, name: &str) -> Result<()> {
        self.linear_from(name, name)
    }

    fn linear_from(&mut self, name: &str, from: &str) -> Result<()> {
        let tensor = format!("{from}.weight");
        let &[out_features, _] = self.weights.shape(&tensor)? else {
            return Err(invalid(format!(
                "tensor {} is not the weight of a fully connected layer, [out, in]",
                quoted(self.weights.full_name(&tensor))
            )));
        };
        let bias = self.weights.has(&format!("{from}.bias"));
        let kind = LayerKind::Linear(LinearSpec { out_features, bias });
        let before = self.last();
        self.push(name, kind, &[&before], Source::Own { from: from.to_owned() })
    }

    /// The last layer, which fine-tuning replaces, also by a `Sequential` with one fully connected layer.
    pub(super) fn head(&mut self, name: &str) -> Result<()> {
        if self.weights.has(&format!("{name}.weight")) {
            return self.linear(name);
        }
        let inner = (0..4).map(|at| format!("{name}.{at}"));
        match inner
            .into_iter()
            .find(|inner| self.weights.has(&format!("{inner}.weight")))
        {
            Some(from) => {
                self.notes.push(format!(
                    "the last layer is {} inside a Sequential; what stands beside it has no weights, and is taken for a dropout",
                    quoted(&from)
                ));
                self.linear_from(&from, &from)
            }
            None => self.linear(name),
        }
    }

    /// All layers, with the check that each tensor is one's weight.
    pub(super) fn finish(self, Title { name, title }: Title) -> Result<Recognised> {
        let mut modules = BTreeSet::new();
        for layer in &self.layers {
            match &layer.source {
                Source::Nothing => {}
                Source::Own { from } => {
                    modules.insert(from.as_str());
                }
                Source::Folded { conv, norm, .. } => {
                    modules.extend([conv.as_str(), norm.as_str()]);
                }
            }
        }
        const PARTS: [&str; 4] = ["weight", "bias", "running_mean", "running_var"];
        let is_used = |tensor: &&str| match tensor.rsplit_once('.') {
            Some((module, part)) => PARTS.contains(&part) && modules.contains(module),
            None => false,
        };
        let is_ignored = |tensor: &&str| self.ignored.iter().any(|start| tensor.starts_with(start));
        if let Some(tensor) = self
            .weights
            .names()
            .find(|tensor| !is_used(tensor) && !is_ignored(tensor))
        {
            return Err(invalid(format!(
                "tensor {} belongs to no layer of torchvision's {title}: the network was changed, and weights do not tell how; export it as \
                 an ONNX file",
                quoted(self.weights.full_name(tensor))
            )));
        }
        let mut notes = vec![format!(
            "the weights are read as those of torchvision's {title}: its strides, poolings and activations are taken for granted, \
             because weights do not tell them"
        )];
        notes.extend(self.notes);
        Ok(Recognised {
            name,
            title,
            layers: self.layers,
            pixels: self.pixels,
            notes,
        })
    }
}
