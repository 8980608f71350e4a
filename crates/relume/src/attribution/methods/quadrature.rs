//! Where a function is looked at to integrate it from 0 to 1, and how much each place counts.

use std::f64::consts::PI;

/// Node and weight `index` of the Gauss–Legendre rule of `count` nodes, from 0 to 1: exact for polynomials of degree 2 · `count` − 1. It takes as
/// many operations as there are nodes.
pub(super) fn gauss_legendre(count: usize, index: usize) -> (f64, f64) {
    // Newton's method, from a guess that is near enough for each root.
    let mut x = -((index as f64 + 0.75) / (count as f64 + 0.5) * PI).cos();
    let mut slope = 1.0;
    for _ in 0..100 {
        let (value, derivative) = legendre(count, x);
        slope = derivative;
        let step = value / derivative;
        x -= step;
        if step.abs() < 1e-15 {
            break;
        }
    }
    (f64::midpoint(x, 1.0), 1.0 / ((1.0 - x * x) * slope * slope))
}

/// The Legendre polynomial of degree `degree` at `x`, and its derivative.
fn legendre(degree: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for n in 2..=degree {
        let n = n as f64;
        (before, value) = (value, ((2.0 * n - 1.0) * x * value - (n - 1.0) * before) / n);
    }
    (value, degree as f64 * (x * value - before) / (x * x - 1.0))
}

/// The middle of part `index` of `count` equal ones, and its weight.
pub(super) fn middle(count: usize, index: usize) -> (f64, f64) {
    let part = 1.0 / count as f64;
    ((index as f64 + 0.5) * part, part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_n_nodes_is_exact_up_to_degree_2n_minus_1() {
        for count in [1, 2, 3, 10, 64, 301] {
            let rule: Vec<_> = (0..count).map(|index| gauss_legendre(count, index)).collect();
            for degree in [0, 1, 2 * count - 1] {
                let sum: f64 = rule.iter().map(|(at, weight)| weight * at.powi(degree as i32)).sum();
                let wanted = 1.0 / (degree as f64 + 1.0);
                assert!((sum - wanted).abs() < 1e-12, "{count} nodes, degree {degree}: {sum}");
            }
        }
    }

    #[test]
    fn middles_lie_in_the_middle() {
        assert_eq!([middle(2, 0), middle(2, 1)], [(0.25, 0.5), (0.75, 0.5)]);
    }
}
