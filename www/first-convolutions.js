// The layers that have patches without a picture.

/** How many layers the patches are shown of. */
export const LAYERS = 3;

/**
 * The convolutions before the first max-pooling layer: a backward pass through it needs the maxima of a picture.
 * @param {import('../pkg/index.js').LayerInfo[]} layers
 */
export function firstConvolutions(layers) {
  const end = layers.findIndex(({ kind }) => kind === 'max_pool2d');
  return layers
    .slice(0, end < 0 ? undefined : end)
    .filter(({ kind }) => kind === 'conv2d')
    .slice(0, LAYERS);
}
