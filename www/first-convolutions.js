// The layers that have patches without a picture.

/** How many layers the patches are shown of. */
export const LAYERS = 3;

/** The kinds of layer through which a deconvnet's signal does not depend on the picture. */
const WITHOUT_PICTURE = new Set([
  'conv2d',
  'linear',
  'relu',
  'avg_pool2d',
  'global_avg_pool',
  'add',
  'concat',
  'slice',
  'channel_shuffle',
  'flatten',
  'batch_norm',
  'dropout',
  'softmax',
]);

/**
 * Whether a backward pass through a layer needs a picture: the maxima of a max-pooling, or the slope of an activation that is
 * not a ReLU.
 * @param {import('../pkg/index.js').LayerInfo} layer
 */
export function needsPicture({ kind }) {
  return !WITHOUT_PICTURE.has(kind);
}

/**
 * The convolutions before the first layer whose backward pass needs a picture.
 * @param {import('../pkg/index.js').LayerInfo[]} layers
 */
export function firstConvolutions(layers) {
  const end = layers.findIndex(needsPicture);
  return layers
    .slice(0, end < 0 ? undefined : end)
    .filter(({ kind }) => kind === 'conv2d')
    .slice(0, LAYERS);
}
