// What a network leaves out of a picture, and whether the picture suits it.

import { titleOf } from './network-title.js';
import { SQUEEZENET } from './networks.js';
import { percentage } from './numbers.js';
import { t } from './translate.js';

/** @import { Picture, Trace } from './types.js' */

/** Networks with a smaller input cannot show what is in a photograph. */
const PHOTOGRAPH_SIDE = 64;

/**
 * A sentence or two; empty if there is nothing to say.
 * @param {Pick<Trace, 'crop' | 'model'>} trace
 * @param {Picture} picture
 * @param {boolean} photograph whether it is one of the page's photographs
 * @param {string | File | undefined} source of the network
 */
export function fitNote({ crop, model: { info } }, { name }, photograph, source) {
  const opened =
    source instanceof File ? [t('The network is “{network}”, from your file {file}.', { network: titleOf(info), file: source.name })] : [];
  if (!crop) return opened.join(' ');
  const { width, height, of } = crop;
  const [, inputHeight, inputWidth] = info.input.shape;
  const own = name === '';
  const said = opened;
  if (own && (width < of.width || height < of.height)) {
    const share = Math.round((100 * width * height) / (of.width * of.height));
    said.push(
      t('The network sees only the middle of the picture, {width} × {height} of {wholeWidth} × {wholeHeight} pixels ({share}).', {
        width,
        height,
        wholeWidth: of.width,
        wholeHeight: of.height,
        share: percentage(share),
      }),
    );
  }
  if (inputWidth < PHOTOGRAPH_SIDE && (photograph || (own && width > PHOTOGRAPH_SIDE))) {
    said.push(
      t('{network} shrinks the picture to {width} × {height} pixels, too few for a photograph. Choose {other} above to see more.', {
        network: titleOf(info),
        width: inputWidth,
        height: inputHeight,
        other: SQUEEZENET.title,
      }),
    );
  }
  return said.join(' ');
}
