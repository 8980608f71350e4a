//! What becomes of a sum before it is stored: nothing, the ReLU behind a convolution, or the rule of the ReLU that the
//! signal meets next on its way back.

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

impl Finish<'_> {
    /// Stores `value` at `at`: its first `count` numbers, which may be fewer than a register has.
    #[inline(always)]
    pub(super) fn store<L: Lanes>(&self, value: L, out: &mut [f32], at: usize, count: usize) {
        if count >= L::COUNT {
            self.apply(value, |y| L::load(&y[at..])).store(&mut out[at..]);
        } else {
            self.store_part(value, &mut out[at..at + count], at);
        }
    }

    #[inline(always)]
    fn store_part<L: Lanes>(&self, value: L, out: &mut [f32], at: usize) {
        let value = self.apply(value, |y| load_part(&y[at..at + out.len()]));
        let mut whole = [0.0; 16];
        value.store(&mut whole);
        out.copy_from_slice(&whole[..out.len()]);
    }

    #[inline(always)]
    fn apply<L: Lanes>(&self, value: L, y: impl Fn(&[f32]) -> L) -> L {
        match *self {
            Finish::Keep => value,
            Finish::Relu(limit) => value.positive().at_most(L::splat(limit)),
            Finish::Gate {
                y: kept,
                limit,
                by_input,
                by_signal,
            } => {
                let value = if by_signal { value.positive() } else { value };
                if by_input {
                    value.where_between(y(kept), L::splat(limit))
                } else {
                    value
                }
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
