// The work of the soak, in the page: many calls at once, most of them to be answered, some cancelled, some refused; and now and then a
// worker is ended. Each answer is compared with what it has to be.

import { Relume, RelumeError } from '../../pkg/index.js';
import { seededNumbers } from '../browser/pages/seeded-numbers.js';

/** @typedef {'right' | 'cancelled' | 'refused' | 'crashed'} Outcome */
/** How often a call settled as what; anything else than an outcome is an error. @typedef {Record<string, number>} Tally */

/** Calls under way at once. */
const AT_ONCE = 8;
/** Longer than any call takes on a busy machine: one that takes longer is one that hangs. */
const PATIENCE = 120_000;

/** @type {Worker[]} */
const workers = [];
globalThis.Worker = class extends Worker {
  /** @param {[string | URL, WorkerOptions?]} how */
  constructor(...how) {
    super(...how);
    workers.push(this);
  }
};

/** @param {number} seed @param {{ model: string, other: string, picture: string }} files */
export async function begin(seed, { model, other, picture }) {
  const { next, below, pick } = seededNumbers(seed);
  const relume = await Relume.start({ workers: 4 });
  const network = await relume.load(model);
  const photo = await (await fetch(picture)).blob();
  const trace = await network.forward(photo);
  const methods = /** @type {const} */ (['backprop', 'deconvnet', 'guided']);
  const cases = methods.flatMap((method) => network.info.classes.map((_, index) => ({ method, target: { class: index } })));
  /** @type {Map<unknown, Float32Array>} */
  const expected = new Map();
  for (const each of cases) expected.set(each, (await trace.explain(each)).data);
  const activation = (await trace.activation('relu1')).data;

  /** @param {ArrayLike<number>} a @param {ArrayLike<number> | undefined} b @returns {Outcome | 'wrong'} */
  const compared = (a, b) => (b && a.length === b.length && Array.from(a).every((value, i) => Object.is(value, b[i])) ? 'right' : 'wrong');

  async function explain() {
    const each = pick(cases);
    return compared((await trace.explain(each)).data, expected.get(each));
  }

  /** @type {[share: number, work: (signal?: AbortSignal) => Promise<string>][]} */
  const works = [
    [60, explain],
    [
      10,
      async () => {
        const each = pick(cases);
        return compared((await network.explain(photo, each)).data, expected.get(each));
      },
    ],
    [
      8,
      async () => {
        const run = await network.forward(photo);
        try {
          return compared((await run.activation('relu1')).data, activation);
        } finally {
          run.close();
        }
      },
    ],
    [
      6,
      async () => {
        const each = pick(cases);
        const map = await trace.explain({ ...each, draw: { sign: pick(['both', 'positive', 'magnitude']) } });
        return compared(map.data, expected.get(each));
      },
    ],
    [
      3,
      async () => {
        const second = await relume.load(other);
        try {
          return (await second.explain(photo)).data.length === 3 * 32 * 32 ? 'right' : 'wrong';
        } finally {
          second.close();
        }
      },
    ],
    [
      10,
      async () => {
        const each = pick(cases);
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 40 * next());
        const call = below(2)
          ? trace.explain({ ...each, signal: controller.signal })
          : network.explain(photo, { ...each, signal: controller.signal });
        return compared((await call).data, expected.get(each));
      },
    ],
    [
      3,
      async () => {
        await trace.explain({ target: { class: 10 + below(1000) } });
        return 'wrong';
      },
    ],
  ];
  const shares = works.reduce((sum, [share]) => sum + share, 0);

  function choose() {
    let at = below(shares);
    for (const [share, work] of works) if ((at -= share) < 0) return work;
    return explain;
  }

  /** @param {() => Promise<string>} work @param {Tally} tally */
  async function count(work, tally) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, PATIENCE, 'left waiting');
    });
    const settled = work().catch((error) => {
      if (!(error instanceof RelumeError)) return `not a RelumeError: ${error}`;
      return { cancelled: 'cancelled', 'invalid-target': 'refused', 'engine-crashed': 'crashed' }[String(error.code)] ?? error.code;
    });
    const how = String(await Promise.race([settled, late]));
    clearTimeout(timer);
    tally[how] = (tally[how] ?? 0) + 1;
  }

  /** @param {(tally: Tally) => boolean} goesOn @param {() => () => Promise<string>} next what to do */
  async function work(goesOn, next) {
    /** @type {Tally} */
    const tally = {};
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (goesOn(tally)) await count(next(), tally);
      }),
    );
    return tally;
  }

  return {
    /** So many maps of one trace. @param {number} many */
    explains(many) {
      let asked = 0;
      return work(
        () => asked++ < many,
        () => explain,
      );
    },
    /** A mixture, for so long; in the middle of it one worker is ended. @param {number} milliseconds */
    async mixed(milliseconds) {
      const until = performance.now() + milliseconds;
      setTimeout(() => workers.at(-1 - below(Math.min(4, workers.length)))?.terminate(), milliseconds / 2);
      return work(() => performance.now() < until, choose);
    },
    memory: () => relume.memory(),
    /** How many were started, those that were ended included. */
    workers: () => workers.length,
  };
}
