//! Convolution of one picture and its backward pass, channels last, on vector registers.
//!
//! A [`Convolution`] keeps its weights twice, packed for each direction on first use: that takes about as long as
//! running it once (a fully connected layer reads its weights as they are). Tensors are `[1, C, H, W]` as
//! everywhere, but what it gives has its channels last in memory, and what it takes it wants that way: a chain of
//! convolutions never converts between the two.

mod algorithm;
mod bands;
mod dense;
mod depthwise;
mod direct;
mod narrow;
mod pack;
mod peak;
mod phases;
mod strip;
#[cfg(test)]
mod tests;
mod tile;
mod winograd;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::Tensor;

pub use self::peak::multiply_add_in_registers;

use self::algorithm::{Algorithm, Direction};
use self::bands::BAND;
use self::narrow::Narrow;
use crate::elementwise::Affine;
use crate::epilogue::Epilogue;
use crate::geometry::Geometry;
use crate::lanes::Width;
use crate::layout::{Source, flex, floats, picture, pixels};
use crate::{After, GatedRelu, uninit_vec};

/// A convolution of one picture, with weights packed for both directions.
#[derive(Debug)]
pub struct Convolution {
    geometry: Geometry,
    width: Width,
    forward: Packed,
    backward: Packed,
}

/// One direction, packed from certain weights: as they are, and with a batch normalisation.
#[derive(Debug, Default)]
struct Packed(Mutex<[Option<Entry>; 2]>);

/// What was packed: from which weights, with which batch normalisation.
#[derive(Debug)]
struct Entry {
    source: Source,
    norm: Option<Arc<Affine>>,
    algorithm: Arc<Algorithm>,
}

/// What a convolution multiplies by and adds.
#[derive(Debug, Clone)]
pub struct Weights {
    /// `[O, C / groups, kh, kw]`
    pub weight: Tensor<4>,
    /// `[O]`
    pub bias: Option<Tensor<1>>,
    /// The batch normalisation after the convolution, which is computed with it.
    pub norm: Option<Arc<Affine>>,
}

impl Convolution {
    /// `None` if the kernels are not made for this convolution: more weights than may well be packed, a backward pass that is
    /// far more work than the forward pass. Also if the sizes do not fit together.
    #[must_use]
    pub fn new(geometry: Geometry) -> Option<Self> {
        let known = geometry.is_consistent() && (dense::suits(&geometry) || geometry.suits_packing());
        known.then(|| Self {
            geometry,
            width: Width::best(),
            forward: Packed::default(),
            backward: Packed::default(),
        })
    }

    /// Whether an input has the sizes that [`forward`](Self::forward) takes.
    #[must_use]
    pub fn takes(&self, dims: [usize; 4]) -> bool {
        let g = &self.geometry;
        dims == [1, g.channels, g.input[0], g.input[1]]
    }

