//! The backward pass through a ReLU that no convolution's kernel takes along.

use std::mem::MaybeUninit;

use super::epilogue::{Epilogue, OutputWriter, load_part};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// `r` and `out` are laid out as the activation in `gate`.
pub(super) fn backward(r: &[f32], gate: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
    assert_eq!(r.len(), out.len());
    dispatch(Width::best(), Job { r, gate, out });
}

struct Job<'a> {
    r: &'a [f32],
    gate: Epilogue<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let mut writer = OutputWriter::<L>::new(self.gate, self.out);
        let whole = self.r.len() - self.r.len() % L::COUNT;
        for at in (0..whole).step_by(L::COUNT) {
            writer.put([[L::load(&self.r[at..])]], at, 0, L::COUNT);
        }
        let rest = &self.r[whole..];
        if !rest.is_empty() {
            writer.put([[load_part(rest)]], whole, 0, rest.len());
        }
    }
}
