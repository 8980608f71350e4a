//! The operations as an extension of Burn's Flex backend, and their gradients for its Autodiff.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::TensorData;
use burn_flex::FlexTensor;

use super::batch_norm::{self, Channels};
use super::mixed_precision::Unit;
use super::{conv2d, max_pool2d, mixed_precision};
use relume_kernels::Geometry;
use relume_kernels::layout::{channels_first, channels_last, floats};

#[backend_extension(Autodiff, Flex)]
pub(super) trait BatchOps: Backend {
    /// In mixed precision on `unit`, or in f32 if there is none.
    fn batch_conv2d(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
        unit: Option<Unit>,
    ) -> FloatTensor<Self>;

    fn batch_max_pool2d(x: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self>;

    /// Output, mean, variance.
    fn batch_norm_relu(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        relu: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl BatchOps for Flex {
    fn batch_conv2d(x: FlexTensor, weight: FlexTensor, geometry: Geometry, unit: Option<Unit>) -> FlexTensor {
        let (x, weight) = (channels_last(&x), weight.to_contiguous());
        let batch = x.shape()[0];
        let out = match unit {
            Some(unit) => mixed_precision::forward(&geometry, unit, floats(&x), floats(&weight)),
            None => conv2d::forward(&geometry, floats(&x), floats(&weight)),
        };
        let [height, width] = geometry.output;
        channels_first(out, [batch, geometry.out_channels, height, width])
    }

    fn batch_max_pool2d(x: FlexTensor, geometry: Geometry) -> FlexTensor {
        pooled(&channels_last(&x), &geometry).0
    }

    fn batch_norm_relu(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f64,
        relu: bool,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let dims: [usize; 4] = x.shape().dims();
        let (x, gamma, beta) = (channels_last(&x), gamma.to_contiguous(), beta.to_contiguous());
        let normalised = batch_norm::forward(floats(&x), channels(&gamma, &beta, epsilon), relu);
        (
            channels_first(normalised.y, dims),
            tensor(normalised.mean, [dims[1]]),
            tensor(normalised.variance, [dims[1]]),
        )
    }
}

impl<C: CheckpointStrategy> BatchOps for Autodiff<Flex, C> {
    fn batch_conv2d(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
        unit: Option<Unit>,
    ) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Conv2d;

        impl Backward<Flex, 2> for Conv2d {
            type State = (FlexTensor, FlexTensor, Geometry, Option<Unit>);

            fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
                let [node_x, node_weight] = ops.parents;
                let r = channels_last(&gradients.consume::<Flex>(&ops.node));
                let (x, weight, geometry, unit) = ops.state;
                if let Some(node) = node_x {
                    let gradient = match unit {
                        Some(unit) => mixed_precision::input_gradient(&geometry, unit, floats(&weight), floats(&r)),
                        None => conv2d::input_gradient(&geometry, floats(&weight), floats(&r)),
                    };
                    let [batch, height, width, channels] = x.shape().dims();
                    gradients.register::<Flex>(node.id, channels_first(gradient, [batch, channels, height, width]));
                }
                if let Some(node) = node_weight {
                    let gradient = match unit {
                        Some(unit) => mixed_precision::weight_gradient(&geometry, unit, floats(&x), floats(&r)),
                        None => conv2d::weight_gradient(&geometry, floats(&x), floats(&r)),
                    };
                    gradients.register::<Flex>(node.id, tensor(gradient, weight.shape().dims::<4>()));
                }
            }
        }

        let (x_node, weight_node) = (x.node(), weight.node());
        let (x, weight) = (channels_last(x.primitive()), weight.primitive().to_contiguous());
        let out = Flex::batch_conv2d(x.permute(&[0, 3, 1, 2]), weight.clone(), geometry, unit);
        let kept = (x, weight, geometry, unit);
        match Conv2d.prepare::<C>([x_node, weight_node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(kept, out),
            OpsKind::UnTracked(prepared) => prepared.finish(out),
        }
    }

    fn batch_max_pool2d(x: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct MaxPool2d;

        impl Backward<Flex, 1> for MaxPool2d {
            type State = (Arc<[u32]>, Geometry);

            fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
                let [node] = ops.parents;
                let r = channels_last(&gradients.consume::<Flex>(&ops.node));
                let (switches, g) = ops.state;
                if let Some(node) = node {
                    let gradient = max_pool2d::backward(&g, &switches, floats(&r));
                    let [height, width] = g.input;
                    let shape = [r.shape()[0], g.channels, height, width];
                    gradients.register::<Flex>(node.id, channels_first(gradient, shape));
                }
            }
        }

        let node = x.node();
        let (y, switches) = pooled(&channels_last(x.primitive()), &geometry);
        match MaxPool2d.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((switches.into(), geometry), y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    fn batch_norm_relu(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        relu: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        #[derive(Debug)]
        struct BatchNorm;

        /// What the backward pass needs.
        #[derive(Debug, Clone)]
        struct Kept {
            /// Channels last.
            x: FlexTensor,
            gamma: FlexTensor,
            beta: FlexTensor,
            mean: FlexTensor,
            variance: FlexTensor,
            epsilon: f64,
            relu: bool,
        }

        impl Backward<Flex, 3> for BatchNorm {
            type State = Kept;

            fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
                let r = channels_last(&gradients.consume::<Flex>(&ops.node));
                let kept = ops.state;
                let [batch, height, width, count] = kept.x.shape().dims();
                let (of_x, of_gamma, of_beta) = batch_norm::backward(
                    floats(&kept.x),
                    channels(&kept.gamma, &kept.beta, kept.epsilon),
                    floats(&kept.mean),
                    floats(&kept.variance),
                    kept.relu,
                    floats(&r),
                );
                let of_x = channels_first(of_x, [batch, count, height, width]);
                let all = [of_x, tensor(of_gamma, [count]), tensor(of_beta, [count])];
                for (node, gradient) in ops.parents.into_iter().zip(all) {
                    if let Some(node) = node {
                        gradients.register::<Flex>(node.id, gradient);
                    }
                }
            }
        }

        let nodes = [x.node(), gamma.node(), beta.node()];
        let [gamma, beta] = [gamma, beta].map(|tensor| tensor.primitive().to_contiguous());
        let x = channels_last(x.primitive());
        let first = x.permute(&[0, 3, 1, 2]);
        let (y, mean, variance) = Flex::batch_norm_relu(first, gamma.clone(), beta.clone(), epsilon, relu);
        let kept = Kept {
            x,
            gamma,
            beta,
            mean: mean.clone(),
            variance: variance.clone(),
            epsilon,
            relu,
        };
        let y = match BatchNorm.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(kept, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        };
        (y, FloatTensor::<Self>::new(mean), FloatTensor::<Self>::new(variance))
    }
}

/// The pooled values and their switches; `x` is `[N, H, W, C]`.
fn pooled(x: &FlexTensor, g: &Geometry) -> (FlexTensor, Vec<u32>) {
    let (y, switches) = max_pool2d::forward(g, floats(x));
    let [height, width] = g.output;
    (channels_first(y, [x.shape()[0], g.channels, height, width]), switches)
}

fn channels<'a>(gamma: &'a FlexTensor, beta: &'a FlexTensor, epsilon: f64) -> Channels<'a> {
    Channels {
        gamma: floats(gamma),
        beta: floats(beta),
        epsilon,
    }
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}
