//! A fully connected layer. Each output's weights lie in one row, `[O, I]`, and are read as they lie: nothing is packed, so a
//! layer of a hundred million weights takes no more memory than they do.
//!
//! In the backward pass the signal is the sum of the rows, each as often as its output's signal says; rows of outputs without a
//! signal are never read. Most backward passes begin at a single class.

use std::mem::MaybeUninit;

use crate::epilogue::{Epilogue, OutputWriter, load};
use crate::geometry::Geometry;
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// How many rows, or registers of a row, are added up before their sum is added to the others: one long sum would round away what comes last.
const PART: usize = 64;

/// Whether a convolution is a fully connected layer.
pub(super) fn suits(g: &Geometry) -> bool {
    g.groups == 1 && g.input == [1, 1] && g.kernel == [1, 1] && g.padding == [0; 4]
}

/// How many outputs are computed together: what goes in is loaded once for all of them.
const ROWS: usize = 4;

/// `x` is one number an input, `weight` is `[O, I]`; each product is multiplied by its output's `scale`, if there is one, before
/// its `bias` is added.
pub(super) fn forward(
    width: Width,
    x: &[f32],
    weight: &[f32],
    scale: Option<&[f32]>,
    bias: &[f32],
    epilogue: Epilogue<'_>,
    out: &mut [MaybeUninit<f32>],
) {
    assert_eq!((weight.len(), bias.len()), (x.len() * out.len(), out.len()));
    assert!(scale.is_none_or(|scale| scale.len() == out.len()));
    let job = Forward {
        x,
        weight,
        scale,
        bias,
        epilogue,
        out,
    };
    dispatch(width, job);
}

struct Forward<'a> {
    x: &'a [f32],
    weight: &'a [f32],
    scale: Option<&'a [f32]>,
    bias: &'a [f32],
    epilogue: Epilogue<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Forward<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let (inputs, outputs) = (self.x.len(), self.out.len());
        let mut writer = OutputWriter::<L>::new(self.epilogue, self.out);
        let mut output = 0;
        while output < outputs {
            macro_rules! rows {
                ($rows:expr) => {{
                    let mut products = products::<L, { $rows }>(self.x, &self.weight[output * inputs..]);
                    for (row, product) in products.iter_mut().enumerate() {
                        let scale = self.scale.map_or(1.0, |scale| scale[output + row]);
                        *product = *product * scale + self.bias[output + row];
                    }
                    writer.put_numbers(products, output);
                    $rows
                }};
            }
            output += if output + ROWS <= outputs {
                rows!(ROWS)
            } else {
                rows!(1)
            };
        }
    }
}

/// `x` multiplied by the first rows.
#[inline(always)]
fn products<L: Lanes, const R: usize>(x: &[f32], rows: &[f32]) -> [f32; R] {
    let inputs = x.len();
    let rows = &rows[..R * inputs];
    let mut sums = [L::splat(0.0); R];
    for first in (0..inputs).step_by(PART * L::COUNT) {
        let mut parts = [L::splat(0.0); R];
        let end = inputs.min(first + PART * L::COUNT);
        for at in (first..end).step_by(L::COUNT) {
            let count = (end - at).min(L::COUNT);
            let x = load::<L>(&x[at..at + count]);
            for (row, part) in parts.iter_mut().enumerate() {
                *part = part.mul_add(x, load(&rows[row * inputs + at..row * inputs + at + count]));
            }
        }
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum = sum.add(part);
        }
    }
    let mut products = [0.0; R];
    for (product, sum) in products.iter_mut().zip(sums) {
        *product = sum.sum();
    }
    products
}

/// `r` is one number an output, `weight` is `[O, I]`; `out` is one number an input.
pub(super) fn backward(width: Width, r: &[f32], weight: &[f32], epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
    assert_eq!(weight.len(), r.len() * out.len());
    let job = Backward {
        r,
        weight,
        epilogue,
        out,
    };
    dispatch(width, job);
}

struct Backward<'a> {
    r: &'a [f32],
    weight: &'a [f32],
    epilogue: Epilogue<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Backward<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let inputs = self.out.len();
        let mut sums = vec![0.0; inputs];
        let mut parts = vec![0.0; inputs];
        for (r, rows) in self.r.chunks(PART).zip(self.weight.chunks(PART * inputs)) {
            if r.iter().all(|&signal| signal == 0.0) {
                continue;
            }
            parts.fill(0.0);
            let rows = r.iter().zip(rows.chunks_exact(inputs));
            for (signal, row) in rows.filter(|(signal, _)| **signal != 0.0) {
                add::<L>(&mut parts, *signal, row);
            }
            add::<L>(&mut sums, 1.0, &parts);
        }
        let mut writer = OutputWriter::<L>::new(self.epilogue, self.out);
        for (at, sums) in sums.chunks(L::COUNT).enumerate() {
            writer.put([[load(sums)]], at * L::COUNT, 0, sums.len());
        }
    }
}

/// Adds `row`, `times` over.
#[inline(always)]
fn add<L: Lanes>(to: &mut [f32], times: f32, row: &[f32]) {
    let whole = to.len() - to.len() % L::COUNT;
    let (to, rest) = to.split_at_mut(whole);
    let (row, row_rest) = row.split_at(whole);
    for (to, row) in to.chunks_exact_mut(L::COUNT).zip(row.chunks_exact(L::COUNT)) {
        L::load(to).mul_add(L::splat(times), L::load(row)).store(to);
    }
    for (to, row) in rest.iter_mut().zip(row_rest) {
        *to += times * row;
    }
}

#[cfg(test)]
#[path = "dense_tests.rs"]
mod tests;
