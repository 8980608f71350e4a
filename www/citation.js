// The buttons that copy the BibTeX entries.

import { byId } from './dom.js';
import { say } from './live-text.js';
import { t } from './translate.js';

export function createCitation() {
  for (const button of document.querySelectorAll('button[data-copy]')) {
    if (button instanceof HTMLButtonElement) button.addEventListener('click', () => copy(byId(button.dataset['copy'] ?? '', HTMLElement)));
  }
  return {};
}

/** @param {HTMLElement} entry */
async function copy(entry) {
  const line = byId('cite-line', HTMLElement);
  try {
    await navigator.clipboard.writeText(`${entry.textContent ?? ''}\n`);
    say(line, () => t('The entry is in the clipboard.'));
  } catch {
    // Some browsers keep pages from the clipboard.
    getSelection()?.selectAllChildren(entry);
    say(line, () => t('This browser does not let a page copy; the entry is selected for you.'));
  }
}
