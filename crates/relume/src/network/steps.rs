//! What a forward and a backward pass do, decided once, when the network is loaded; a pass is a plain loop over steps.
//!
//! A step is one layer, or several that one kernel computes together without a tensor between them: the fused steps below.
//! They give, to the bit, what their layers give one after the other.

use super::layers::Layer;
use crate::graph::Plan;
#[cfg(feature = "flex")]
use crate::graph::Source;

/// The steps of a network.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    /// In running order; together they cover every layer once.
    pub(super) forward: Vec<ForwardStep>,
    /// For each layer, the step that a signal at its output takes next. A backward pass can begin at any layer, so there
    /// is a step for those, too, that others pass by.
    pub(super) backward: Vec<BackwardStep>,
}

/// One step of a forward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ForwardStep {
    /// One layer.
    Layer(usize),
    /// A convolution and the ReLU after it, the next layer, if nothing else reads the convolution.
    #[cfg(feature = "flex")]
    ConvRelu(usize),
}

/// One step of a backward pass, from the output of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BackwardStep {
    /// Through the layer.
    Layer,
    /// Through the layer and then the ReLU before it.
    #[cfg(feature = "flex")]
    Gated {
        /// The ReLU.
        relu: usize,
    },
    /// Through a depthwise convolution, the ReLU before it and the pointwise convolution before that, in bands of rows.
    #[cfg(feature = "flex")]
    Bands {
        /// The ReLU.
        relu: usize,
        /// The pointwise convolution.
        pointwise: usize,
    },
}

impl Steps {
    /// One layer at a time.
    pub(super) fn plain(plan: &Plan) -> Self {
        Self {
            forward: (0..plan.layers.len()).map(ForwardStep::Layer).collect(),
            backward: vec![BackwardStep::Layer; plan.layers.len()],
        }
    }

    /// With everything fused that the kernels compute together.
    #[cfg(feature = "flex")]
    pub(super) fn fused(plan: &Plan, layers: &[Layer]) -> Self {
        let mut forward = Vec::with_capacity(layers.len());
        let mut index = 0;
        while index < layers.len() {
            if has_kernel(&layers[index]) && plan.relu_alone_after(index).is_some() {
                forward.push(ForwardStep::ConvRelu(index));
                index += 2;
            } else {
                forward.push(ForwardStep::Layer(index));
                index += 1;
            }
        }
        let backward = (0..layers.len()).map(|index| backward_step(plan, layers, index));
        Self {
            forward,
            backward: backward.collect(),
        }
    }

    /// Without the kernels there is nothing to fuse.
    #[cfg(not(feature = "flex"))]
    pub(super) fn fused(plan: &Plan, _: &[Layer]) -> Self {
        Self::plain(plan)
    }
}

#[cfg(feature = "flex")]
fn has_kernel(layer: &Layer) -> bool {
    matches!(layer, Layer::Conv2d(conv) if conv.kernel().is_some())
}

