//! The backward pass through a global average pool and the ReLU before it: every pixel of a channel gets the same signal,
//! so there is nothing to do but to ask the ReLU.

use std::mem::MaybeUninit;

use super::epilogue::{Epilogue, OutputWriter, load_part};
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// `r` is one number a channel; `out` are `pixels` pixels, channels last.
pub(super) fn backward(r: &[f32], pixels: usize, epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
    assert_eq!(out.len(), pixels * r.len());
    let share: Vec<f32> = r.iter().map(|signal| signal / pixels as f32).collect();
    let job = Job {
        share: &share,
        epilogue,
        out,
    };
    dispatch(Width::best(), job);
}

struct Job<'a> {
    share: &'a [f32],
    epilogue: Epilogue<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Job<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let (channels, length) = (self.share.len(), self.out.len());
        let mut writer = OutputWriter::<L>::new(self.epilogue, self.out);
        for pixel in (0..length).step_by(channels.max(1)) {
            for (at, share) in self.share.chunks(L::COUNT).enumerate() {
                writer.put([[load_part(share)]], pixel + at * L::COUNT, 0, share.len());
            }
        }
    }
}