    /// `x` is `[1, C, height, width]`; gives `[1, O, oh, ow]`, clipped to 0 and `relu`'s value from above if there is one
    /// (infinity for a plain ReLU).
    ///
    /// # Panics
    /// If the sizes are not the geometry's, the tensors are not f32, lie on another device than Flex's, or are tracked
    /// by autodiff.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>, weights: &Weights, relu: Option<f32>) -> Tensor<4> {
        let g = &self.geometry;
        assert!(self.takes(x.dims()), "the input");
        let x = pixels(x);
        let bias = self.bias(weights);
        let epilogue = relu.map_or(Epilogue::None, Epilogue::Relu);
        let shape = [g.out_channels, g.output[0], g.output[1]];
        if dense::suits(g) {
            self.check(weights);
            let weight = flex(weights.weight.clone()).to_contiguous();
            let scale = weights.norm.as_ref().map(|norm| &*norm.scale);
            // SAFETY: it writes all outputs.
            let out = unsafe {
                uninit_vec(g.out_channels, |out| {
                    dense::forward(self.width, floats(&x), floats(&weight), scale, &bias, epilogue, out);
                })
            };
            return picture(out, shape);
        }
        let algorithm = self.algorithm(Direction::Forward, weights);
        // SAFETY: an algorithm writes every number of its output: each pixel belongs to one phase, to one tile or to one row
        // of a grid. The tests have it write into memory filled with NaN.
        let out = unsafe { uninit_vec(g.output_len(), |out| algorithm.fill(floats(&x), &bias, epilogue, out)) };
        picture(out, shape)
    }

    /// The gradient for the input, `[1, C, height, width]`, given the gradient `r` for the output, `[1, O, oh, ow]`, and
    /// through the ReLU before the convolution, if one is given.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    #[must_use]
    pub fn backward(&self, r: Tensor<4>, weights: &Weights, relu: Option<GatedRelu>) -> Tensor<4> {
        let g = &self.geometry;
        self.check_gradient(&r);
        let r = pixels(r);
        let input = [g.channels, g.input[0], g.input[1]];
        let out = relu.map_or(After::Nothing, After::Gate).with(input, |epilogue| {
            if dense::suits(g) {
                self.check(weights);
                let weight = flex(weights.weight.clone()).to_contiguous();
                let r = scaled(floats(&r), weights.norm.as_deref(), 1);
                // SAFETY: it writes all inputs.
                return unsafe {
                    uninit_vec(g.input_len(), |out| {
                        dense::backward(self.width, &r, floats(&weight), epilogue, out);
                    })
                };
            }
            let algorithm = self.algorithm(Direction::Backward, weights);
            // SAFETY: as in `forward`.
            unsafe { uninit_vec(g.input_len(), |out| algorithm.fill(floats(&r), &[], epilogue, out)) }
        });
        picture(out, input)
    }

    /// Whether [`backward_in_bands`](Self::backward_in_bands) computes the backward pass through this convolution, a ReLU
    /// before it and the convolution `before` that: it is made for a depthwise convolution after a pointwise one.
    #[must_use]
    pub fn goes_in_bands(&self, before: &Self) -> bool {
        let (own, other) = (&self.geometry, &before.geometry);
        own.is_depthwise()
            && other.is_pointwise()
            && !dense::suits(other)
            && !Narrow::suits(other.out_channels, other.channels, before.width)
            && (own.channels, own.input) == (other.out_channels, other.output)
    }

    /// [`backward`](Self::backward) through this convolution and the ReLU before it, and then through `before`, the
    /// convolution before that, for whose input the gradient is: the same numbers, without a tensor between the two.
    ///
    /// # Panics
    /// As [`forward`](Self::forward), and if [`goes_in_bands`](Self::goes_in_bands) says no.
    #[must_use]
    pub fn backward_in_bands(
        &self,
        r: Tensor<4>,
        weights: &Weights,
        relu: GatedRelu,
        before: &Self,
        before_weights: &Weights,
    ) -> Tensor<4> {
        assert!(
            self.goes_in_bands(before),
            "a depthwise convolution after a pointwise one"
        );
        self.check_gradient(&r);
        let r = pixels(r);
        let algorithms = (
            self.algorithm(Direction::Backward, weights),
            before.algorithm(Direction::Backward, before_weights),
        );
        let (Algorithm::Depthwise(depthwise), Algorithm::Direct(pointwise)) = (&*algorithms.0, &*algorithms.1) else {
            unreachable!("their geometries were asked")
        };
        let g = &self.geometry;
        let out = After::Gate(relu).with([g.channels, g.input[0], g.input[1]], |gate| {
            // SAFETY: it writes every row.
            unsafe {
                uninit_vec(before.geometry.input_len(), |out| {
                    bands::backward(depthwise, gate, pointwise, floats(&r), BAND, out);
                })
            }
        });
        let g = &before.geometry;
        picture(out, [g.channels, g.input[0], g.input[1]])
    }

    fn check(&self, weights: &Weights) {
        let Geometry {
            channels,
            out_channels,
            kernel: [kh, kw],
            groups,
            ..
        } = self.geometry;
        let dims = weights.weight.dims();
        assert_eq!(dims, [out_channels, channels / groups, kh, kw], "the weight");
        let norm = weights.norm.as_ref();
        assert!(norm.is_none_or(|norm| norm.scale.len() == out_channels), "the norm");
    }

    fn check_gradient(&self, r: &Tensor<4>) {
        let g = &self.geometry;
        assert_eq!(r.dims(), [1, g.out_channels, g.output[0], g.output[1]], "the gradient");
    }

    /// One number an output channel.
    fn bias(&self, weights: &Weights) -> Vec<f32> {
        let channels = self.geometry.out_channels;
        let mut bias = weights.bias.clone().map_or_else(
            || vec![0.0; channels],
            |bias| floats(&flex(bias).to_contiguous()).to_vec(),
        );
        assert_eq!(bias.len(), channels, "the bias");
        if let Some(norm) = &weights.norm {
            for (bias, (scale, shift)) in bias.iter_mut().zip(norm.scale.iter().zip(&norm.shift)) {
                *bias = *bias * scale + shift;
            }
        }
        bias
    }

    /// The packed weights of a direction, packed now if they are others than the last time.
    fn algorithm(&self, direction: Direction, weights: &Weights) -> Arc<Algorithm> {
        self.check(weights);
        let weight = flex(weights.weight.clone()).to_contiguous();
        let (source, norm) = (Source::of(&weight), weights.norm.as_ref());
        let Packed(packed) = match direction {
            Direction::Forward => &self.forward,
            Direction::Backward => &self.backward,
        };
        // What a poisoned lock holds is whole: it is put there in one step.
        let packed = &mut packed.lock().unwrap_or_else(PoisonError::into_inner)[usize::from(norm.is_some())];
        let same =
            |entry: &&Entry| entry.source == source && entry.norm.as_ref().map(Arc::as_ptr) == norm.map(Arc::as_ptr);
        if let Some(entry) = packed.as_ref().filter(same) {
            return entry.algorithm.clone();
        }
        let g = &self.geometry;
        let weight = scaled(
            floats(&weight),
            norm.map(AsRef::as_ref),
            g.weight_len() / g.out_channels,
        );
        let algorithm = Arc::new(Algorithm::new(g, self.width, direction, &weight));
        *packed = Some(Entry {
            source,
            norm: norm.cloned(),
            algorithm: algorithm.clone(),
        });
        algorithm
    }
}

/// `each` numbers for an output channel, times its factor.
fn scaled<'a>(numbers: &'a [f32], norm: Option<&Affine>, each: usize) -> Cow<'a, [f32]> {
    let Some(norm) = norm else {
        return numbers.into();
    };
    let channels = numbers.chunks_exact(each).zip(&norm.scale);
    channels
        .flat_map(|(numbers, scale)| numbers.iter().map(move |number| number * scale))
        .collect()
}
