"""What two maps have in common, by scipy and scikit-image, in 64 bits. Nothing here shares code with the library."""

import numpy as np
from scipy import ndimage, stats
from skimage.metrics import structural_similarity

MEASURES = ("rank_correlation", "rank_correlation_of_magnitudes", "structural_similarity", "edges", "picture")


def edges(picture):
    """The length of Sobel's gradient of the mean of the channels; beyond the border lies what is at the border."""
    grey = picture.mean(axis=0)
    return np.hypot(*(ndimage.sobel(grey, axis=axis, mode="nearest") for axis in (0, 1)))


def ranks(a, b):
    """Spearman's rank correlation; None where one of the two has no order."""
    a, b = a.ravel(), b.ravel()
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(stats.spearmanr(a, b).statistic)


def compare(original, made, picture):
    """All measures of a map [3, H, W], beside the original network's map and the normalised picture."""
    signed = [one.sum(axis=0) for one in (original, made)]
    magnitudes = [np.abs(one).sum(axis=0) for one in (original, made)]
    similar = [ranks(*signed), ranks(*magnitudes)]
    if None in similar:
        similar = [None] * 3
    else:
        # The mean over the places where the whole window lies inside, as in the library: scikit-image computes the others
        # too, by reflection, and leaves them out of its mean.
        similar.append(
            float(
                structural_similarity(
                    *(one / one.max() for one in magnitudes),
                    gaussian_weights=True,
                    sigma=1.5,
                    use_sample_covariance=False,
                    data_range=1.0,
                )
            )
        )
    others = [ranks(magnitudes[1], other) for other in (edges(picture), np.abs(picture).sum(axis=0))]
    return dict(zip(MEASURES, similar + others, strict=True))
