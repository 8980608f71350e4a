// A model file of relume, taken apart and put together again: its description, the list of its tensors, their numbers.

/** @typedef {{ name: string, kind: string, inputs: string[] }} Layer */
/** @typedef {{ dtype: string, shape: number[], data_offsets: [begin: number, end: number] }} TensorHeader */
/** @typedef {{ shape: [channels: number, height: number, width: number], range: [low: number, high: number], std: number[] }} Input */
/** @typedef {{ name: string, title: string, licence: string, source: string, input: Input, classes: string[], layers: Layer[] }} Description */
/** @typedef {{ header: Record<string, TensorHeader>, description: Description, numbers: ArrayBuffer }} ModelFile */

/** A model file that cannot be read; `code` as the engine has it. */
export class ModelFileError extends Error {
  code = 'invalid-model';
}

/** @param {ArrayBuffer} bytes @returns {ModelFile} */
export function readModelFile(bytes) {
  try {
    const start = 8 + Number(new DataView(bytes).getBigUint64(0, true));
    const { __metadata__: metadata, ...header } = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, start - 8)));
    return { header, description: JSON.parse(metadata.relume), numbers: bytes.slice(start) };
  } catch (cause) {
    throw new ModelFileError('This is not a model file of relume, so it cannot be changed.', { cause });
  }
}

/** The most bytes of a header that are read: as many as the engine reads. */
const LONGEST_HEADER = 16 * 2 ** 20;

/**
 * What a model file says of itself, without its numbers being read; fails if it is not one, or is cut off.
 * @param {Blob} file
 * @returns {Promise<Description>}
 */
export async function describe(file) {
  const length = file.size < 8 ? NaN : Number(new DataView(await file.slice(0, 8).arrayBuffer()).getBigUint64(0, true));
  if (!(length <= Math.min(file.size - 8, LONGEST_HEADER)))
    throw new ModelFileError('This is not a model file of relume, or it is cut off.');
  const text = await file.slice(8, 8 + length).text();
  try {
    const { __metadata__: metadata, ...header } = JSON.parse(text);
    const end = Math.max(0, ...Object.values(header).map((tensor) => Number(tensor.data_offsets[1])));
    const description = JSON.parse(metadata.relume);
    if (8 + length + end === file.size && typeof description.title === 'string') return description;
  } catch (cause) {
    throw new ModelFileError('This is not a model file of relume.', { cause });
  }
  throw new ModelFileError('This model file is cut off or damaged.');
}

/** @param {Description} description @param {Record<string, TensorHeader>} header @param {BlobPart[]} numbers one after the other, as the header says */
export function writeModelFile(description, header, numbers) {
  const written = new TextEncoder().encode(JSON.stringify({ __metadata__: { relume: JSON.stringify(description) }, ...header }));
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(written.length), true);
  return new Blob([length.buffer, written, ...numbers]);
}
