//! The sum of two pictures.

use std::mem::MaybeUninit;

use burn::tensor::Tensor;

use crate::epilogue::{After, Epilogue, OutputWriter, load};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};
use crate::layout::{floats, picture, pixels};
use crate::uninit_vec;

/// `a + b`, `[1, C, H, W]`, and what comes after it.
///
/// # Panics
/// If the shapes differ, a tensor is not f32, lies on another device than Flex's, or is tracked by autodiff.
#[must_use]
pub fn sum(a: Tensor<4>, b: Tensor<4>, after: After) -> Tensor<4> {
    let [_, channels, height, width] = a.dims();
    assert_eq!(a.dims(), b.dims(), "two pictures of one shape");
    let (a, b) = (pixels(a), pixels(b));
    let (a, b) = (floats(&a), floats(&b));
    let out = after.with([channels, height, width], |epilogue| {
        // SAFETY: it writes every number.
        unsafe { uninit_vec(a.len(), |out| add(Width::best(), a, b, epilogue, out)) }
    });
    picture(out, [channels, height, width])
}

pub(super) fn add(width: Width, a: &[f32], b: &[f32], epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
    assert_eq!([a.len(), b.len()], [out.len(); 2]);
    dispatch(width, Job { a, b, epilogue, out });
}

/// How many registers of numbers are added up at a time.
const REGISTERS: usize = 4;

struct Job<'a> {
    a: &'a [f32],
    b: &'a [f32],
    epilogue: Epilogue<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let mut writer = OutputWriter::<L>::new(self.epilogue, self.out);
        let each = REGISTERS * L::COUNT;
        let (whole, rest) = self.a.split_at(self.a.len() / each * each);
        let (other, other_rest) = self.b.split_at(whole.len());
        for (at, (a, b)) in whole.chunks_exact(each).zip(other.chunks_exact(each)).enumerate() {
            let mut sums = [L::splat(0.0); REGISTERS];
            for (register, sum) in sums.iter_mut().enumerate() {
                *sum = L::load(&a[register * L::COUNT..]).add(L::load(&b[register * L::COUNT..]));
            }
            writer.put([sums], at * each, 0, each);
        }
        for (at, (a, b)) in rest.chunks(L::COUNT).zip(other_rest.chunks(L::COUNT)).enumerate() {
            writer.put([[load::<L>(a).add(load(b))]], whole.len() + at * L::COUNT, 0, a.len());
        }
    }
}
