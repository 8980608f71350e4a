// Messages that are not of the package, to a worker and in a worker's name: whatever they are, nothing hangs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';
import { withReach } from './support/started-workers.mjs';

const timeout = 240_000;
const MESSAGES = 2000;
const SEED = 20141222;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** Adds `foreignMessage(numbers)` to the page: anything that can be posted, some of it nearly a message of the package. */
function makeForeign() {
  /** @typedef {{ next(): number, below(count: number): number, pick<T>(from: ArrayLike<T>): T }} Numbers */
  const OPERATIONS = [
    ...['start', 'load', 'forward', 'activation', 'explain', 'explainPart', 'curve', 'edges', 'randomImportance', 'compareMaps'],
    ...['draw', 'convert', 'pictureSize', 'reluBackward', 'toString', '__proto__', 'constructor', ''],
  ];
  const KEYS = [
    ...['id', 'operation', 'request', 'free', 'crash', 'answer', 'memory', 'code', 'message', 'lock', 'handle', 'file', 'model', 'trace'],
    ...['input', 'tensor', 'rgba', 'width', 'height', 'method', 'target', 'draw', 'rule', 'f', 'r', 'data', 'shape', 'pixels', 'length'],
  ];
  /** @param {Numbers} numbers @param {number} depth @returns {unknown} */
  function value(numbers, depth) {
    const { next, below, pick } = numbers;
    const inner = () => value(numbers, depth - 1);
    const plain = [
      () => undefined,
      () => null,
      () => pick([true, false]),
      () => pick([0, -0, 1, -1, 1.5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 53, 1e308]),
      () => BigInt(below(1000)) ** 5n,
      () => pick(['', 'free', 'explain', '\u202e', '\ud800', 'x'.repeat(1000)]),
      () => new Date(next() * 1e12),
      () => new RegExp('a+'),
      () => new Blob([pick(['', 'PK', 'abc'])]),
      () => new File(['{}'], 'a'),
      () => new ArrayBuffer(below(64)),
      () => new Float32Array(below(16)),
      () => new Uint8ClampedArray(below(16)),
      () => new DataView(new ArrayBuffer(8)),
      () => new ImageData(1 + below(3), 1 + below(3)),
      () => new Error('not ours'),
      () => new DOMException('not ours', 'AbortError'),
      () => new DOMRect(),
    ];
    if (depth === 0 || next() < 0.4) return pick(plain)();
    const kind = below(5);
    if (kind === 0) return Array.from({ length: below(4) }, inner);
    if (kind === 1) return new Map([[inner(), inner()]]);
    if (kind === 2) return new Set([inner(), inner()]);
    if (kind === 3) {
      /** @type {Record<string, unknown>} */
      const round = { [pick(KEYS)]: inner() };
      round[pick(KEYS)] = round;
      return round;
    }
    return Object.fromEntries(Array.from({ length: 1 + below(5) }, () => [pick(KEYS), inner()]));
  }
  Object.assign(globalThis, {
    /** @param {Numbers} numbers */
    foreignMessage(numbers) {
      if (numbers.next() < 0.5) return value(numbers, 3);
      // Nearly ours.
      return { id: -1 - numbers.below(1e6), operation: numbers.pick(OPERATIONS), request: value(numbers, 2) };
    },
  });
}

test(
  `${MESSAGES} messages to a worker that are not the package's: each is ignored, refused, or ends the worker aloud`,
  { timeout },
  async (t) => {
    const { page, context, troubles } = await openBare(browser, (made) => made.addInitScript(makeForeign));
    const found = await page.evaluate(async ([seed, count]) => {
      const numbers = bare.seededNumbers(seed);
      const make = /** @type {any} */ (globalThis).foreignMessage;
      const tally = { refused: 0, answered: 0, workers: 0, hung: 0 };
      /** @type {Worker | undefined} */
      let worker;
      /** @type {(data: any) => void} */
      let hear = () => {};
      for (let sent = 0; sent < count;) {
        if (!worker) {
          worker = new Worker('/pkg/worker/worker.js', { type: 'module' });
          tally.workers += 1;
          worker.addEventListener('message', ({ data }) => hear(data));
          worker.addEventListener('error', (event) => hear({ crash: event.message }));
        }
        const current = worker;
        // One of ours comes after some of theirs: an answer to it, or the news of a crash, shows that nothing hangs.
        const settled = new Promise((resolve) => {
          const late = setTimeout(resolve, 20_000, 'hung');
          hear = (data) => {
            if ('crash' in data) resolve('crash');
            else if (data.id === 1) resolve(data.code);
            else if ('code' in data) tally.refused += 1;
            else if ('answer' in data) tally.answered += 1;
            if ('crash' in data || data.id === 1) clearTimeout(late);
          };
        });
        for (let i = 0; i < 20 && sent < count; i++, sent++) current.postMessage(make(numbers));
        current.postMessage({ id: 1, operation: 'activation', request: { trace: 0, layer: 'relu1' } });
        const how = await settled;
        if (how !== 'closed') {
          if (how !== 'crash') tally.hung += 1;
          current.terminate();
          worker = undefined;
        }
      }
      worker?.terminate();
      return tally;
    }, /** @type {const} */ ([SEED, MESSAGES]));
    assert.equal(found.hung, 0);
    assert.ok(found.refused > MESSAGES / 10, `${found.refused} were refused`);
    t.diagnostic(JSON.stringify(found));
    assert.deepEqual(troubles, []);
    await context.close();
  },
);

test('between the calls of a page that works: no call is lost, none waits for ever, and the answers are right', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser, withReach);
  await page.evaluate(makeForeign);
  const found = await page.evaluate(async ([seed, path]) => {
    const numbers = bare.seededNumbers(seed);
    const { started, foreignMessage } = /** @type {{ started: Worker[], foreignMessage: any }} */ (/** @type {any} */ (globalThis));
    const relume = await bare.Relume.start({ workers: 1 });
    const network = await relume.load(path);
    const trace = await network.forward(await bare.file('/www/pictures/chelsea.png'));
    const expected = await trace.explain({ target: { class: 3 } });
    const isOurs = (/** @type {any} */ data) => typeof data === 'object' && data !== null && ('id' in data || 'free' in data);
    let right = 0;
    for (let round = 0; round < 100; round++) {
      const call = trace.explain({ target: { class: 3 } });
      for (let i = 0; i < 5; i++) {
        const data = foreignMessage(numbers);
        if (!isOurs(data)) started.at(-1)?.postMessage(data);
        // In the worker's name.
        started.at(-1)?.dispatchEvent(new MessageEvent('message', { data: isOurs(data) ? [data] : data === 'crash' ? 0 : strip(data) }));
      }
      right += Number(bare.same((await call).data, expected.data));
    }
    /** Such as no worker of ours would say. @param {any} data */
    function strip(data) {
      if (typeof data === 'object' && data !== null) for (const key of ['crash', 'lock']) if (typeof data[key] === 'string') return null;
      return data;
    }
    relume.close();
    return { right, workers: started.length };
  }, /** @type {const} */ ([SEED, ALL_CNN_C]));
  assert.deepEqual(found, { right: 100, workers: 1 });
  assert.deepEqual(troubles, []);
  await context.close();
});
