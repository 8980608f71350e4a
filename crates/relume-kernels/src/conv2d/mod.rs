//! Convolution of one picture and its backward pass, channels last, on vector registers.
//!
//! A [`Convolution`] packs its weights on first use, once for both directions: the backward pass swaps their rows and columns as
//! it goes (a fully connected layer reads its weights as they are). [`keeping`](Convolution::keeping) packs them beforehand, so
//! that nobody else needs to keep them. Tensors are `[1, C, H, W]` as
//! everywhere, but what it gives has its channels last in memory, and what it takes it wants that way: a chain of
//! convolutions never converts between the two.

mod algorithm;
mod arithmetic_peak;
mod bands;
mod dense;
mod depthwise;
mod depthwise_inner_loop;
mod direct;
mod few_channels;
mod narrow;
mod packed;
mod packed_cache;
mod patches;
mod phases;
#[cfg(test)]
mod tests;
mod tile;
mod weights;
mod winograd;

use std::sync::Arc;

use burn::tensor::Tensor;
use burn_flex::FlexTensor;

pub use self::arithmetic_peak::multiply_add_in_registers;

use self::algorithm::Algorithm;
use self::bands::BAND;
use self::few_channels::FewChannels;
use self::narrow::Narrow;
use self::packed_cache::PackedCache;
use self::patches::Patches;
use crate::concat_output::ConcatOutput;
use crate::elementwise::Affine;
use crate::epilogue::Epilogue;
use crate::geometry::Geometry;
use crate::lanes::Width;
use crate::layout::{PixelRows, flex, floats, picture, pixels, tensor};
use crate::pixels::{Pixels, PixelsOut};
use crate::{After, GatedRelu, uninit_vec};

/// A convolution of one picture, with packed weights.
#[derive(Debug)]
pub struct Convolution {
    geometry: Geometry,
    width: Width,
    packed: PackedCache,
}

/// What a convolution multiplies by and adds.
#[derive(Debug, Clone)]
pub struct Weights {
    /// `[O, C / groups, kh, kw]`; nothing for those that the convolution [keeps](Convolution::keeping).
    pub weight: Option<Tensor<4>>,
    /// `[O]`
    pub bias: Option<Tensor<1>>,
    /// The batch normalisation after the convolution, which is computed with it.
    pub norm: Option<Arc<Affine>>,
}

impl Convolution {
    /// `None` if the sizes do not fit together, or a count of numbers overflows.
    #[must_use]
    pub fn new(geometry: Geometry) -> Option<Self> {
        geometry.fits().then(|| Self {
            geometry,
            width: Width::best(),
            packed: PackedCache::default(),
        })
    }

    /// The same convolution, which keeps these weights itself, packed: its calls then take [`Weights`] without a `weight`. `None`
    /// where the kernels read weights unpacked (fully connected and depthwise layers, inputs of three channels, and what packing does not
    /// suit), or where the weights could not be recovered from the packed ones.
    ///
    /// # Panics
    /// If the sizes are not the geometry's, or as [`forward`](Self::forward).
    #[must_use]
    pub fn keeping(&self, weights: &Weights) -> Option<Self> {
        if patches::suits(&self.geometry) {
            return None;
        }
        self.check(weights);
        Some(Self {
            geometry: self.geometry,
            width: self.width,
            packed: PackedCache::keeping(&self.geometry, self.width, weights)?,
        })
    }

    /// Whether it [keeps](Self::keeping) its weights.
    #[must_use]
    pub const fn keeps_weights(&self) -> bool {
        self.packed.keeps()
    }

    /// The weights that it keeps, `[O, C / groups, kh, kw]`: those that it was given, to rounding if there is a batch
    /// normalisation.
    #[must_use]
    pub fn kept_weight(&self) -> Option<Tensor<4>> {
        let g = &self.geometry;
        let [height, width] = g.kernel;
        let values = self.packed.weight(g)?;
        let shape = [g.out_channels, g.channels / g.groups, height, width];
        Some(tensor(values, shape))
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
        let shape = [g.out_channels, g.output[0], g.output[1]];
        if patches::suits(g) {
            assert!(self.takes(x.dims()), "the input");
            let (x, bias) = (pixels(x), self.bias(weights));
            let weight = self.weight(weights);
            let patches = self.patches(&weight, weights);
            let epilogue = epilogue(relu);
            // SAFETY: it writes all outputs.
            let out = unsafe { uninit_vec(g.output_len(), |out| patches.forward(floats(&x), &bias, epilogue, out)) };
            return picture(out, shape);
        }
        let pitch = g.out_channels;
        let fill = |numbers: &mut [_]| self.fill(x, weights, relu, Pixels { numbers, pitch });
        // SAFETY: without gaps, what `fill` writes is all there is.
        picture(unsafe { uninit_vec(g.output_len(), fill) }, shape)
    }

