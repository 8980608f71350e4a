// The networks that tests/bench/networks.py has written, and a server that shows them beside what it always shows.

import { existsSync, readdirSync } from 'node:fs';
import { ROOT } from '../browser/support/fixtures.mjs';

const FOLDER = 'target/bench/networks';

/** For `serve`. */
export const FOLDERS = ['www', 'pkg', 'tests', FOLDER];

/** Where a network is on the server, there or not. @param {string} name as torchvision has it */
export const written = (name) => `/${FOLDER}/${name}.safetensors`;

/** Where those are that are there. */
export function allWritten() {
  if (!existsSync(ROOT + FOLDER)) return [];
  const names = readdirSync(ROOT + FOLDER).filter((name) => name.endsWith('.safetensors'));
  return names.sort().map((name) => `/${FOLDER}/${name}`);
}
