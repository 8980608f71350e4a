// Prints the logits that a model file gives for numbers, as JSON: `node logits.mjs LOW_LEVEL MODEL NUMBERS`. LOW_LEVEL is the address of
// the package's low-level-node.js, NUMBERS a file of 32-bit floats, already normalised, [C, H, W] in a row.
import { readFile } from 'node:fs/promises';

const [lowLevel, model, numbers] = process.argv.slice(2);
try {
  const { open } = await import(lowLevel);
  const engine = await open();
  const bytes = await readFile(numbers);
  const tensor = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  // The network is the caller's own, and was just run by PyTorch.
  const logits = engine
    .load(await readFile(model), { limits: 'none' })
    .forward(tensor)
    .logits();
  process.stdout.write(JSON.stringify({ logits: [...logits] }));
} catch (error) {
  const { code = 'internal', message = String(error) } = /** @type {{ code?: string, message?: string }} */ (Object(error));
  process.stdout.write(JSON.stringify({ code, message }));
}
