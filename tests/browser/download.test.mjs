// A model's download: what counts is what arrives, not the length that the server announces.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

const timeout = 300_000;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test('a length that is missing, wrong or not a number does not matter', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser);
  const found = await page.evaluate(async (path) => {
    const bytes = new Uint8Array(await (await fetch(path)).arrayBuffer());
    const relume = await bare.Relume.start({ workers: 1 });
    /** @type {{ said: string, watched: boolean, right: boolean }[]} */
    const loads = [];
    const ask = globalThis.fetch;
    for (const said of [
      '',
      String(bytes.length),
      '10',
      String(bytes.length - 1),
      String(2 * bytes.length),
      String(2 ** 28),
      String(2 ** 40),
      '-5',
      '1.5',
      'long',
    ]) {
      globalThis.fetch = async () => {
        let at = 0;
        const stream = new ReadableStream({
          pull(controller) {
            if (at === bytes.length) return controller.close();
            const to = Math.min(at + 300_001, bytes.length);
            controller.enqueue(bytes.slice(at, to));
            at = to;
          },
        });
        return new Response(stream, { headers: said === '' ? {} : { 'content-length': said } });
      };
      for (const watched of [true, false]) {
        let last = { loaded: bytes.length };
        const model = await relume.load(
          path,
          watched
            ? {
                onProgress: (at) => {
                  last = at;
                },
              }
            : {},
        );
        loads.push({ said, watched, right: last.loaded === bytes.length && model.info.classes.length === 10 });
        model.close();
      }
    }
    globalThis.fetch = ask;
    relume.close();
    return loads;
  }, ALL_CNN_C);
  assert.equal(found.length, 20);
  assert.deepEqual(
    found.filter(({ right }) => !right),
    [],
  );
  assert.deepEqual(troubles, []);
  await context.close();
});
