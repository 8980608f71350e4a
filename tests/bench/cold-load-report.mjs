// The cold load as people read it: a table of medians, and the first run's requests in time.

/** @typedef {import('./cold-load.mjs').ColdLoads} ColdLoads */
/** @typedef {import('./cold-load.mjs').Run} Run */
/** @typedef {import('./host.mjs').Kind} Kind */

/** @type {Kind[]} */
const KINDS = ['html', 'css', 'js', 'wasm', 'model', 'picture', 'other'];
const WIDTH = 40;

const ms = (/** @type {number} */ time) => time.toFixed(0);
const kB = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/** `target`: the project's, for the slow line. @type {{ what: string, of: (run: Run) => number, as: (value: number) => string, target?: string }[]} */
const ROWS = [
  { what: 'first contentful paint', of: (run) => run.firstPaint, as: ms },
  { what: 'largest contentful paint', of: (run) => run.largestPaint, as: ms },
  { what: 'DOMContentLoaded', of: (run) => run.parsed, as: ms },
  { what: 'load event', of: (run) => run.loaded, as: ms },
  { what: 'first guided map drawn', of: (run) => run.guidedMap, as: ms, target: '4000' },
  { what: 'all three maps drawn', of: (run) => run.allMaps, as: ms },
  { what: 'blocking time until the first map', of: (run) => run.blocked, as: ms },
  { what: 'layout shifts, summed', of: (run) => run.shifted, as: (value) => value.toFixed(3) },
  { what: 'requests until the first map', of: (run) => early(run).length, as: String },
  ...KINDS.map((kind) => ({ what: `  ${kind}, as sent`, of: (/** @type {Run} */ run) => bytes(run, [kind]), as: kB })),
  { what: '  all', of: (run) => bytes(run, KINDS), as: kB },
  { what: 'js + wasm, as sent', of: (run) => bytes(run, ['js', 'wasm']), as: kB, target: '1200.0 kB' },
];

/** @param {Run} run */
function early({ requests, guidedMap }) {
  return requests.filter(({ start }) => start < guidedMap);
}

/** @param {Run} run @param {Kind[]} kinds */
function bytes(run, kinds) {
  return early(run).reduce((sum, { kind, bytes: sent }) => sum + (kinds.includes(kind) ? sent : 0), 0);
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? NaN) + (sorted[Math.ceil(half)] ?? NaN)) / 2;
}

/** For the report's JSON: the medians by the names that the table has. @param {ColdLoads} found */
export function withMedians({ lines, ...about }) {
  return {
    ...about,
    lines: lines.map((each) => ({
      ...each,
      medians: Object.fromEntries(ROWS.map(({ what, of }) => [what.trim(), median(each.runs.map(of))])),
    })),
  };
}

/** @param {ColdLoads} found */
export function printTable({ page, lines }) {
  const runs = lines[0]?.runs.length;
  console.log(`${page} with nothing cached, HTTP/2 and brotli; medians of ${runs}; milliseconds from the start of navigation\n`);
  console.log(' '.repeat(36) + lines.map(({ line }) => line.padStart(18)).join('') + 'target'.padStart(12));
  for (const { what, of, as, target = '' } of ROWS) {
    const values = lines.map((each) => as(median(each.runs.map(of))).padStart(18));
    console.log((what.padEnd(36) + values.join('') + target.padStart(12)).trimEnd());
  }
  console.log(`\nthe largest paint is ${lines[0]?.runs[0]?.largest || 'unknown'}\n`);
}

/** @param {ColdLoads} found */
export function printWaterfall({ lines }) {
  const [slow] = lines;
  const [run] = slow?.runs ?? [];
  if (!slow || !run) return;
  const last = Math.max(run.allMaps, ...run.requests.map(({ end }) => end || 0));
  const column = (/** @type {number} */ time) => Math.min(WIDTH - 1, Math.max(0, Math.floor((time / last) * WIDTH)));
  const steps = [
    { what: 'first contentful paint', at: run.firstPaint },
    { what: 'guided map drawn', at: run.guidedMap },
    { what: 'all maps drawn', at: run.allMaps },
  ];
  const rows = [
    ...run.requests.map(({ path, start, end, bytes: sent }) => {
      const [from, to] = [column(start), column(end || last)];
      return { start, columns: [ms(start), end ? ms(end) : '…', kB(sent)], bar: ' '.repeat(from) + '='.repeat(to - from + 1), what: path };
    }),
    ...steps.map(({ what, at }) => ({ start: at, columns: [ms(at), '', ''], bar: `${' '.repeat(column(at))}|`, what: `(${what})` })),
  ].sort((a, b) => a.start - b.start);
  console.log(`${slow.line}, the first run, request by request\n`);
  console.log(['start', 'end', 'size'].map((name) => name.padStart(10)).join(''));
  for (const { columns: numbers, bar, what } of rows) {
    console.log(`${numbers.map((number) => number.padStart(10)).join('')}  ${bar.padEnd(WIDTH)}  ${what}`);
  }
  console.log();
}
