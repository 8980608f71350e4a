// Visitors' own files: a picture from a file, the camera, drop or paste, or a dropped model file.

import { byId, make } from './dom.js';
import { t } from './translate.js';

/** @import { Picture } from './types.js' */

/** What networks are kept in. Of those that relume does not read, the engine says what they are and what to do. */
const IS_NETWORK = /\.(safetensors|onnx|pth?|bin|ckpt|pkl|h5|keras|tflite|mlmodel|gguf)$/i;

/**
 * @param {{
 *   onPicture: (picture: Picture) => void,
 *   onModel: (file: File) => void,
 *   onTrouble: (saying: () => string) => void,
 * }} options
 */
export function createOwnFiles({ onPicture, onModel, onTrouble }) {
  const figure = byId('picture-figure', HTMLElement);
  const choice = byId('own-choice', HTMLElement);
  const thumb = byId('own-thumb', HTMLElement);
  let address = '';

  /** @param {File} file */
  function take(file) {
    if (IS_NETWORK.test(file.name)) {
      onModel(file);
      return;
    }
    // Some systems give no type; then the image decoder decides.
    if (file.type !== '' && !file.type.startsWith('image/')) {
      onTrouble(() =>
        t('“{file}” is not a picture (its type is {type}). Choose a JPEG, PNG, WebP or GIF, or a model ending in .safetensors.', {
          file: file.name,
          type: file.type,
        }),
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

  for (const id of ['file', 'camera']) {
    const input = byId(id, HTMLInputElement);
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      // Cleared, so that the same file can be chosen twice.
      input.value = '';
      if (file) take(file);
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
