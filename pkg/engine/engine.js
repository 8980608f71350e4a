// What relume/low-level gives: the exports of the wasm as they are, with arguments checked and errors of our own kind.

import { buildFor, checkWanted } from './build-choice.js';
import { bytesOf } from './bytes.js';
import { RelumeError, asText, reasonOf } from './error.js';
import { assertSound, call } from './guarded-call.js';
import { held } from './held.js';
import { LARGEST_SEED, numbersOf, wholeNumber } from './numbers.js';
import { traceOf } from './trace.js';
import { FETCHED, start } from './wasm-builds.js';
import { converted, optionsOf, refuseUnknown } from './options.js';
import { checkedRandomised } from './randomised.js';
import { checkRule } from './rules.js';
import { checkRunCost, checkedLimits } from './run-limits.js';
import { asDrawn, drawOptions } from './draw-options.js';
import { resolveTarget } from './target-notation.js';
import { checkVisualised, checkedVisualisation } from './visualisation.js';

/** @typedef {import('./wasm-builds.js').Glue} Glue */
/** @typedef {import('./wasm-builds.js').WasmSource} WasmSource */
/** @typedef {import('./types.js').Visualised} Visualised */
/** @typedef {import('../low-level.js').Bytes} Bytes */
/** @typedef {import('../low-level.js').Engine} Engine */
/** @typedef {import('../low-level.js').Model} Model */
/** @typedef {import('../low-level.js').OpenOptions} OpenOptions */

/**
 * @param {OpenOptions | undefined} options
 * @param {WasmSource} [source] where the wasm comes from; it is fetched unless told
 * @returns {Promise<Engine>}
 */
export async function engineFor(options, source = FETCHED) {
  const { backend = 'flex', relaxed = true, ...unknown } = optionsOf(options, 'open()');
  refuseUnknown(unknown, 'open()', ['backend', 'relaxed']);
  checkWanted(backend, relaxed, 'open');
  const build = buildFor(backend, relaxed);
  const { glue, memory } = await start(build, source);
  assertSound(glue);
  return {
    build,
    memory: () => memory.buffer.byteLength,
    load(source, options) {
      const { limits, ...unknown } = optionsOf(options, 'load()');
      refuseUnknown(unknown, 'load()', ['limits']);
      const checked = checkedLimits(limits, 'load');
      const bytes = bytesOf(source, BYTES);
      const length = lengthToRead(bytes.length, bytes);
      return modelOf(
        glue,
        call(glue, () => {
          const file = new glue.ModelFile(length);
          // Each piece passes through memory of its own in the wasm.
          for (let first = 0; first < length; first += PIECE) file.push(bytes.subarray(first, Math.min(first + PIECE, length)));
          return file.load();
        }),
        checked,
      );
    },
    async loadFile(source, options) {
      const { randomised, limits, ...unknown } = optionsOf(options, 'loadFile()');
      refuseUnknown(unknown, 'loadFile()', ['randomised', 'limits']);
      const checked = checkedLimits(limits, 'loadFile');
      return modelOf(glue, await loadPieces(glue, source, checkedRandomised(randomised, 'loadFile({ randomised })')), checked);
    },
    draw(map, painting) {
      const { drawing, over } = drawOptions(optionsOf(painting, 'draw()'), 'draw()');
      const { data, shape } = mapOf(map);
      const under = over && rgbaOf(over);
      const drawn = asDrawn(drawing, map.drawing);
      return call(glue, () => glue.draw(data, shape, drawn, under));
    },
    sharedScale(maps, looks) {
      const { fold, sign, clip, ...unknown } = optionsOf(looks, 'sharedScale()');
      refuseUnknown(unknown, 'sharedScale()', ['fold', 'sign', 'clip']);
      const { drawing } = drawOptions({ fold, sign, clip }, 'sharedScale()');
      if (!Array.isArray(maps)) throw new RelumeError('invalid-option', `sharedScale() takes an array of maps, not ${asText(maps)}.`);
      const all = Array.from(maps, mapOf);
      const numbers = new Float32Array(all.reduce((length, { data }) => length + data.length, 0));
      let at = 0;
      for (const { data } of all) {
        numbers.set(data, at);
        at += data.length;
      }
      const shapes = Uint32Array.from(all.flatMap(({ shape }) => [...shape]));
      return call(glue, () => glue.sharedScale(numbers, shapes, drawing));
    },
    locate(map, options) {
      const name = 'locate()';
      const { quantile = 0.8, within, ...unknown } = optionsOf(options, name);
      refuseUnknown(unknown, name, ['quantile', 'within']);
      if (typeof quantile !== 'number')
        throw new RelumeError('invalid-option', `${name} takes a number as quantile, not ${asText(quantile)}.`);
      const rectangle = within === undefined || within === null ? undefined : rectangleOf(within, name);
      const { data, shape } = mapOf(map);
      return call(glue, () => glue.locate(data, shape, quantile, rectangle)) ?? undefined;
    },
    compareMaps(a, b, shape) {
      const maps = /** @type {const} */ ([numbersOf(a, "A map's data"), numbersOf(b, "A map's data")]);
      const sides = converted(() => Uint32Array.from(shape), "A map's shape is given as whole numbers.");
      return call(glue, () => glue.compareMaps(...maps, sides)) ?? undefined;
    },
    randomImportance(pixels, seed) {
      const numbers = /** @type {const} */ ([
        wholeNumber(pixels, 'randomImportance() takes as pixels', 1, MOST_PIXELS),
        wholeNumber(seed, 'randomImportance() takes as seed', 0, LARGEST_SEED),
      ]);
      return call(glue, () => glue.randomImportance(...numbers));
    },
    reluBackward(rule, f, r) {
      checkRule(rule);
      const numbers = /** @type {const} */ ([numbersOf(f, 'The input of a ReLU'), numbersOf(r, 'A signal')]);
      return call(glue, () => glue.reluBackward(rule, ...numbers));
    },
  };
}

