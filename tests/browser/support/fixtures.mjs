// The models the tests run: committed ones, those from the command line, and the fetched EfficientNet-Lite0.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Ignored by git, but served to the browser like the rest of tests/. */
export const ARTIFACTS = `${ROOT}tests/browser/artifacts`;

export const ODD = '/tests/goldens/odd.model.safetensors';
export const SQUEEZENET = '/www/models/squeezenet-1.1.safetensors';
export const ALL_CNN_C = '/www/models/all-cnn-c.safetensors';
export const EFFICIENTNET = '/www/models/efficientnet-lite0.safetensors';

export const GALLERY = '/www/pictures/cifar10';

/** @returns {Promise<{ source: string, model: string, pictures: { file: string, class: string, answer: string }[] }>} */
export async function gallery() {
  return JSON.parse(await readFile(`${ROOT}${GALLERY}/gallery.json`, 'utf8'));
}

/** The classes of ImageNet that are house cats: tabby, tiger cat, Persian, Siamese, Egyptian. */
export const CATS = [281, 282, 283, 284, 285];

/**
 * Runs the command line.
 * @param {string[]} args
 * @returns {Promise<string>} what it printed
 */
export async function relume(...args) {
  const command = process.env.RELUME ?? `${ROOT}target/debug/relume`;
  if (!existsSync(command)) throw new Error(`${command} is not built: cargo build --package relume-cli`);
  const { stdout } = await promisify(execFile)(command, args, { cwd: ROOT, maxBuffer: 1 << 24 });
  return stdout;
}

/**
 * A network of the paper with weights by formula.
 * @param {string} name
 * @param {number} [size] of its pictures, where not the network's own
 * @returns {Promise<string>} its path on the server
 */
export async function seeded(name, size) {
  await mkdir(ARTIFACTS, { recursive: true });
  const file = size === undefined ? name : `${name}-${size}`;
  const fresh = `${ARTIFACTS}/${file}.${process.pid}.safetensors`;
  await relume('init', name, fresh, '--dtype', 'f32', ...(size === undefined ? [] : ['--size', String(size)]));
  // Test files may run in parallel, and none may find half a file.
  await rename(fresh, `${ARTIFACTS}/${file}.safetensors`);
  return `/tests/browser/artifacts/${file}.safetensors`;
}

/**
 * For the `skip` of tests that need EfficientNet-Lite0: it is fetched, and may be missing, but not where CI=true.
 * @returns {string | false}
 */
export function withoutEfficientNet() {
  if (existsSync(ROOT + EFFICIENTNET)) return false;
  const reason = `www/models/efficientnet-lite0.safetensors is missing: make models fetches it`;
  if (process.env.CI === 'true') throw new Error(reason);
  return reason;
}

/** The names of CIFAR-10's classes. */
export async function galleryClasses() {
  const { pictures } = await gallery();
  return [...new Set(pictures.map((picture) => picture.class))];
}
