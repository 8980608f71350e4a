//! What becomes of a sum before it is stored: nothing, the ReLU behind a convolution, or the rule of the ReLU that the
//! signal meets next on its way back.

use std::mem::MaybeUninit;

use crate::lanes::Lanes;

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Finish<'a> {
    Keep,
    /// A ReLU, clipped at the limit (infinity for a plain one).
    Relu(f32),
    /// A ReLU's way back.
    Gate {
        /// What the ReLU gave on the way forward, laid out as what is stored.
        y: &'a [f32],
        /// Where it is clipped.
        limit: f32,
        /// Whether a signal passes only where the ReLU was neither silent nor clipped.
        by_input: bool,
        /// Whether only a positive signal passes.
        by_signal: bool,
    },
}

/// Where sums are stored, finished. Nothing is read from there, so nothing need be there before.
pub(super) struct Sink<'a, L> {
    low: L,
    high: L,
    /// What the ReLU gave, as long as `out`, and where it is clipped.
    gate: Option<(&'a [f32], L)>,
    out: &'a mut [MaybeUninit<f32>],
}

impl<'a, L: Lanes> Sink<'a, L> {
    #[inline(always)]
    pub(super) fn new(finish: Finish<'a>, out: &'a mut [MaybeUninit<f32>]) -> Self {
        let (low, high) = match finish {
            Finish::Keep => (f32::NEG_INFINITY, f32::INFINITY),
            Finish::Relu(limit) => (0.0, limit),
            Finish::Gate { by_signal, .. } => (if by_signal { 0.0 } else { f32::NEG_INFINITY }, f32::INFINITY),
        };
        let gate = match finish {
            Finish::Gate {
                y,
                limit,
                by_input: true,
                ..
            } => {
                assert_eq!(y.len(), out.len(), "what went forward is laid out as what comes back");
                Some((y, L::splat(limit)))
            }
            _ => None,
        };
        Self {
            low: L::splat(low),
            high: L::splat(high),
            gate,
            out,
        }
    }

    /// Stores `P` pixels, `column` apart from `at` on: `count` channels of each, or all that `K` registers hold.
    #[inline(always)]
    pub(super) fn put<const P: usize, const K: usize>(
        &mut self,
        sums: [[L; K]; P],
        at: usize,
        column: usize,
        count: usize,
    ) {
        if count < K * L::COUNT {
            return self.put_parts(sums, at, column, count);
        }
        assert!(
            at + (P - 1) * column + K * L::COUNT <= self.out.len(),
            "every pixel lies in the picture"
        );
        for (p, sums) in sums.into_iter().enumerate() {
            for (j, sum) in sums.into_iter().enumerate() {
                let at = at + p * column + j * L::COUNT;
                let mut value = sum.at_least(self.low).at_most(self.high);
                // SAFETY: asserted above for the last register of the last pixel; `y` is as long as `out`.
                unsafe {
                    if let Some((y, limit)) = self.gate {
                        value = value.where_between(L::load_at(y.as_ptr().add(at)), limit);
                    }
                    value.store_at(self.out.as_mut_ptr().add(at).cast());
                }
            }
        }
    }

    /// Stores 0 in `count` channels at `at`: what no tap reaches. No ReLU and no rule makes anything else of it.
    #[inline(always)]
    pub(super) fn put_nothing(&mut self, at: usize, count: usize) {
        self.out[at..at + count].fill(MaybeUninit::new(0.0));
    }

    /// [`put`](Self::put) where the last register is not filled.
    #[inline(always)]
    fn put_parts<const P: usize, const K: usize>(&mut self, sums: [[L; K]; P], at: usize, column: usize, count: usize) {
        for (p, sums) in sums.into_iter().enumerate() {
            for (j, sum) in sums.into_iter().enumerate() {
                let first = at + p * column + j * L::COUNT;
                let last = first.max(at + p * column + count.min((j + 1) * L::COUNT));
                let mut value = sum.at_least(self.low).at_most(self.high);
                if let Some((y, limit)) = self.gate {
                    value = value.where_between(load_part(&y[first..last]), limit);
                }
                let mut whole = [0.0; 16];
                value.store(&mut whole);
                self.out[first..last].write_copy_of_slice(&whole[..last - first]);
            }
        }
    }
}

/// As many numbers as `from` has, zeros behind them.
#[inline(always)]
pub(super) fn load_part<L: Lanes>(from: &[f32]) -> L {
    let mut whole = [0.0; 16];
    whole[..from.len()].copy_from_slice(from);
    L::load(&whole)
}
