//! Vector registers: the kernels are written once, generic over [`Lanes`], and compiled for every width that a
//! processor may have.

#[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
mod plain;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;
#[cfg(target_arch = "x86_64")]
mod x86;

/// A register of f32.
///
/// Every method is `inline(always)`, so that it is compiled with the features of the function that [`dispatch`] chose.
pub(crate) trait Lanes: Copy {
    /// How many numbers a register holds.
    const COUNT: usize;
    /// How many pixels a tile has whose channels fill one, two and three registers: as many as there are registers for
    /// their sums, besides those for the weights and, where a compiler loads all of them first, for the pixels.
    const PIXELS: [usize; 3];
    const WIDTH: Width;

    fn splat(value: f32) -> Self;
    /// Loads the first numbers of `from`.
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        let from = &from[..Self::COUNT];
        // SAFETY: `from` has `COUNT` numbers.
        unsafe { Self::load_at(from.as_ptr()) }
    }
    /// Loads the numbers at `from`.
    ///
    /// # Safety
    /// `from` points to at least `COUNT` numbers, at any alignment.
    unsafe fn load_at(from: *const f32) -> Self;
    /// Stores into the first numbers of `to`.
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        let to = &mut to[..Self::COUNT];
        // SAFETY: `to` has room for `COUNT` numbers.
        unsafe { self.store_at(to.as_mut_ptr()) }
    }
    /// Stores to the numbers at `to`.
    ///
    /// # Safety
    /// `to` points to room for at least `COUNT` numbers, at any alignment.
    unsafe fn store_at(self, to: *mut f32);
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    /// `self + a · b`, rounded once or twice.
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// The sum of its numbers.
    fn sum(self) -> f32;
    /// The numbers of both in turn, this one's first: the lower halves', and the upper halves'.
    fn zip(self, other: Self) -> (Self, Self);
    /// The larger of `limit` and each number; NaN stays.
    fn at_least(self, limit: Self) -> Self;
    /// The smaller of `limit` and each number; NaN stays.
    fn at_most(self, limit: Self) -> Self;
    /// Each number where `0 < y < limit`, 0 elsewhere.
    fn where_between(self, y: Self, limit: Self) -> Self;
    /// Each number where `a` is `b`, 0 elsewhere.
    fn where_equal(self, a: Self, b: Self) -> Self;
    /// Each number where `a` is larger than `b`, 0 elsewhere.
    fn where_greater(self, a: Self, b: Self) -> Self;
}

/// The most numbers that a register of any width holds.
pub(crate) const WIDEST: usize = 16;

/// Rows become columns: of the first [`COUNT`](Lanes::COUNT) registers.
#[inline(always)]
pub(crate) fn transpose<L: Lanes>(rows: &mut [L; WIDEST]) {
    let half = L::COUNT / 2;
    // A shuffle as of cards, once for each bit of a row's number, moves those bits to where the columns' numbers were.
    for _ in 0..L::COUNT.ilog2() {
        let cards = *rows;
        for at in 0..half {
            (rows[2 * at], rows[2 * at + 1]) = cards[at].zip(cards[at + half]);
        }
    }
}

/// Which registers the kernels use on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// Available on every machine of this architecture.
    Four,
    #[cfg(target_arch = "x86_64")]
    Eight,
    #[cfg(target_arch = "x86_64")]
    Sixteen,
}

impl Width {
    /// The widest this processor has.
    pub(crate) fn best() -> Self {
        Self::all().pop().unwrap_or(Self::Four)
    }

    /// Every width this processor has, the widest last.
    pub(crate) fn all() -> Vec<Self> {
        let wider: &[Option<Self>] = &[
            #[cfg(target_arch = "x86_64")]
            x86::has_eight().then_some(Self::Eight),
            #[cfg(target_arch = "x86_64")]
            x86::has_sixteen().then_some(Self::Sixteen),
        ];
        std::iter::once(Self::Four)
            .chain(wider.iter().flatten().copied())
            .collect()
    }

    /// The widest of these that so many channels fill, or the narrowest there is.
    pub(crate) fn filled_by(self, channels: usize) -> Self {
        let fills = |width: &Self| width.count() <= channels && width.count() <= self.count();
        Self::all().into_iter().rfind(fills).unwrap_or(Self::Four)
    }