    /// [`forward`](Self::forward) of `x`, `[1, C, height, width]`, written to channels `first..first + O` of a concatenation's output.
    ///
    /// # Panics
    /// As [`forward`](Self::forward); if `output` has another height or width, or these channels are out of range or already written.
    pub fn forward_into(
        &self,
        x: Tensor<4>,
        weights: &Weights,
        relu: Option<f32>,
        output: &mut ConcatOutput,
        first: usize,
    ) {
        let g = &self.geometry;
        if patches::suits(g) || !self.algorithms(weights)[0].writes_with_gaps() {
            return output.copy(self.forward(x, weights, relu), first);
        }
        assert_eq!(output.size(), g.output, "pictures of one size");
        // SAFETY: `fill` writes all of its channels in every pixel.
        unsafe { output.write(first..first + g.out_channels, |out| self.fill(x, weights, relu, out)) }
    }

    /// Writes each of its channels in every pixel of `out`: each pixel belongs to one phase, to one tile or to one row of a grid. The tests have it
    /// write into memory filled with NaN.
    fn fill(&self, x: Tensor<4>, weights: &Weights, relu: Option<f32>, out: PixelsOut<'_>) {
        assert!(self.takes(x.dims()), "the input");
        let [forward, _] = &*self.algorithms(weights);
        forward.fill(PixelRows::of(x).pixels(), &self.bias(weights), epilogue(relu), out);
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
        let r = PixelRows::of(r);
        let r = r.pixels();
        let input = [g.channels, g.input[0], g.input[1]];
        let out = relu.map_or(After::Nothing, After::Gate).with(input, |epilogue| {
            if patches::suits(g) {
                let weight = self.weight(weights);
                let patches = self.patches(&weight, weights);
                // SAFETY: it writes all inputs.
                return unsafe {
                    uninit_vec(g.input_len(), |out| {
                        patches.backward(&r.without_gaps(g.out_channels), epilogue, out);
                    })
                };
            }
            if let Some(few) = FewChannels::of(g, r) {
                let weight = self.weight_of(few.channels(), weights);
                // SAFETY: as in `forward`.
                return unsafe { uninit_vec(g.input_len(), |out| few.backward(self.width, &weight, epilogue, out)) };
            }
            let [_, backward] = &*self.algorithms(weights);
            let pitch = g.channels;
            let fill = |numbers: &mut [_]| backward.fill(r, &[], epilogue, Pixels { numbers, pitch });
            // SAFETY: as in `forward`.
            unsafe { uninit_vec(g.input_len(), fill) }
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
            && ![own, other].into_iter().any(patches::suits)
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
        let algorithms = (self.algorithms(weights), before.algorithms(before_weights));
        let ([_, Algorithm::Depthwise(depthwise)], [_, Algorithm::Direct(pointwise)]) =
            (&*algorithms.0, &*algorithms.1)
        else {
            unreachable!("their geometries were asked")
        };
        let pointwise = pointwise.ready();
        let g = &self.geometry;
        let out = After::Gate(relu).with([g.channels, g.input[0], g.input[1]], |gate| {
            // SAFETY: it writes every row.
            unsafe {
                uninit_vec(before.geometry.input_len(), |out| {
                    bands::backward(depthwise, gate, &pointwise, floats(&r), BAND, out);
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
        if let Some(weight) = &weights.weight {
            let dims = weight.dims();
            assert_eq!(dims, [out_channels, channels / groups, kh, kw], "the weight");
        }
        assert!(weights.weight.is_some() != self.keeps_weights(), "its weights");
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

    /// With the weights packed, now if they are others than the last time.
    fn algorithms(&self, weights: &Weights) -> Arc<[Algorithm; 2]> {
        self.check(weights);
        self.packed.algorithms(&self.geometry, self.width, weights)
    }

    fn patches<'a>(&'a self, weight: &'a FlexTensor, weights: &'a Weights) -> Patches<'a> {
        Patches {
            width: self.width,
            geometry: &self.geometry,
            weight: floats(weight),
            scale: weights.norm.as_ref().map(|norm| &*norm.scale),
        }
    }

    /// The weights as they are.
    fn weight(&self, weights: &Weights) -> FlexTensor {
        self.check(weights);
        let weight = weights.weight.clone().expect("weights that are not packed");
        flex(weight).to_contiguous()
    }

    /// The weights of these output channels, `[channels, C / groups, kh, kw]`, each one's multiplied by its factor if there is a
    /// batch normalisation.
    fn weight_of(&self, channels: &[usize], weights: &Weights) -> Vec<f32> {
        if self.keeps_weights() {
            let [forward, _] = &*self.algorithms(weights);
            let packed = forward.packed().expect("packed weights");
            return channels
                .iter()
                .flat_map(|&channel| packed.of_channel(channel))
                .collect();
        }
        let weight = self.weight(weights);
        let rows = floats(&weight).chunks_exact(self.geometry.weight_len() / self.geometry.out_channels);
        let rows: Vec<&[f32]> = rows.collect();
        let each = channels.iter().flat_map(|&channel| {
            let factor = weights.norm.as_ref().map_or(1.0, |norm| norm.scale[channel]);
            rows[channel].iter().map(move |weight| weight * factor)
        });
        each.collect()
    }
}

/// Of a ReLU that is clipped at `limit`, if there is one.
fn epilogue(limit: Option<f32>) -> Epilogue<'static> {
    limit.map_or(Epilogue::None, Epilogue::Relu)
}
