"""Normally distributed numbers by the ziggurat method, as crates/relume/src/attribution/methods/normal.rs defines them."""

import itertools
import math

import numpy as np

from splitmix64 import mix

LAYERS = 128
TAIL = 3.442619855899
AREA = 9.91256303526217e-3


def height(place):
    return math.exp(-0.5 * place * place)


def widths():
    found = [AREA / height(TAIL), TAIL]
    while len(found) < LAYERS:
        found.append(math.sqrt(-2 * math.log(AREA / found[-1] + height(found[-1]))))
    return [*found, 0.0]


def random_bits(seed, stream):
    position = mix(mix(seed) + np.uint64(stream))
    for first in itertools.count(1, 4096):
        with np.errstate(over="ignore"):
            yield from mix(position + np.arange(first, first + 4096, dtype=np.uint64)).tolist()


def share(bits):
    return ((bits >> 11) + 0.5) / 2.0**53


def normal(seed, count, stream=0):
    """`count` numbers of a stream of a seed."""
    reach = widths()
    bits = random_bits(seed, stream)

    def draw():
        while True:
            drawn = next(bits)
            layer, side = drawn % LAYERS, 2 * share(drawn) - 1
            number = side * reach[layer]
            if abs(number) < reach[layer + 1]:
                return number
            if layer == 0:
                while True:
                    beyond = -math.log(share(next(bits))) / TAIL
                    if -2 * math.log(share(next(bits))) > beyond * beyond:
                        return math.copysign(TAIL + beyond, side)
            below, above = height(reach[layer]), height(reach[layer + 1])
            if below + share(next(bits)) * (above - below) < height(number):
                return number

    return np.array([draw() for _ in range(count)])