/** @param {import('./types.js').BoundingBox} rectangle @param {string} call @returns {import('./types.js').BoundingBox} */
function rectangleOf(rectangle, call) {
  const { left, top, width, height, ...unknown } = optionsOf(rectangle, call);
  refuseUnknown(unknown, call, ['left', 'top', 'width', 'height']);
  const whole = (/** @type {unknown} */ value, /** @type {string} */ name, /** @type {number} */ least) =>
    wholeNumber(value, `${call} takes as ${name} of a rectangle`, least);
  return { left: whole(left, 'left', 0), top: whole(top, 'top', 0), width: whole(width, 'width', 1), height: whole(height, 'height', 1) };
}

/** @param {import('./types.js').Tensor} map */
function mapOf(map) {
  const data = numbersOf(
    converted(() => map?.data, "A map's data cannot be read."),
    "A map's data",
  );
  const shape = converted(() => Uint32Array.from(map.shape ?? []), "A map's shape is given as whole numbers.");
  return { data, shape };
}

/**
 * @param {Glue} glue
 * @param {import('../wasm/flex/relume_wasm.js').Model} loaded
 * @param {import('./run-limits.js').CheckedLimits} limits
 * @returns {Model}
 */
function modelOf(glue, loaded, limits) {
  const model = held(glue, loaded, 'model');
  const read = () => call(glue, () => model.get().info());
  /** Reading it takes milliseconds, so whoever asks first gets what was read for the check. @type {import('./types.js').ModelInfo | undefined} */
  let checked = read();
  try {
    checkRunCost(checked.runCost, limits);
  } catch (error) {
    model.free();
    throw error;
  }
  const info = () => {
    const first = checked;
    checked = undefined;
    return first ? call(glue, () => model.get() && first) : read();
  };
  // Runs outlive their model, and still explain a class by its name.
  const { classes } = checked;
  const classNames = () => classes;
  return {
    info,
    forward(tensor) {
      const numbers = numbersOf(tensor, 'The input of a network');
      return traceOf(
        glue,
        call(glue, () => model.get().forward(numbers)),
        classNames,
      );
    },
    forwardPicture(rgba, width, height) {
      // The wasm takes what is no such number for another one.
      if (![width, height].every((size) => Number.isInteger(size) && size > 0 && size < 2 ** 32)) {
        throw new RelumeError(
          'invalid-picture',
          `A picture's width and height are whole numbers from 1, not ${asText(width)} and ${asText(height)}.`,
        );
      }
      const bytes = rgbaOf(rgba);
      return traceOf(
        glue,
        call(glue, () => model.get().forwardPicture(bytes, width, height)),
        classNames,
      );
    },
    visualise(options, part) {
      const name = 'visualise()';
      model.get();
      const { target, ...own } = optionsOf(options, name);
      const checked = checkedVisualisation(own, name, 'target');
      const resolved = resolveTarget(checkVisualised(target, name), classNames);
      const { after, to = ALL, ...unknown } = optionsOf(part, name);
      refuseUnknown(unknown, name, ['after', 'to']);
      const picture = after && numbersOf(after.data, 'The picture of a visualisation');
      const steps = /** @type {const} */ ([
        wholeNumber(after?.done ?? 0, `${name} takes as after.done`, 0),
        wholeNumber(to, `${name} takes as to`, 0),
      ]);
      return call(glue, () => /** @type {Visualised} */ (model.get().visualise(resolved, checked, picture, ...steps)));
    },
    free: model.free,
  };
}