    /// How many registers of channels the fastest tile has, at most three.
    pub(crate) const fn block(self) -> usize {
        match self {
            // In the tests, too, which run on other processors.
            Self::Four if cfg!(any(test, all(target_arch = "wasm32", feature = "relaxed-simd"))) => 3,
            // Without an instruction that multiplies and adds, the products take a register more.
            Self::Four => 2,
            #[cfg(target_arch = "x86_64")]
            Self::Eight | Self::Sixteen => 3,
        }
    }

    /// Numbers per register.
    pub(crate) const fn count(self) -> usize {
        match self {
            Self::Four => 4,
            #[cfg(target_arch = "x86_64")]
            Self::Eight => 8,
            #[cfg(target_arch = "x86_64")]
            Self::Sixteen => 16,
        }
    }
}

/// A computation over registers of any width.
pub(crate) trait OverLanes {
    /// Must be `inline(always)`, and all it calls too.
    fn run<L: Lanes>(self);
}

/// Runs `kernel` compiled for `width`.
pub(crate) fn dispatch(width: Width, kernel: impl OverLanes) {
    match width {
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        Width::Four => wasm::in_four(kernel),
        #[cfg(target_arch = "x86_64")]
        Width::Four => kernel.run::<x86::Four>(),
        #[cfg(target_arch = "x86_64")]
        Width::Eight => x86::in_eight(kernel),
        #[cfg(target_arch = "x86_64")]
        Width::Sixteen => x86::in_sixteen(kernel),
        #[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
        Width::Four => kernel.run::<plain::Four>(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lanes, OverLanes, WIDEST, Width, dispatch, transpose};

    struct Check<'a>(&'a mut Vec<f32>);

    impl OverLanes for Check<'_> {
        #[inline(always)]
        fn run<L: Lanes>(self) {
            let from: Vec<f32> = (0..L::COUNT + 1).map(|index| index as f32 - 2.0).collect();
            let x = L::load(&from);
            let mut write = |value: L| {
                let mut to = vec![9.0; L::COUNT + 1];
                value.store(&mut to);
                assert_eq!(to[L::COUNT], 9.0, "nothing after the register is written");
                self.0.extend(&to[..4]);
            };
            let nan = L::splat(f32::NAN);
            // x is −2, −1, 0, 1.
            write(x.add(L::splat(1.0)).mul(x).sub(L::splat(0.5)));
            write(L::splat(1.0).mul_add(x, x));
            write(x.at_least(L::splat(0.0)));
            write(x.at_most(L::splat(-1.5)));
            write(L::splat(7.0).where_between(x, L::splat(1.0)));
            write(L::splat(7.0).where_between(x, L::splat(f32::INFINITY)));
            assert_eq!(x.sum(), from[..L::COUNT].iter().sum::<f32>());
            write(L::splat(7.0).where_equal(x, L::splat(-1.0)));
            for (a, b) in [(x, L::splat(-1.0)), (x, nan), (nan, x)] {
                write(L::splat(4.0).where_greater(a, b));
            }
            write(nan.at_least(x));
            write(nan.at_most(x));
            let mut rows = [L::splat(0.0); WIDEST];
            for (number, row) in rows.iter_mut().enumerate() {
                let numbers: Vec<f32> = (0..L::COUNT)
                    .map(|column| (number * L::COUNT + column) as f32)
                    .collect();
                *row = L::load(&numbers);
            }
            transpose(&mut rows);
            for (column, row) in rows.iter().enumerate().take(L::COUNT) {
                let mut numbers = vec![0.0; L::COUNT];
                row.store(&mut numbers);
                assert!((0..L::COUNT).all(|row| numbers[row] == (row * L::COUNT + column) as f32));
            }
        }
    }

    #[test]
    fn every_width_computes_the_same() {
        for width in Width::all() {
            let mut out = Vec::new();
            dispatch(width, Check(&mut out));
            let (numbers, nan) = out.split_at(40);
            #[rustfmt::skip]
            assert_eq!(numbers, [
                1.5, -0.5, -0.5, 1.5,
                5.0, 2.0, 1.0, 2.0,
                0.0, 0.0, 0.0, 1.0,
                -2.0, -1.5, -1.5, -1.5,
                0.0, 0.0, 0.0, 0.0,
                0.0, 0.0, 0.0, 7.0,
                0.0, 7.0, 0.0, 0.0,
                0.0, 0.0, 4.0, 4.0,
                0.0, 0.0, 0.0, 0.0,
                0.0, 0.0, 0.0, 0.0,
            ], "{width:?}");
            assert!(nan.iter().all(|value| value.is_nan()), "{width:?}: {nan:?}");
        }
    }
}
