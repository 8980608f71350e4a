// The buttons that copy the BibTeX entries.

import { byId } from './dom.js';

for (const button of document.querySelectorAll('button[data-copy]')) {
  if (button instanceof HTMLButtonElement) button.addEventListener('click', () => copy(byId(button.dataset['copy'] ?? '', HTMLElement)));
}

/** @param {HTMLElement} entry */
async function copy(entry) {
  const line = byId('cite-line', HTMLElement);
  try {
    await navigator.clipboard.writeText(`${entry.textContent ?? ''}\n`);
    line.textContent = 'The entry is in the clipboard.';
  } catch {
    // Some browsers keep pages from the clipboard.
    getSelection()?.selectAllChildren(entry);
    line.textContent = 'This browser does not let a page copy; the entry is selected for you.';
  }
}
