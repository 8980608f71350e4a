//! The way back through a global average pool and the ReLU before it: every pixel of a channel gets the same signal, so
//! there is nothing to do but to ask the ReLU.

use std::mem::MaybeUninit;

use super::finish::{Finish, Sink, load_part};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// `r` is one number a channel; `out` are `pixels` pixels, channels last.
pub(super) fn back(r: &[f32], pixels: usize, finish: Finish<'_>, out: &mut [MaybeUninit<f32>]) {
    assert_eq!(out.len(), pixels * r.len());
    let share: Vec<f32> = r.iter().map(|signal| signal / pixels as f32).collect();
    dispatch(
        Width::best(),
        Job {
            share: &share,
            finish,
            out,
        },
    );
}

struct Job<'a> {
    share: &'a [f32],
    finish: Finish<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let (channels, length) = (self.share.len(), self.out.len());
        let mut sink = Sink::<L>::new(self.finish, self.out);
        for pixel in (0..length).step_by(channels.max(1)) {
            for (at, share) in self.share.chunks(L::COUNT).enumerate() {
                sink.put([[load_part(share)]], pixel + at * L::COUNT, 0, share.len());
            }
        }
    }
}
