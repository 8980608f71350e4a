// A model file of relume, taken apart and put together again: its description, the list of its tensors, their numbers.

/** @typedef {{ name: string, kind: string, inputs: string[] }} Layer */
/** @typedef {{ dtype: string, shape: number[], data_offsets: [begin: number, end: number] }} TensorHeader */
/** @typedef {{ range: [low: number, high: number], std: number[] }} Input */
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

/** @param {Description} description @param {Record<string, TensorHeader>} header @param {BlobPart[]} numbers one after the other, as the header says */
export function writeModelFile(description, header, numbers) {
  const written = new TextEncoder().encode(JSON.stringify({ __metadata__: { relume: JSON.stringify(description) }, ...header }));
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(written.length), true);
  return new Blob([length.buffer, written, ...numbers]);
}
