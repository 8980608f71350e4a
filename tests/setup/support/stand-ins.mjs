// A folder with a toolchain and a PATH of stand-ins, which write down what they are asked for: nothing can be fetched,
// installed or compiled, and nothing outside the folder changes.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** What the scripts call and may be the system's own. */
const SYSTEM = [
  'awk',
  'bash',
  'cat',
  'chmod',
  'cp',
  'cut',
  'dirname',
  'find',
  'grep',
  'head',
  'ln',
  'ls',
  'mkdir',
  'mktemp',
  'mv',
  'rm',
  'rmdir',
  'sed',
  'sh',
  'sort',
  'touch',
];

/** @param {import('node:test').TestContext} t the folder is gone when it ends */
export function standIns(t) {
  const root = mkdtempSync(join(tmpdir(), 'relume set-up '));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  chmodSync(root, 0o755); // another user may have to look in
  const path = join(root, 'bin');
  const calls = join(root, 'calls');
  mkdirSync(path);
  for (const program of SYSTEM) {
    const found = [`/usr/bin/${program}`, `/bin/${program}`].find((file) => existsSync(file));
    if (found === undefined) throw new Error(`${program} is needed and is not in /usr/bin`);
    symlinkSync(found, join(path, program));
  }
  const here = {
    root,
    path,

    /** @param {string} name @param {string} content @param {number} [mode] */
    write(name, content, mode = 0o644) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      rmSync(join(root, name), { force: true }); // a link is replaced, not followed
      writeFileSync(join(root, name), content);
      chmodSync(join(root, name), mode);
    },

    /**
     * A program that writes its name and arguments down, and then does as the text says.
     * @param {string} name @param {string} [text]
     */
    program: (name, text = '') => here.write(`bin/${name}`, `#!/bin/sh\necho "${name} $*" >>'${calls}'\n${text}\n`, 0o755),

    /** @param {string} name */
    remove: (name) => rmSync(join(root, name), { recursive: true, force: true }),

    /** @returns {string[]} what was asked for since the last time */
    calls() {
      const lines = existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : [];
      rmSync(calls, { force: true });
      return lines;
    },

    /** @param {string} folder @returns {Record<string, string>} the content of every file below it; a folder counts if it is empty */
    files(folder) {
      /** @type {Record<string, string>} */
      const found = {};
      const look = (/** @type {string} */ at) => {
        const entries = readdirSync(at, { withFileTypes: true });
        for (const entry of entries) {
          if (entry.isDirectory()) look(join(at, entry.name));
          else found[relative(join(root, folder), join(at, entry.name))] = readFileSync(join(at, entry.name), 'utf8');
        }
        if (entries.length === 0) found[`${relative(join(root, folder), at)}/`] = '';
      };
      look(join(root, folder));
      return found;
    },
  };
  return here;
}
