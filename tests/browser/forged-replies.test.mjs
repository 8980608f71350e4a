// Replies in a worker's name that are nearly those of the worker: of another call, of the right call with the wrong content, without a
// part, with numbers that no worker says, or said twice. Each call gets the worker's own answer, and nothing else changes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { ALL_CNN_C } from './support/fixtures.mjs';
import { openBare } from './support/package.mjs';

const timeout = 240_000;
const ROUNDS = 20;
const SEED = 14126806;

/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/**
 * Adds `forge(numbers)` to the page: with each message to a worker, some forged replies come in its name before the true one, and
 * after that it comes again. `forged` counts them by their kind.
 */
function makeForger() {
  /** @typedef {{ next(): number, below(count: number): number, pick<T>(from: ArrayLike<T>): T }} Numbers */
  /** @type {Numbers | undefined} */
  let numbers;
  /** @type {Record<string, number>} */
  const forged = {};
  const HUGE = [1e308, Infinity, -Infinity, NaN, -1, 2 ** 53, 1.5, '5', null, undefined, {}, []];
  /** A right answer of each operation, as it was heard last. @type {Map<string, any>} */
  const heard = new Map();

  /** @param {Numbers} from @param {any} answer @returns {any} the same with one part of another type, another size, or none */
  function spoilt({ pick, below }, answer) {
    const parts = Object.entries(answer).filter(([key]) => key !== 'view' && key !== 'signals' && key !== 'similarity' && key !== 'rgba');
    if (parts.length === 0) return pick([null, 5, 'answer', undefined]);
    const [key, value] = pick(parts);
    const kept = { ...answer };
    if (below(4) === 0) {
      delete kept[key];
      return kept;
    }
    const others = ArrayBuffer.isView(value)
      ? [[1, 2, 3], new Uint16Array(4), 'numbers', 3, null]
      : Array.isArray(value)
        ? [{ 0: 3, length: 1 }, 'shape', 3, null]
        : typeof value === 'number'
          ? ['5', null, {}, 5n]
          : typeof value === 'string'
            ? [5, null, {}]
            : [null, 5, 'text', false];
    kept[key] = pick(others);
    // A map whose numbers are not as many as its sides say.
    if ('shape' in answer && 'data' in answer && below(2) === 0) {
      return { ...answer, shape: pick([[3, 2 ** 31, 1], [3, 1e308, 1], [0, 0, 0], [], [3, '32', 32], [-3, -32, 32, 1, 7]]) };
    }
    return kept;
  }

  /** @param {Numbers} from @param {{ id: number, operation: string }} call @returns {[kind: string, reply: any]} */
  function forgery(from, { id, operation }) {
    const { pick, below } = from;
    const answer = heard.get(operation) ?? {};
    const kinds = /** @type {[string, () => any][]} */ ([
      ['another id', () => ({ id: pick([id + 1, id + 1e6, -id, 0, 0.5, NaN, 1e308, String(id), null]), memory: 5, answer })],
      ['spoilt answer', () => ({ id, memory: 5, answer: heard.has(operation) ? spoilt(from, answer) : pick([null, 5, [], {}, 'x']) })],
      ['impossible memory', () => ({ id, memory: pick(HUGE), answer })],
      ['without memory', () => ({ id, answer })],
      ['without answer', () => ({ id, memory: 5 })],
      ['unknown code', () => ({ id, memory: 5, code: pick(['ok', '', 'Internal', 5, null, 'constructor']), message: 'not ours' })],
      ['message of another type', () => ({ id, memory: 5, code: 'internal', message: pick([5, null, {}, ['x']]) })],
      ['an answer of before', () => ({ id, memory: 5, answer })],
      ['a refusal', () => ({ id, memory: 5, code: pick(['internal', 'cancelled', 'too-large']), message: 'not ours' })],
      ['a lock', () => ({ lock: pick(['', 'theirs', 'relume', `relume-worker-${below(9)}`]) })],
      ['an event of an error', () => pick([new ErrorEvent('error', { message: 'not ours' }), new MessageEvent('messageerror')])],
      ['a crash', () => ({ crash: pick(['not ours', '', 5, null, {}, true]) })],
    ]);
    const [kind, make] = pick(kinds);
    return [kind, make()];
  }

  Object.assign(globalThis, {
    forged,
    /** @param {Numbers} from */
    forge(from) {
      numbers = from;
    },
    Worker: class extends Worker {
      /** @type {Map<number, string>} */
      #asked = new Map();

      /** @param {[string | URL, WorkerOptions?]} how */
      constructor(...how) {
        super(...how);
        const post = this.postMessage.bind(this);
        Object.assign(this, {
          /** @param {any} message @param {any} transfer */
          postMessage: (message, transfer) => {
            post(message, transfer);
            if (!('id' in message)) return;
            this.#asked.set(message.id, message.operation);
            const from = numbers;
            // Before the worker can have answered, and once the call is known.
            if (from) queueMicrotask(() => Array.from({ length: 6 }, () => this.#say(...forgery(from, message))));
          },
        });
        this.addEventListener('message', (event) => {
          const { data } = event;
          const operation = this.#asked.get(data?.id);
          if (!event.isTrusted || operation === undefined) return;
          if ('answer' in data) heard.set(operation, data.answer);
          // The true reply once more, after it was heard.
          if (numbers) queueMicrotask(() => this.#say('a reply twice', data));
        });
      }

      /** @param {string} kind @param {any} data */
      #say(kind, data) {
        forged[kind] = (forged[kind] ?? 0) + 1;
        if (kind === 'an event of an error') this.dispatchEvent(data);
        else this.dispatchEvent(new MessageEvent('message', { data }));
      }
    },
  });
}

test('forged replies change no answer, no error and no memory, and end no worker', { timeout }, async (t) => {
  const { page, context, troubles } = await openBare(browser, (made) => made.addInitScript(makeForger));
  const found = await page.evaluate(async ([seed, path, rounds]) => {
    const { forge, forged } = /** @type {{ forge: any, forged: Record<string, number> }} */ (/** @type {any} */ (globalThis));
    const relume = await bare.Relume.start({ workers: 1 });
    const network = await relume.load(path);
    const picture = await bare.file('/www/pictures/chelsea.png');
    const canvas = document.createElement('canvas');
    /** Every kind of call, and what comes of it. */
    const all = async () => {
      const trace = await network.forward(picture);
      const map = await trace.explain({ target: { class: 3 } });
      const other = await trace.explain({ method: 'backprop', target: { class: 3 } });
      const smooth = await trace.explain({ method: 'smoothgrad', samples: 2, target: 'top' });
      await map.draw(canvas);
      const again = await relume.load(path);
      const random = await again.randomised({ from: 'conv9' });
      const results = [
        [...trace.logits],
        [...map.data],
        [...smooth.data],
        [...(await trace.activation('relu1')).data],
        [...(await trace.curve({ by: map, change: 'deletion', points: 4 })).values],
        [...(await trace.curve({ by: 'edges', change: 'insertion', points: 2 })).values],
        [...(await trace.curve({ by: 'random', change: 'insertion', points: 2 })).values],
        Object.values((await map.compare(other)) ?? {}),
        [await bare.sharedScale([map, other])],
        [...(await map.pixels({ fold: 'sum' })).data],
        [...(await relume.reluBackward('guided', [1, -1], [1, 1]))],
        random.info.layers.map(({ parameters }) => parameters),
        [(await bare.refusal(() => trace.explain({ target: { class: 10 } }))).code],
      ];
      for (const each of [trace, again, random]) each.close();
      return JSON.stringify(results);
    };
    const expected = await all();
    const before = relume.memory();
    forge(bare.seededNumbers(seed));
    let right = 0;
    for (let round = 0; round < rounds; round++) right += Number((await all()) === expected);
    const memory = relume.memory();
    forge(undefined);
    const after = await all();
    relume.close();
    return { right, after: after === expected, forged, sane: memory === before, memory, before };
  }, /** @type {const} */ ([SEED, ALL_CNN_C, ROUNDS]));
  t.diagnostic(JSON.stringify(found.forged));
  assert.equal(found.right, ROUNDS);
  assert.ok(found.after);
  assert.ok(found.sane, `memory was ${found.before}, is ${found.memory}`);
  assert.equal(Object.keys(found.forged).length, 13);
  for (const [kind, count] of Object.entries(found.forged)) assert.ok(count > 50, `${kind}: ${count}`);
  assert.deepEqual(troubles, []);
  await context.close();
});

test('replies while an engine starts: a module that is none is not kept for the next worker', { timeout }, async () => {
  const { page, context, troubles } = await openBare(browser, (made) => made.addInitScript(makeForger));
  const found = await page.evaluate(
    async ([seed, path]) => {
      /** @type {any} */ (globalThis).forge(bare.seededNumbers(seed));
      const labels = [];
      for (let engine = 0; engine < 8; engine++) {
        const relume = await bare.Relume.start({ workers: 2 });
        const network = await relume.load(path);
        const picture = await bare.file('/www/pictures/chelsea.png');
        const maps = await Promise.all([1, 2, 3].map(() => network.explain(picture)));
        labels.push([maps.map(({ target }) => target.channel), relume.build()].join());
        relume.close();
      }
      return labels;
    },
    /** @type {const} */ ([SEED + 1, ALL_CNN_C]),
  );
  assert.equal(found.length, 8);
  assert.equal(new Set(found).size, 1, found.join('; '));
  assert.match(found[0] ?? '', /flex/);
  assert.deepEqual(troubles, []);
  await context.close();
});
