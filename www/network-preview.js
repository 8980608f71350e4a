// What a network of another tool answers to the picture on show, under the choices of the form. The newest request wins.

import { convert } from '../pkg/convert.js';
import { Relume } from '../pkg/index.js';
import { describe } from './model-file.js';
import { Refusal } from './status.js';
import { t } from './translate.js';

/** @import { ConversionOptions } from '../pkg/convert.js' */
/** @import { Description } from './model-file.js' */
/** @import { ClassScore } from './types.js' */
/** @typedef {{ file: Blob, notes: string[], description: Description }} Converted */

/** How many classes are named. */
const NAMED = 3;

/**
 * A model file of it; fails with what is wrong, also where the file was deleted since it was chosen.
 * @param {File} file of another tool
 * @param {ConversionOptions & { signal: AbortSignal }} options
 */
export async function convertChosen(file, options) {
  await assertReadable(file);
  return convert(file, options);
}

/** @param {File} file */
export async function assertReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch (cause) {
    throw new Refusal(() => t('It could not be read: was it moved or deleted?'), { cause });
  }
}

/**
 * In an engine of its own: a network that is too much for it does no harm to the page's, and its memory is given back at the end.
 */
export function createNetworkPreview() {
  let newest = new AbortController();
  /** @type {Promise<Relume> | undefined} */
  let starting;

  function stop() {
    newest.abort();
  }

  return {
    /**
     * Ends what was asked before.
     * @param {File} file of another tool
     * @param {ConversionOptions} options
     * @param {Blob | undefined} picture
     * @param {{ onConverted: (converted: Converted) => void, onAnswer: (top: ClassScore[]) => void, onError: (error: unknown, converted: boolean) => void }} tell
     *   each only while nothing newer was asked; `converted`: the file is sound, but its network could not be run
     */
    async ask(file, options, picture, { onConverted, onAnswer, onError }) {
      stop();
      const { signal } = (newest = new AbortController());
      let converted = false;
      try {
        const made = await convertChosen(file, { ...options, signal });
        const description = await describe(made.file);
        if (signal.aborted) return;
        converted = true;
        onConverted({ ...made, description });
        if (!picture) return;
        starting ??= Relume.start({ workers: 1 });
        const model = await (await starting).load(made.file, { signal });
        try {
          const top = await (await model.forward(picture, { signal })).top(NAMED);
          if (!signal.aborted) onAnswer(top);
        } finally {
          model.close();
        }
      } catch (error) {
        if (!signal.aborted) onError(error, converted);
      }
    },
    stop,
    /** Ends it for good. */
    async close() {
      stop();
      (await starting)?.close();
    },
  };
}
