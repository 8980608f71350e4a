//! The backward pass through a fully connected layer. Each output's weights lie in one row, and the signal is the sum of
//! the rows, each as often as its output's signal says: nothing is packed, and rows of outputs without a signal are never
//! read. Most backward passes begin at a single class.

use std::mem::MaybeUninit;

use crate::epilogue::{Epilogue, OutputWriter, load_part};
use crate::geometry::Geometry;
use crate::lanes::{Lanes, OverLanes, Width, dispatch};

/// How many rows are added up before their sum is added to the others: one long sum would round away what comes last.
const PART: usize = 64;

/// Whether a convolution is a fully connected layer.
pub(super) fn suits(g: &Geometry) -> bool {
    g.groups == 1 && g.input == [1, 1] && g.kernel == [1, 1] && g.padding == [0; 4]
}

/// `r` is one number an output, `weight` is `[O, I]`; `out` is one number an input.
pub(super) fn backward(width: Width, r: &[f32], weight: &[f32], epilogue: Epilogue<'_>, out: &mut [MaybeUninit<f32>]) {
    assert_eq!(weight.len(), r.len() * out.len());
    let job = Job {
        r,
        weight,
        epilogue,
        out,
    };
    dispatch(width, job);
}

struct Job<'a> {
    r: &'a [f32],
    weight: &'a [f32],
    epilogue: Epilogue<'a>,
    out: &'a mut [MaybeUninit<f32>],
}

impl OverLanes for Job<'_> {
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
            writer.put([[load_part(sums)]], at * L::COUNT, 0, sums.len());
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
