// Made by a script, so that a page's Content-Security-Policy needs no 'unsafe-inline' for it.

const CSS = `
:host { display: block; container-type: inline-size; font: 0.875rem/1.45 system-ui, sans-serif; }
:host([hidden]) { display: none; }
figure { margin: 0; text-align: start; }
.row { display: grid; grid-template-columns: repeat(var(--columns), minmax(0, var(--relume-size, 14rem))); gap: var(--relume-gap, 0.75rem); }
.cell { min-width: 0; }
.frame { aspect-ratio: var(--aspect, 1); background: rgb(128 128 128 / 15%); overflow: hidden; }
canvas { display: block; width: 100%; height: 100%; image-rendering: var(--relume-rendering, pixelated); }
canvas[hidden] { display: none; }
.label { display: block; margin-top: 0.25rem; opacity: 0.8; }
figcaption { margin-top: 0.5rem; }
.status { margin: 0.5rem 0 0; }
.status:empty { display: none; }
slot[hidden] { display: none; }
::slotted(img) { max-width: 100%; height: auto; }
@container (max-width: 30rem) { .row { grid-template-columns: repeat(min(2, var(--columns)), minmax(0, 1fr)); } }
`;

/** @type {CSSStyleSheet | undefined} */
let sheet;

export function styleSheet() {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
