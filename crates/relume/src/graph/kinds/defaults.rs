//! What a field of a layer is when the model file leaves it out.

pub(super) const fn yes() -> bool {
    true
}

pub(super) const fn one() -> usize {
    1
}

pub(super) const fn ones() -> [usize; 2] {
    [1, 1]
}
