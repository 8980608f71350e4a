// What a page may hand over as a picture: images that have not been fetched, and drawings.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ODD } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

const timeout = 120_000;
const RED = [255, 0, 0, 255];
const WHITE = [255, 255, 255, 255];

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('an image that is lazy and far away is fetched; one that cannot be is refused', { timeout }, async () => {
  const { page, context } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const model = await relume.load(path);
    const expected = await model.forward(await bare.file('/www/pictures/chelsea.png'));
    const spacer = document.createElement('div');
    spacer.style.height = '40000px';
    document.body.append(spacer);
    /** @param {string} src */
    function lazy(src) {
      const image = document.createElement('img');
      image.loading = 'lazy';
      image.src = src;
      document.body.append(image);
      return image;
    }
    const image = lazy('/www/pictures/chelsea.png');
    const unfetched = !image.complete;
    const trace = await model.forward(image);
    const inert = new DOMParser().parseFromString('<img src="/www/pictures/chelsea.png">', 'text/html').querySelector('img');
    const result = {
      unfetched,
      same: bare.same(trace.logits, expected.logits),
      loading: image.loading,
      refusals: [
        await bare.refusal(() => model.forward(lazy('/www/pictures/absent.png'))),
        await bare.refusal(() => model.forward(new Image())),
        await bare.refusal(() => model.forward(/** @type {HTMLImageElement} */ (inert))),
      ].map(({ code }) => code),
    };
    relume.close();
    return result;
  }, ODD);
  assert.deepEqual(found, { unfetched: true, same: true, loading: 'lazy', refusals: Array(3).fill('invalid-picture') });
  await context.close();
});

test('an image that its page changes or drops while it loads is read all the same, and keeps its attributes', { timeout }, async () => {
  const { page, context } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const model = await relume.load(path);
    const expected = await model.forward(await bare.file('/www/pictures/coffee.jpg'));
    /** @param {(image: HTMLImageElement) => void} change */
    async function changed(change) {
      const image = document.createElement('img');
      image.src = `/www/pictures/coffee.jpg?${Math.random()}`;
      document.body.append(image);
      const running = model.forward(image);
      change(image);
      return bare.same((await running).logits, expected.logits) && !image.hasAttribute('loading');
    }
    const found = [await changed((image) => image.removeAttribute('src')), await changed((image) => image.remove())];
    relume.close();
    return found;
  }, ODD);
  assert.deepEqual(found, [true, true]);
  await context.close();
});

test('a WebP of many empty parts is read at once', { timeout }, async () => {
  const { page, context } = await openBare(browser);
  const milliseconds = await page.evaluate(async () => {
    const { webpOrientation } = await import(/** @type {any} */ ('/pkg/api/webp-orientation.js'));
    const bytes = new Uint8Array(30 + 8 * 200_000);
    bytes.set(new TextEncoder().encode('RIFF0000WEBPVP8X'));
    bytes[16] = 10;
    bytes[20] = 8;
    const began = performance.now();
    await webpOrientation(new Blob([bytes]));
    return performance.now() - began;
  });
  assert.ok(milliseconds < 5000, `${milliseconds} ms`);
  await context.close();
});

// A red square on the left half; what lies beside it is transparent, and so white to the network.
const SHAPE = '<rect width="50" height="400" fill="#f00"/>';
for (const [name, attributes, size] of /** @type {[string, string, number[]][]} */ ([
  ['with a size', 'width="200" height="100" viewBox="0 0 100 50"', [200, 100]],
  ['with a view box only', 'viewBox="0 0 100 100"', [300, 300]],
  ['with a tall view box', 'viewBox="0 0 100 400"', [300, 1200]],
  ['as wide as its place', 'width="100%" height="100%" viewBox="0 0 100 50"', [300, 150]],
  ['with a width only', 'width="120" viewBox="0 0 100 50"', [120, 60]],
  ['with nothing', '', [300, 150]],
])) {
  test(`an SVG ${name} is drawn, as a file, without a type, and as an image`, { timeout }, async () => {
    const { page, context } = await openBare(browser);
    const found = await page.evaluate(
      async ([path, svg]) => {
        const relume = await bare.Relume.start({ workers: 1 });
        const model = await relume.load(path);
        const file = new File([svg], 'drawing.svg', { type: 'image/svg+xml' });
        const image = new Image();
        image.src = URL.createObjectURL(file);
        const views = [];
        for (const source of [file, new Blob([svg]), image]) {
          const { view } = await model.forward(source);
          const at = (/** @type {number} */ x) => [...(view?.data.slice(4 * (26 * 9 + x), 4 * (26 * 9 + x) + 4) ?? [])];
          views.push([at(1), at(24)]);
        }
        relume.close();
        return views;
      },
      [ODD, `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${SHAPE}</svg>`],
    );
    // The network sees the largest rectangle of its own proportions, 26 by 19, in the middle.
    const [width = 0, height = 0] = size;
    const scale = attributes.includes('viewBox') ? width / 100 : 1;
    const seen = Math.min(width, (height * 26) / 19);
    const expected = [1.5, 24.5].map((x) => (((width - seen) / 2 + (x / 26) * seen) / scale < 50 ? RED : WHITE));
    assert.deepEqual(found, Array(3).fill(expected));
    await context.close();
  });
}

test('a broken SVG is refused', { timeout }, async () => {
  const { page, context } = await openBare(browser);
  const refusal = await page.evaluate(async (path) => {
    const relume = await bare.Relume.start({ workers: 1 });
    const model = await relume.load(path);
    const found = await bare.refusal(() => model.forward(new File(['<svg><rect'], 'drawing.svg', { type: 'image/svg+xml' })));
    relume.close();
    return found;
  }, ODD);
  assert.equal(refusal.code, 'invalid-picture');
  assert.match(refusal.message, /cannot be decoded/);
  await context.close();
});
