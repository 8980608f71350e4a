// Visitors' own files, chosen, dropped or pasted: a picture, also from the camera, or a network.

import { formatOf } from '../pkg/api/model-reader.js';
import { byId, make } from './dom.js';
import { t } from './translate.js';

/** @import { Picture } from './types.js' */

/** What networks are kept in. Of those that relume does not read, the engine says what they are and what to do. */
const IS_NETWORK = /\.(safetensors|pth?|bin|ckpt|pkl|h5|keras|tflite|mlmodel|gguf)$/i;
/** Of a file of another tool that is damaged, the name tells at least what it was meant to be. */
const IS_FOREIGN = /\.onnx$/i;

/**
 * @param {{
 *   onPicture: (picture: Picture) => void,
 *   onModel: (file: File) => void,
 *   onForeign: (file: File) => void,
 *   onTrouble: (saying: () => string) => void,
 * }} options `onModel`: gets a model file of relume; `onForeign`: a network as another tool writes it
 */
export function createOwnFiles({ onPicture, onModel, onForeign, onTrouble }) {
  const figure = byId('picture-figure', HTMLElement);
  const choice = byId('own-choice', HTMLElement);
  const thumb = byId('own-thumb', HTMLElement);
  let address = '';
  /** Counts the files, because the newest wins. */
  let newest = 0;

  /** @param {File} file @param {boolean} [network] whether it was chosen as one */
  async function take(file, network) {
    const mine = ++newest;
    // What cannot be read is told by whoever reads on.
    const format = await formatOf(file).catch(() => undefined);
    const foreign = format !== undefined || IS_FOREIGN.test(file.name);
    if (mine !== newest) return;
    if (foreign || network || IS_NETWORK.test(file.name)) {
      (foreign ? onForeign : onModel)(file);
      return;
    }
    // Some systems give no type; then the image decoder decides.
    if (file.type !== '' && !file.type.startsWith('image/')) {
      onTrouble(() =>
        t(
          '“{file}” is not a picture (its type is {type}). Choose a JPEG, PNG, WebP or GIF, or a network ending in .onnx, .pth or .safetensors.',
          { file: file.name, type: file.type },
        ),
      );
      return;
    }
    onPicture({
      name: '',
      get title() {
        return file.name || t('Your picture');
      },
      blob: file,
    });
  }

  /** @param {Blob} blob */
  function showThumb(blob) {
    forget();
    address = URL.createObjectURL(blob);
    const image = make('img', { alt: '', src: address });
    image.addEventListener('error', () => thumb.replaceChildren());
    thumb.replaceChildren(image);
  }

  function forget() {
    if (address) URL.revokeObjectURL(address);
    address = '';
    thumb.replaceChildren();
  }

  for (const id of ['file', 'camera', 'model-file']) {
    const input = byId(id, HTMLInputElement);
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      // Cleared, so that the same file can be chosen twice.
      input.value = '';
      if (file) take(file, id === 'model-file');
    });
  }

  document.addEventListener('paste', (event) => {
    const file = [...(event.clipboardData?.files ?? [])][0];
    if (!file) return;
    event.preventDefault();
    take(file);
  });

  /** @param {DragEvent} event */
  const carriesFile = (event) => event.dataTransfer?.types.includes('Files') ?? false;
  document.addEventListener('dragover', (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    figure.dataset['dropping'] = 'true';
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) figure.removeAttribute('data-dropping');
  });
  document.addEventListener('drop', (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    figure.removeAttribute('data-dropping');
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
    figure.scrollIntoView({ block: 'nearest' });
  });

  return {
    /** Marks what is on show. The thumbnail of the visitor's own picture stays when a sample is chosen. @param {Picture} picture */
    mark({ name, blob }) {
      choice.dataset['chosen'] = String(name === '');
      if (name === '') showThumb(blob);
    },
    /** Removes the thumbnail of a picture that was refused. */
    forget,
  };
}
