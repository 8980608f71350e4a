// Made by a script, so that a page's Content-Security-Policy needs no 'unsafe-inline' for it.

const CSS = `
:host { display: block; container-type: inline-size; font: 0.875rem/1.45 system-ui, sans-serif; }
:host([hidden]), [hidden] { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
figure { margin: 0; text-align: start; }
.row { display: grid; grid-template-columns: repeat(var(--columns), minmax(0, var(--relume-size, 14rem))); gap: var(--relume-gap, 0.75rem); }
.cell { min-width: 0; }
.frame { position: relative; aspect-ratio: var(--aspect, 1); background: rgb(128 128 128 / 15%); overflow: hidden; }
canvas { display: block; width: 100%; height: 100%; image-rendering: var(--relume-rendering, pixelated); }
.row[aria-busy="true"] [part~="map"]:not([data-fresh]) { opacity: 0.5; }
/* In the gap below the frame, and at the end of the label's line: it covers nothing of the map, and moves nothing. */
.growth { position: relative; height: 0; }
.growth progress { position: absolute; inset: 0 0 auto; display: block; width: 100%; height: 0.25rem; }
.growth span { position: absolute; inset: 0.25rem 0 auto auto; font-size: 0.8125rem; font-variant-numeric: tabular-nums; opacity: 0.8; }
.label { display: block; margin-top: 0.25rem; opacity: 0.8; }
figcaption { margin-top: 0.5rem; }
.meanings { margin: 0.25rem 0 0; font-size: 0.8125rem; opacity: 0.8; }
.meanings span { display: block; }
.status { margin: 0.5rem 0 0; }
.status:empty { display: none; }
/* Where a class can be chosen, what is said meanwhile moves nothing. */
.choice[data-open="true"] + .status { display: block; min-height: 1.45em; }
slot[hidden] { display: none; }
::slotted(img) { max-width: 100%; height: auto; }
[data-failed] :is(.row, .scale, .choice, figcaption > slot > span) { display: none !important; }
[data-failed] .status { max-width: 42rem; padding: 0.625rem 0.875rem; border: 1px solid; border-inline-start-width: 4px; border-radius: 4px; color: #a8340a; background: #fbeee7; color: light-dark(#a8340a, #ff9a6b); background: light-dark(#fbeee7, #38221a); }
.scale { display: flex; flex-wrap: wrap; gap: 0.375rem; align-items: center; margin: 0.5rem 0 0; }
.bar { width: 5rem; height: 0.75rem; border: 1px solid rgb(128 128 128); background: linear-gradient(90deg, #000, #fff); }
.bar[data-colors="diverging"] { background: linear-gradient(90deg, #0072b2, #f7f7f7, #d55e00); }
.bar[data-colors="from-zero"] { background: linear-gradient(90deg, #f7f7f7, #d55e00); }
.bar[data-colors="heat"] { background: linear-gradient(90deg, #440154, #472d7b, #3b528b, #2c728e, #21918c, #28ae80, #5ec962, #addc30, #fde725); }
.choice { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr)); gap: 0.75rem 1.5rem; max-width: 42rem; margin-top: 0.5rem; }
.predictions { display: grid; gap: 4px; margin: 0; padding: 0; list-style: none; }
.predictions :is(button, .line) { position: relative; isolation: isolate; display: flex; justify-content: space-between; gap: 0.75rem; width: 100%; min-height: 1.875rem; padding: 0.25rem 0.625rem; border: 1px solid rgb(128 128 128 / 45%); border-radius: 4px; overflow: hidden; font: inherit; color: inherit; background: none; text-align: start; }
.predictions button { cursor: pointer; }
.predictions :is(button, .line)::after { content: ""; position: absolute; inset: 0; z-index: -1; background: rgb(128 128 128 / 22%); transform: scaleX(var(--share, 0)); transform-origin: left; }
.predictions :is([aria-pressed="true"], [aria-current="true"]) { border-color: currentColor; font-weight: 700; }
.share, small { font-variant-numeric: tabular-nums; white-space: nowrap; }
.classes label { display: block; opacity: 0.8; }
.combo { position: relative; margin-top: 0.25rem; }
.combo input { width: 100%; min-height: 2.25rem; padding: 0.375rem 0.625rem; border: 1px solid rgb(128 128 128); border-radius: 4px; font: inherit; color: FieldText; background: Field; }
.combo ul { position: absolute; inset: 100% 0 auto; z-index: 5; max-height: 14rem; margin: 4px 0 0; padding: 4px; overflow-y: auto; list-style: none; border: 1px solid rgb(128 128 128); border-radius: 4px; color: CanvasText; background: Canvas; }
.combo li { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; padding: 0.375rem 0.5rem; border-radius: 3px; cursor: pointer; }
.combo li:is(:hover, [aria-selected="true"]) { color: HighlightText; background: Highlight; }
.class-message { min-height: 1.45em; margin: 0.25rem 0 0; font-size: 0.8125rem; opacity: 0.8; }
@container (max-width: 30rem) { .growth span { display: none; } .row { grid-template-columns: repeat(min(2, var(--columns)), minmax(0, 1fr)); } }
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
