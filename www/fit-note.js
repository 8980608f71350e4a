// What a network leaves out of a picture, and whether the picture suits it.

import { SQUEEZENET } from './networks.js';

/** @import { Picture, Trace } from './types.js' */

/** Networks with a smaller input cannot show what is in a photograph. */
const PHOTOGRAPH_SIDE = 64;

/**
 * A sentence or two; empty if there is nothing to say.
 * @param {Trace} trace
 * @param {Picture} picture
 * @param {boolean} photograph whether it is one of the page's photographs
 * @param {string | File | undefined} source of the network
 */
export function fitNote({ crop, model: { info } }, { name }, photograph, source) {
  const opened = source instanceof File ? [`The network is “${info.title}”, from your file ${source.name}.`] : [];
  if (!crop) return opened.join(' ');
  const { width, height, of } = crop;
  const [, inputHeight, inputWidth] = info.input.shape;
  const own = name === '';
  const said = opened;
  if (own && (width < of.width || height < of.height)) {
    const share = Math.round((100 * width * height) / (of.width * of.height));
    said.push(`The network sees only the middle of the picture, ${width} × ${height} of ${of.width} × ${of.height} pixels (${share} %).`);
  }
  if (inputWidth < PHOTOGRAPH_SIDE && (photograph || (own && width > PHOTOGRAPH_SIDE))) {
    said.push(
      `${info.title} shrinks the picture to ${inputWidth} × ${inputHeight} pixels, too few for a photograph. Choose ${SQUEEZENET.title} above to see more.`,
    );
  }
  return said.join(' ');
}
