//! What becomes of a sum before it is stored: nothing, the ReLU after a convolution, or the rule of the ReLU that the
//! signal meets next in the backward pass.

use std::mem::MaybeUninit;

use crate::lanes::Lanes;
use crate::layout::{floats, pixels};
use crate::{GatedRelu, ReluGate};

/// What becomes of a result before it is stored.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "an argument, never kept")]
pub enum After {
    /// Nothing.
    Nothing,
    /// A ReLU, clipped at the limit (infinity for a plain one).
    Relu(f32),
    /// The backward pass through a ReLU, whose activation has the shape of the result.
    Gate(GatedRelu),
}

impl After {
    /// Calls `compute` with the epilogue for a result of this shape, `[C, H, W]`.
    ///
    /// # Panics
    /// If a ReLU's activation has another shape, is not f32, lies on another device than Flex's, or is tracked by autodiff.
    pub(crate) fn with<T>(self, shape: [usize; 3], compute: impl FnOnce(Epilogue<'_>) -> T) -> T {
        match self {
            Self::Nothing => compute(Epilogue::None),
            Self::Relu(limit) => compute(Epilogue::Relu(limit)),
            Self::Gate(GatedRelu { activation, gate }) => {
                assert_eq!(activation.dims()[1..], shape, "a ReLU of the result's shape");
                let activation = pixels(activation);
                compute(Epilogue::Gate {
                    activation: floats(&activation),
                    gate,
                })
            }
        }
    }
}

/// [`After`] as a kernel wants it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Epilogue<'a> {
    None,
    /// A ReLU, clipped at the limit (infinity for a plain one).
    Relu(f32),
    /// The backward pass through a ReLU.
    Gate {
        /// What the ReLU gave in the forward pass, laid out as the signal.
        activation: &'a [f32],
        gate: ReluGate,
    },
}

impl Epilogue<'_> {
    /// That of a part of the signal.
    pub(crate) fn part(self, from: usize, length: usize) -> Self {
        match self {
            Self::Gate { activation, gate } => Self::Gate {
                activation: &activation[from..from + length],
                gate,
            },
            other => other,
        }
    }
}

/// Where sums are stored. Nothing is read from there, so nothing need be there before.
pub(crate) struct OutputWriter<'a, L> {
    low: L,
    high: L,
    /// The same as numbers.
    limits: [f32; 2],
    /// Where the gate's ReLU is clipped.
    limit: f32,
    /// What the ReLU gave, as long as `out`, and where it is clipped.
    gate: Option<(&'a [f32], L)>,
    out: &'a mut [MaybeUninit<f32>],
}

impl<'a, L: Lanes> OutputWriter<'a, L> {
    #[inline(always)]
    pub(crate) fn new(epilogue: Epilogue<'a>, out: &'a mut [MaybeUninit<f32>]) -> Self {
        let (low, high) = match epilogue {
            Epilogue::None => (f32::NEG_INFINITY, f32::INFINITY),
            Epilogue::Relu(limit) => (0.0, limit),
            Epilogue::Gate { gate, .. } => {
                let low = if gate.on_gradient { 0.0 } else { f32::NEG_INFINITY };
                (low, f32::INFINITY)
            }
        };
        let gate = match epilogue {
            Epilogue::Gate { activation, gate } if gate.on_activation => {
                assert_eq!(activation.len(), out.len(), "the activation is laid out as the signal");
                Some((activation, L::splat(gate.limit)))
            }
            _ => None,
        };
        Self {
            low: L::splat(low),
            high: L::splat(high),
            limits: [low, high],
            limit: match epilogue {
                Epilogue::Gate { gate, .. } => gate.limit,
                _ => f32::INFINITY,
            },
            gate,
            out,
        }
    }

    /// Stores `P` pixels, `column` apart from `at` on: `count` channels of each, or all that `K` registers hold.
    #[inline(always)]
    pub(crate) fn put<const P: usize, const K: usize>(
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
                // SAFETY: asserted above for the last register of the last pixel; the activation is as long as `out`.
                unsafe {
                    if let Some((activation, limit)) = self.gate {
                        value = value.where_between(L::load_at(activation.as_ptr().add(at)), limit);
                    }
                    value.store_at(self.out.as_mut_ptr().add(at).cast());
                }
            }
        }
    }

    /// Stores a few numbers from `at` on.
    #[inline(always)]
    pub(crate) fn put_numbers<const C: usize>(&mut self, numbers: [f32; C], at: usize) {
        let [low, high] = self.limits;
        let out = &mut self.out[at..at + C];
        for (index, (number, out)) in numbers.into_iter().zip(out).enumerate() {
            // Not `clamp`: a number that is none stays one, as in `put`.
            let number = if number < low { low } else { number };
            let number = if number > high { high } else { number };
            let open = self.gate.is_none_or(|(activation, _)| {
                let y = activation[at + index];
                y > 0.0 && y < self.limit
            });
            out.write(if open { number } else { 0.0 });
        }
    }

    /// Stores 0 in `count` channels at `at`: what no tap reaches. No ReLU and no rule makes anything else of it.
    #[inline(always)]
    pub(crate) fn put_zeros(&mut self, at: usize, count: usize) {
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
                if let Some((activation, limit)) = self.gate {
                    value = value.where_between(load_part(&activation[first..last]), limit);
                }
                let mut whole = [0.0; 16];
                value.store(&mut whole);
                self.out[first..last].write_copy_of_slice(&whole[..last - first]);
            }
        }
    }
}

/// As many numbers as `from` has, zeros after them.
#[inline(always)]
pub(crate) fn load_part<L: Lanes>(from: &[f32]) -> L {
    let mut whole = [0.0; 16];
    whole[..from.len()].copy_from_slice(from);
    L::load(&whole)
}

/// As many numbers as `from` has, at most a register; zeros after them.
#[inline(always)]
pub(crate) fn load<L: Lanes>(from: &[f32]) -> L {
    if from.len() < L::COUNT {
        load_part(from)
    } else {
        L::load(from)
    }
}
