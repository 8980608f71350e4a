//! In which order the pictures of an epoch come, and how each is mirrored and shifted: decided by seed and epoch alone,
//! so that a resumed run sees what an uninterrupted one would.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::data::Pictures;
use crate::recipe::Recipe;

/// The pictures of one epoch, batch by batch.
pub(super) struct EpochBatches {
    order: Vec<usize>,
    random: ChaCha8Rng,
    epoch: usize,
}

/// The input of one step.
pub(super) struct Batch {
    /// `[N, 3, height, width]`
    pub(super) pixels: Vec<u8>,
    /// `[height, width]`
    pub(super) size: [usize; 2],
    /// The class of each picture.
    pub(super) labels: Vec<usize>,
}

impl EpochBatches {
    pub(super) fn new(pictures: usize, seed: u64, epoch: usize) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // Every epoch its own stream of the same generator.
        random.set_stream(epoch as u64);
        let mut order: Vec<usize> = (0..pictures).collect();
        // Fisher and Yates's shuffle. The bias of the remainder is below 2⁻⁴⁰ for any data set that fits into memory.
        for last in (1..pictures).rev() {
            order.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
        }
        Self { order, random, epoch }
    }

    /// The `step`-th batch. Batches must be taken in order: each continues the random numbers of the one before.
    pub(super) fn batch(&mut self, pictures: &Pictures, recipe: &Recipe, step: usize) -> Batch {
        let chosen = &self.order[step * recipe.batch..(step + 1) * recipe.batch];
        let size = recipe.crop_size(self.epoch, pictures.shape);
        let mut pixels = Vec::with_capacity(chosen.len() * pictures.shape[0] * size[0] * size[1]);
        for &index in chosen {
            let draw = self.random.next_u64();
            let span = 2 * recipe.shift as u64 + 1;
            let pose = Pose {
                mirrored: draw & 1 == 1,
                down: ((draw >> 1) % span) as isize - recipe.shift as isize,
                right: ((draw >> 32) % span) as isize - recipe.shift as isize,
            };
            let picture = &pictures.pixels[index * pictures.picture_len()..][..pictures.picture_len()];
            pose.append(pictures.shape, picture, size, &mut pixels);
        }
        Batch {
            pixels,
            size,
            labels: chosen
                .iter()
                .map(|&index| usize::from(pictures.labels[index]))
                .collect(),
        }
    }
}

/// How one picture is turned and moved.
struct Pose {
    mirrored: bool,
    down: isize,
    right: isize,
}

impl Pose {
    /// Appends the middle `[rows, columns]` of the picture in this pose.
    fn append(
        &self,
        [channels, height, width]: [usize; 3],
        picture: &[u8],
        [rows, columns]: [usize; 2],
        out: &mut Vec<u8>,
    ) {
        let [top, left] = [(height - rows) / 2, (width - columns) / 2];
        let columns: Vec<usize> = (left..left + columns)
            .map(|x| {
                let x = if self.mirrored { width - 1 - x } else { x };
                reflected(x as isize + self.right, width)
            })
            .collect();
        for channel in 0..channels {
            for y in top..top + rows {
                let row = (channel * height + reflected(y as isize + self.down, height)) * width;
                out.extend(columns.iter().map(|x| picture[row + x]));
            }
        }
    }
}

/// Beyond an edge the picture is mirrored at it, without repeating the edge itself.
fn reflected(at: isize, size: usize) -> usize {
    let last = size as isize - 1;
    let at = at.abs();
    (if at > last { 2 * last - at } else { at }).clamp(0, last) as usize
}

#[cfg(test)]
mod tests {
    use super::{EpochBatches, Pose, reflected};

    #[test]
    fn every_picture_comes_once_and_each_epoch_in_its_own_order() {
        let order = |seed, epoch| EpochBatches::new(1000, seed, epoch).order;
        let mut sorted = order(1, 3);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<_>>());
        assert_eq!(order(1, 3), order(1, 3));
        assert_ne!(order(1, 3), order(1, 4));
        assert_ne!(order(1, 3), order(2, 3));
    }

    #[test]
    fn borders_are_mirrored() {
        let row: Vec<usize> = (-2..6).map(|at| reflected(at, 4)).collect();
        assert_eq!(row, [2, 1, 0, 1, 2, 3, 2, 1]);
    }

    #[test]
    fn a_pose_mirrors_and_shifts() {
        let picture = [0, 1, 2, 3, 4, 5]; // two rows of three
        let cut = |mirrored, down, right, size| {
            let mut out = Vec::new();
            Pose { mirrored, down, right }.append([1, 2, 3], &picture, size, &mut out);
            out
        };
        let pose = |mirrored, down, right| cut(mirrored, down, right, [2, 3]);
        assert_eq!(pose(false, 0, 0), [0, 1, 2, 3, 4, 5]);
        assert_eq!(pose(true, 0, 0), [2, 1, 0, 5, 4, 3]);
        assert_eq!(pose(false, 1, 0), [3, 4, 5, 0, 1, 2]);
        assert_eq!(pose(false, 0, -1), [1, 0, 1, 4, 3, 4]);
        assert_eq!(cut(false, 0, 0, [1, 1]), [1]);
        assert_eq!(cut(false, 1, 1, [1, 1]), [5]);
    }
}
