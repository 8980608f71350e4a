// The visitor's own networks that are kept in this browser, as model files in the page's private folder (the origin private file
// system). Nothing of it leaves the machine.

import { KEPT, keptAs } from './networks.js';
import { describe } from './model-file.js';
import { megabytes } from './numbers.js';
import { Refusal } from './status.js';
import { t } from './translate.js';

/** `title`: undefined if the file is damaged; `bytes`: how many it has. @typedef {{ name: string, title: string | undefined, bytes: number }} KeptNetwork */

const FOLDER = 'networks';
const ENDING = '.safetensors';
/** Of a name, so that an address stays short. */
const LONGEST_NAME = 40;
/** Tells the page's other tabs. */
const changes = new BroadcastChannel('relume-kept-networks');
/** What was opened: the same file as long as it has not changed. @type {Map<string, { file: File, stamp: string }>} */
const opened = new Map();

/** Calls back when another tab has kept or deleted a network. @param {() => void} listener */
export function onKeptElsewhere(listener) {
  changes.addEventListener('message', listener);
}

/** Sorted by their names. @returns {Promise<KeptNetwork[]>} */
export async function keptNetworks() {
  /** @type {KeptNetwork[]} */
  const found = [];
  for await (const [file, handle] of (await folder()).entries()) {
    if (!(handle instanceof FileSystemFileHandle) || !file.endsWith(ENDING)) continue;
    // One that is deleted meanwhile, by another tab, is none.
    const blob = await handle.getFile().catch(() => undefined);
    if (!blob) continue;
    const description = await describe(blob).catch(() => undefined);
    found.push({ name: KEPT + file.slice(0, -ENDING.length), title: description?.title, bytes: blob.size });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Keeps a model file, and says so to whoever has it open.
 * @param {File} file
 * @returns {Promise<string>} its name in addresses
 */
export async function keep(file) {
  const { title } = await describe(file);
  const all = await folder();
  const name = await navigator.locks.request('relume-kept-networks', async () => {
    const free = await freeName(all, title);
    await write(all, free, file);
    return free;
  });
  const stored = await (await all.getFileHandle(name + ENDING)).getFile();
  opened.set(KEPT + name, { file, stamp: stampOf(stored) });
  keptAs.set(file, KEPT + name);
  changes.postMessage('kept');
  return KEPT + name;
}

/**
 * Fails if it is not there, or damaged. Read as a whole, so that it stays in use should another tab delete it.
 * @param {string} name as `keep` gave it
 */
export async function openKept(name) {
  try {
    const stored = await (await (await folder()).getFileHandle(name.slice(KEPT.length) + ENDING)).getFile();
    const known = opened.get(name);
    if (known?.stamp === stampOf(stored)) return known.file;
    await describe(stored);
    const file = new File([await stored.arrayBuffer()], stored.name);
    opened.set(name, { file, stamp: stampOf(stored) });
    keptAs.set(file, name);
    return file;
  } catch (error) {
    if (isNamed(error, 'NotFoundError', 'TypeMismatchError')) throw new Refusal(() => t('It is not kept in this browser any longer.'));
    throw error;
  }
}

/** Deletes it; one that is in use stays in use. @param {string} name */
export async function forget(name) {
  try {
    await (await folder()).removeEntry(name.slice(KEPT.length) + ENDING);
  } catch (error) {
    if (!isNamed(error, 'NotFoundError')) throw error;
  }
  forgotten(name);
  changes.postMessage('deleted');
}

/** It was deleted, here or by another tab. @param {string} name */
export function forgotten(name) {
  const file = opened.get(name)?.file;
  if (file) keptAs.delete(file);
  opened.delete(name);
}

async function folder() {
  try {
    // Some browsers have the folder, but let only workers write into it.
    if (!('createWritable' in FileSystemFileHandle.prototype)) throw new Error('no createWritable');
    return await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
  } catch (cause) {
    throw new Refusal(
      () => t('This browser lets the page keep nothing here, as in a private window. “Save the model file” keeps it on your disk.'),
      { cause },
    );
  }
}

/** @param {FileSystemDirectoryHandle} all @param {string} title */
async function freeName(all, title) {
  const plain = title
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_.-]+/gu, '-')
    .slice(0, LONGEST_NAME)
    .replace(/^[-.]+|[-.]+$/g, '');
  const taken = new Set();
  for await (const file of all.keys()) taken.add(file);
  for (let count = 1; ; count++) {
    const name = `${plain || 'network'}${count === 1 ? '' : `-${count}`}`;
    if (!taken.has(name + ENDING)) return name;
  }
}

/** @param {FileSystemDirectoryHandle} all @param {string} name @param {File} file */
async function write(all, name, file) {
  const handle = await all.getFileHandle(name + ENDING, { create: true });
  try {
    const stream = await handle.createWritable();
    // Closes the stream, or aborts it if something fails.
    await file.stream().pipeTo(stream);
  } catch (error) {
    await all.removeEntry(name + ENDING).catch(() => undefined);
    if (!isNamed(error, 'QuotaExceededError')) throw error;
    throw new Refusal(
      () =>
        t(
          'This network needs {size} MB, more than this browser still gives the page. Delete another network here, or save the model file.',
          { size: megabytes(file.size) },
        ),
      { cause: error },
    );
  }
}

/** @param {File} file */
function stampOf({ size, lastModified }) {
  return `${size} ${lastModified}`;
}

/** @param {unknown} error @param {...string} names */
function isNamed(error, ...names) {
  return error instanceof DOMException && names.includes(error.name);
}
