//! A ReLU that no other kernel takes along.

use std::mem::MaybeUninit;

use burn::tensor::Tensor;

use crate::epilogue::{After, Epilogue, OutputWriter, load};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};
use crate::layout::{floats, picture, pixels};
use crate::{GatedRelu, uninit_vec};

/// A ReLU of one picture, `[1, C, H, W]`, clipped at `limit` (infinity for a plain one).
///
/// # Panics
/// If the tensor is not f32, lies on another device than Flex's, or is tracked by autodiff.
#[must_use]
pub fn relu(x: Tensor<4>, limit: f32) -> Tensor<4> {
    pass(x, After::Relu(limit))
}

/// The signal for the input of a ReLU by the rule that is its gate, given the signal `r` for its output, of one shape.
///
/// # Panics
/// If the shapes differ, a tensor is not f32, lies on another device than Flex's, or is tracked by autodiff.
#[must_use]
pub fn relu_backward(r: Tensor<4>, relu: GatedRelu) -> Tensor<4> {
    pass(r, After::Gate(relu))
}

fn pass(x: Tensor<4>, after: After) -> Tensor<4> {
    let [_, channels, height, width] = x.dims();
    let x = pixels(x);
    let x = floats(&x);
    let out = after.with([channels, height, width], |epilogue| {
        // SAFETY: it writes every number.
        unsafe { uninit_vec(x.len(), |out| store(Width::best(), x, epilogue, out)) }
    });
    picture(out, [channels, height, width])
}

/// Stores `x` by `epilogue`, number by number.
pub(crate) fn store(width: Width, x: &[f32], epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
    assert_eq!(x.len(), out.len());
    dispatch(width, Job { x, epilogue, out });
}

struct Job<'a> {
    x: &'a [f32],
    epilogue: Epilogue<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let mut writer = OutputWriter::<L>::new(self.epilogue, self.out);
        for (at, x) in self.x.chunks(L::COUNT).enumerate() {
            writer.put([[load(x)]], at * L::COUNT, 0, x.len());
        }
    }
}
