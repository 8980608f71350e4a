//! The operations as an extension of Burn's Flex backend, and their gradients for its Autodiff.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::TensorData;
use burn_flex::FlexTensor;

use super::conv2d;
use super::norm::{self, Sizes};
use crate::geometry::Geometry;

#[backend_extension(Autodiff, Flex)]
pub(super) trait BatchOps: Backend {
    fn batch_conv2d(x: FloatTensor<Self>, weight: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self>;

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
    fn batch_conv2d(x: FlexTensor, weight: FlexTensor, geometry: Geometry) -> FlexTensor {
        let (x, weight) = (x.to_contiguous(), weight.to_contiguous());
        let batch = x.shape()[0];
        let out = conv2d::forward(&geometry, floats(&x), floats(&weight));
        tensor(
            out,
            [batch, geometry.out_channels, geometry.output[0], geometry.output[1]],
        )
    }

    fn batch_norm_relu(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f64,
        relu: bool,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let (x, gamma, beta) = (x.to_contiguous(), gamma.to_contiguous(), beta.to_contiguous());
        let dims: [usize; 4] = x.shape().dims();
        let normalised = norm::forward(sizes(dims), floats(&x), floats(&gamma), floats(&beta), epsilon, relu);
        (
            tensor(normalised.y, dims),
            tensor(normalised.mean, [dims[1]]),
            tensor(normalised.variance, [dims[1]]),
        )
    }
}

impl<C: CheckpointStrategy> BatchOps for Autodiff<Flex, C> {
    fn batch_conv2d(x: FloatTensor<Self>, weight: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Conv2d;

        impl Backward<Flex, 2> for Conv2d {
            type State = (FlexTensor, FlexTensor, Geometry);

            fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
                let [node_x, node_weight] = ops.parents;
                let r = gradients.consume::<Flex>(&ops.node).to_contiguous();
                let (x, weight, geometry) = ops.state;
                if let Some(node) = node_x {
                    let gradient = conv2d::input_gradient(&geometry, floats(&weight), floats(&r));
                    gradients.register::<Flex>(node.id, tensor(gradient, x.shape().dims::<4>()));
                }
                if let Some(node) = node_weight {
                    let gradient = conv2d::weight_gradient(&geometry, floats(&x), floats(&r));
                    gradients.register::<Flex>(node.id, tensor(gradient, weight.shape().dims::<4>()));
                }
            }
        }

        let (kept_x, kept_weight) = (x.primitive().to_contiguous(), weight.primitive().to_contiguous());
        let out = Flex::batch_conv2d(kept_x.clone(), kept_weight.clone(), geometry);
        match Conv2d
            .prepare::<C>([x.node(), weight.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish((kept_x, kept_weight, geometry), out),
            OpsKind::UnTracked(prepared) => prepared.finish(out),
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

        /// What the way back needs.
        #[derive(Debug, Clone)]
        struct Kept {
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
                let [node_x, node_gamma, node_beta] = ops.parents;
                let r = gradients.consume::<Flex>(&ops.node).to_contiguous();
                let kept = ops.state;
                let dims: [usize; 4] = kept.x.shape().dims();
                let (of_x, of_gamma, of_beta) = norm::backward(
                    sizes(dims),
                    floats(&kept.x),
                    floats(&kept.gamma),
                    floats(&kept.beta),
                    floats(&kept.mean),
                    floats(&kept.variance),
                    kept.epsilon,
                    kept.relu,
                    floats(&r),
                );
                if let Some(node) = node_x {
                    gradients.register::<Flex>(node.id, tensor(of_x, dims));
                }
                if let Some(node) = node_gamma {
                    gradients.register::<Flex>(node.id, tensor(of_gamma, [dims[1]]));
                }
                if let Some(node) = node_beta {
                    gradients.register::<Flex>(node.id, tensor(of_beta, [dims[1]]));
                }
            }
        }

        let nodes = [x.node(), gamma.node(), beta.node()];
        let [x, gamma, beta] = [x, gamma, beta].map(|tensor| tensor.primitive().to_contiguous());
        let (y, mean, variance) = Flex::batch_norm_relu(x.clone(), gamma.clone(), beta.clone(), epsilon, relu);
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

fn sizes([_, channels, height, width]: [usize; 4]) -> Sizes {
    Sizes {
        channels,
        plane: height * width,
    }
}

fn floats(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("contiguous f32: made so before")
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}