#[cfg(feature = "flex")]
fn backward_step(plan: &Plan, layers: &[Layer], index: usize) -> BackwardStep {
    let gates_before = |index: usize| {
        let fits = matches!(layers[index], Layer::GlobalAvgPool(_)) || has_kernel(&layers[index]);
        let relu = plan.relu_alone_before(index).filter(|_| fits)?;
        // Where three signals or more add up, the order of the sums must stay as it is layer by layer: no other layer may
        // stand between the two.
        let adds_up = match plan.layers[relu].sources[0] {
            Source::Layer(source) => plan.layers[source].readers > 2,
            Source::Input => true,
        };
        (relu + 1 == index || !adds_up).then_some(relu)
    };
    let Some(relu) = gates_before(index) else {
        return BackwardStep::Layer;
    };
    // Where the pointwise convolution can be passed together with a ReLU of its own, that is faster.
    let pointwise = relu.checked_sub(1).filter(|&before| {
        relu + 1 == index && plan.relu_alone_after(before).is_some() && gates_before(before).is_none() && {
            match (&layers[index], &layers[before]) {
                (Layer::Conv2d(conv), Layer::Conv2d(before)) => conv.goes_in_bands(before),
                _ => false,
            }
        }
    });
    match pointwise {
        Some(pointwise) => BackwardStep::Bands { relu, pointwise },
        None => BackwardStep::Gated { relu },
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use crate::graph::{AddSpec, Conv2dSpec, GlobalAvgPoolSpec, LayerKind, LayerSpec, ReluSpec};
    use crate::network::Trace;
    use crate::safetensors::Array;
    use crate::splitmix64::uniform;
    use crate::{Backend, Model, Network, ReluRule, Target, read, zoo};

    /// Of many kinds of layer, with several paths from the picture to the logits.
    const ODD: &[u8] = include_bytes!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/goldens/odd.model.safetensors"
    ));

    fn bits<const D: usize>(tensor: burn::tensor::Tensor<D>) -> Vec<u32> {
        let (numbers, _) = read(tensor).expect("numbers");
        numbers.into_iter().map(f32::to_bits).collect()
    }

    /// The forward pass, by fused steps and one layer at a time.
    fn traces(model: Model) -> [Trace; 2] {
        let device = Backend::Flex.device().expect("a device");
        let network = Network::new(model, &device).expect("a sound model");
        let count = network.info().input.shape.iter().product();
        let numbers = (0..count).map(|at| ((at * 7919) % 1009) as f32 / 504.5 - 1.0).collect();
        let input = network.input(numbers, &device).expect("an input");
        [true, false].map(|fused| Trace::run(&network, input.clone(), fused, &mut |_| ()))
    }

    /// Every `each`-th layer is a target, and the logits. Gives the fused steps.
    fn check(model: Model, each: usize) -> Steps {
        let [fused, plain] = traces(model);
        assert_eq!(bits(fused.logits()), bits(plain.logits()));
        let plan = fused.network().plan.clone();
        let layers = plan.layers[..=plan.logits].iter().enumerate();
        for (_, layer) in layers.filter(|(index, _)| index % each == 0 || *index == plan.logits) {
            let name = &layer.spec.name;
            assert_eq!(
                bits(fused.activation(name).expect("a layer")),
                bits(plain.activation(name).expect("a layer")),
                "{name}"
            );
            let target = Target::unit(name, 0);
            for rule in ReluRule::ALL {
                let [fused, plain] = [&fused, &plain].map(|trace| trace.backward(&target, rule).expect("a map"));
                assert!(
                    bits(fused.map().clone()) == bits(plain.map().clone()),
                    "{name} by {rule}"
                );
            }
        }
        (*fused.network().fused).clone()
    }

    /// Three layers read the first one, and between a ReLU and the depthwise layer after it stand two others; the ReLU reads the
    /// first layer itself, or by way of a pointwise one.
    fn crossed(pointwise: bool) -> Model {
        let conv = |name: &str, input: &str, size: usize, groups: usize| {
            let spec = Conv2dSpec {
                padding: [size / 2; 4],
                groups,
                ..Conv2dSpec::new(10, [size; 2])
            };
            LayerSpec::new(name, LayerKind::Conv2d(spec), &[input])
        };
        let relu = |input: &str| LayerSpec::new("r", LayerKind::Relu(ReluSpec { max: None }), &[input]);
        let mut layers = vec![conv("s", "input", 3, 1)];
        if pointwise {
            layers.extend([conv("p", "s", 1, 1), relu("p")]);
        } else {
            layers.push(relu("s"));
        }
        layers.extend([
            conv("x", "s", 3, 1),
            conv("y", "s", 3, 1),
            conv("d", "r", 3, 10),
            LayerSpec::new("sum", LayerKind::Add(AddSpec {}), &["x", "y", "d"]),
            LayerSpec::new("pool", LayerKind::GlobalAvgPool(GlobalAvgPoolSpec {}), &["sum"]),
        ]);
        let info = of_zoo("all-cnn-c").info().clone();
        let plan = Plan::new(info.input.shape, &layers).expect("a sound graph");
        let arrays = plan.layers.iter().zip(0u64..).flat_map(|(layer, seed)| {
            layer.parameters().into_iter().map(move |parameter| {
                let count: usize = parameter.shape.iter().product();
                let data = (0..count as u64).map(|at| uniform((seed << 32) + at)).collect();
                let array = Array {
                    shape: parameter.shape,
                    data,
                };
                (format!("{}.{}", layer.spec.name, parameter.name), array)
            })
        });
        Model::new(info, layers.clone(), arrays.collect()).expect("a sound model")
    }

    fn of_zoo(name: &str) -> Model {
        zoo::seeded(name, 1).expect("a network of the zoo")
    }

    #[test]
    fn fused_steps_give_what_their_layers_give_one_after_the_other() {
        check(Model::read(ODD).expect("a sound model"), 1);
        check(crossed(true), 1);
        check(crossed(false), 1);
        check(of_zoo("model-c"), 3);
        let steps = check(of_zoo("squeezenet-1.1"), 12);
        assert!(
            steps
                .backward
                .iter()
                .any(|step| matches!(step, BackwardStep::Gated { .. }))
        );
        let steps = check(of_zoo("all-cnn-c"), 5);
        assert!(steps.forward.contains(&ForwardStep::ConvRelu(0)));
        let steps = check(of_zoo("efficientnet-lite0"), 40);
        assert!(
            steps
                .backward
                .iter()
                .any(|step| matches!(step, BackwardStep::Bands { .. }))
        );
    }
}
