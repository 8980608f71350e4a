// A visitor's file on the page, as by hand.

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {{ name: string, mimeType: string, buffer: Buffer }} Brought */

/** Drops a file on figure 2, or pastes it. @param {Page} page @param {'drop' | 'paste'} how @param {Brought} file */
export async function bring(page, how, file) {
  await bringAll(page, how, [file]);
}

/** One right after the other. @param {Page} page @param {'drop' | 'paste'} how @param {Brought[]} files */
export async function bringAll(page, how, files) {
  await page.evaluate(
    ([way, brought]) => {
      for (const { name, type, base64 } of brought) {
        const transfer = new DataTransfer();
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type }));
        const event =
          way === 'drop'
            ? new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
            : new ClipboardEvent('paste', { bubbles: true, cancelable: true });
        // In Firefox a paste made by a script carries no files.
        if (way === 'paste') Object.defineProperty(event, 'clipboardData', { value: transfer });
        document.querySelector('#picture-figure')?.dispatchEvent(event);
      }
    },
    /** @type {const} */ ([how, files.map(({ name, mimeType, buffer }) => ({ name, type: mimeType, base64: buffer.toString('base64') }))]),
  );
}
