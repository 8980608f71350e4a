// The form that a network of another tool opens on the page, from outside.

import assert from 'node:assert/strict';
import { explained } from './page.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @param {string} name @param {Buffer} buffer */
export const fileOf = (name, buffer) => ({ name, mimeType: '', buffer });

/** Waits until the form has said what it can under the present choices. @param {Page} page @param {string} [name] of the file */
export async function answered(page, name = '') {
  await page.waitForFunction(
    (wanted) =>
      document.querySelector('#network-form-title')?.textContent?.includes(wanted) &&
      document.querySelector('#network-form')?.getAttribute('data-state') !== 'working' &&
      document.querySelector('#form-answer')?.getAttribute('aria-busy') === 'false',
    name,
  );
}

/** The classes that the form shows, likeliest first. @param {Page} page @param {string} [name] of the file @returns {Promise<string[]>} */
export async function answer(page, name) {
  await answered(page, name);
  return page.locator('#form-answer bdi:not(p bdi)').allInnerTexts();
}

/** Chooses a network by the file input, and waits for its form. @param {Page} page @param {string} name @param {Buffer} buffer */
export async function pick(page, name, buffer) {
  await page.setInputFiles('#model-file', fileOf(name, buffer));
  await answered(page, name);
}

/** “Use this network”, until it explains a picture. @param {Page} page */
export async function use(page) {
  await page.click('#form-use');
  await page.waitForSelector('#network-form', { state: 'detached' });
  await page.waitForFunction(() => document.querySelector('#model-message')?.textContent?.includes('is loaded'));
  await explained(page);
}

/** What the page says of the networks of one's own. @param {Page} page @param {RegExp} words */
export async function told(page, words) {
  await page.waitForFunction(
    (source) => new RegExp(source, 's').test(document.querySelector('#model-message')?.textContent ?? ''),
    words.source,
  );
  assert.match(await page.innerText('#model-message'), words);
}
