"""Random numbers by splitmix64's finaliser (Steele, Lea, Flood 2014), as crates/relume/src/splitmix64.rs defines them."""

import numpy as np

BITS = 53


def mix(positions):
    """The finaliser, of each position."""
    with np.errstate(over="ignore"):  # it counts modulo 2⁶⁴
        z = np.asarray(positions, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def sequence(seed, first, count):
    """`count` numbers of a seed, from number `first` on."""
    with np.errstate(over="ignore"):
        return mix(mix(seed) + np.arange(first, first + count, dtype=np.uint64))