const BYTES = 'load() takes the bytes of a model file, such as a Uint8Array or what fs.readFile gives.';
const PICTURE = 'A picture is RGBA, eight bits each, in a Uint8Array or Uint8ClampedArray.';

/** More steps than a visualisation has. */
const ALL = 2 ** 31;
/** More than any picture that a network takes. */
const MOST_PIXELS = 2 ** 26;
/** Bytes of a file that go into the wasm at a time. */
const PIECE = 4 << 20;
/** The wasm's memory has addresses for no more in one place. */
const LARGEST = 2 ** 31;

/**
 * @param {Glue} glue
 * @param {import('../low-level.js').ReadableFile} source
 * @param {import('./types.js').Randomised | undefined} randomised
 * @returns {Promise<import('../wasm/flex/relume_wasm.js').Model>}
 */
async function loadPieces(glue, source, randomised) {
  if (!(source instanceof Blob)) throw new RelumeError('invalid-option', 'loadFile() takes a Blob, such as a File.');
  let piece = await pieceOf(source, 0);
  const length = lengthToRead(source.size, piece);
  const file = held(
    glue,
    call(glue, () => new glue.ModelFile(length)),
    'file',
  );
  try {
    for (let first = 0; first < length; first += PIECE) {
      if (first > 0) piece = await pieceOf(source, first);
      const read = piece;
      call(glue, () => file.get().push(read));
    }
  } catch (error) {
    file.free();
    throw error;
  }
  // Whether it succeeds or not, the wasm takes the file back.
  return call(glue, () => (randomised ? file.get().loadRandomised(randomised.from, randomised.seed) : file.get().load()));
}

/**
 * How many bytes of a file the engine has to see. What cannot be a model, nor an archive that is named by its end, is named by its
 * beginning: memory for a large file would stay taken, or end the engine.
 * @param {number} size
 * @param {Uint8Array} beginning
 */
function lengthToRead(size, beginning) {
  const isArchive = beginning[0] === 0x50 && beginning[1] === 0x4b; // PK
  const isModel = beginning.length > 8 && beginning[8] === 0x7b; // {, after eight bytes for the length of what it opens
  if (!isArchive && !isModel) return Math.min(size, beginning.length, PIECE);
  if (size >= LARGEST) throw new RelumeError('invalid-model', `A model file has less than 2 GB, this one has ${size} bytes.`);
  return size;
}

/** @param {Blob} source @param {number} first @returns {Promise<Uint8Array>} */
async function pieceOf(source, first) {
  try {
    return new Uint8Array(await source.slice(first, first + PIECE).arrayBuffer());
  } catch (cause) {
    const name = source instanceof File ? `The file "${source.name}"` : 'The model';
    throw new RelumeError('unreadable', `${name} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
}

/** @param {Bytes} rgba */
function rgbaOf(rgba) {
  if (rgba instanceof Uint8Array || rgba instanceof Uint8ClampedArray) return bytesOf(rgba, PICTURE);
  throw new RelumeError('invalid-picture', PICTURE);
}
