//! Enlarging a plane.

/// `plane`, `[height, width]`, at another size, by bilinear interpolation: the centres of pixels lie half a pixel inside (`align_corners=False`
/// in PyTorch).
pub(super) fn resized(plane: &[f32], [height, width]: [usize; 2], [rows, columns]: [usize; 2]) -> Vec<f32> {
    let vertical: Vec<_> = (0..rows).map(|row| taps(row, rows, height)).collect();
    let horizontal: Vec<_> = (0..columns).map(|column| taps(column, columns, width)).collect();
    let at = |y: usize, x: usize| plane[y * width + x];
    let mut resized = Vec::with_capacity(rows * columns);
    for &(top, bottom, below) in &vertical {
        for &(left, right, beside) in &horizontal {
            let upper = at(top, left) * (1.0 - beside) + at(top, right) * beside;
            let lower = at(bottom, left) * (1.0 - beside) + at(bottom, right) * beside;
            resized.push(upper * (1.0 - below) + lower * below);
        }
    }
    resized
}

/// The two pixels of `from` that pixel `index` of `to` lies between, and how much the second counts.
fn taps(index: usize, to: usize, from: usize) -> (usize, usize, f32) {
    let place = ((index as f64 + 0.5) * from as f64 / to as f64 - 0.5).max(0.0);
    let first = (place as usize).min(from - 1);
    (first, (first + 1).min(from - 1), (place - first as f64) as f32)
}

#[cfg(test)]
mod tests {
    use super::resized;

    #[test]
    fn pixels_lie_half_a_pixel_inside() {
        // torch.nn.functional.interpolate(mode="bilinear") of [[0, 1], [2, 3]].
        let wanted = [
            0.0, 0.25, 0.75, 1.0, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2.0, 2.25, 2.75, 3.0,
        ];
        assert_eq!(resized(&[0.0, 1.0, 2.0, 3.0], [2, 2], [4, 4]), wanted);
        assert_eq!(resized(&[7.0], [1, 1], [2, 3]), [7.0; 6]);
    }
}
