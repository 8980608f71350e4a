// The rows as people read them: a table on the terminal, and one for a document.

/** @typedef {import('./page.js').Work} Work */
/** @typedef {{ network: string, engine: string, threads: number, work: Work, what: string, median: number,
 *   quartiles: [number, number], runs: number, times: number[] }} Row */
/** @typedef {{ network: string, engine: string, threads: number, work: Work, why: string }} Failure */
/** @typedef {{ date: string, chromium: string, cpu: string, cores: number, system: string, quick: boolean,
 *   versions: Record<string, string>, rows: Row[], failures: Failure[] }} Report */

/** @type {Record<Work, string>} */
export const WHAT = { forward: 'forward', guided: 'forward + guided', gradient: 'forward + guided, tf.grad' };
const RELUME = ['relume flex-relaxed', 'relume flex'];

/** @param {number[]} times @returns {Pick<Row, 'median' | 'quartiles' | 'runs' | 'times'>} */
export function summary(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const quantile = (/** @type {number} */ share) => {
    const at = (sorted.length - 1) * share;
    const below = sorted[Math.floor(at)] ?? NaN;
    return below + (at % 1) * ((sorted[Math.ceil(at)] ?? NaN) - below);
  };
  return { median: quantile(0.5), quartiles: [quantile(0.25), quantile(0.75)], runs: times.length, times };
}

/** relume's own row beside which another one is looked at: the fastest build there is. @param {Row[]} rows @param {Row} row */
function own(rows, { network, work }) {
  const same = rows.filter((other) => other.network === network && other.work === (work === 'gradient' ? 'guided' : work));
  return RELUME.map((engine) => same.find((other) => other.engine === engine)).find((found) => found !== undefined);
}

/** The faster of the peers at one thread. @param {Row[]} rows @param {string} network @param {Work} work */
function peer(rows, network, work) {
  return rows
    .filter((row) => row.network === network && row.work === work && row.threads === 1 && !RELUME.includes(row.engine))
    .sort((a, b) => a.median - b.median)[0];
}

/** Networks and works in the order of the rows. @param {Row[]} rows */
function cases(rows) {
  const keys = rows.filter(({ work }) => work !== 'gradient').map(({ network, work }) => `${network} ${work}`);
  return [...new Set(keys)].map((key) => {
    const [network = '', work = ''] = key.split(' ');
    return { network, work: /** @type {Work} */ (work) };
  });
}

/** How many times as long relume takes as the faster peer at one thread. @param {Row[]} rows @param {string} network @param {Work} work */
function ratio(rows, network, work) {
  const other = peer(rows, network, work);
  const ours = other && own(rows, other);
  return other && ours ? { ours, other, times: ours.median / other.median } : undefined;
}

/** @param {Report} report */
export function printed({ rows, failures }) {
  const line = (/** @type {string[]} */ [network = '', engine = '', threads = '', what = '', ...numbers]) =>
    console.log(
      network.padEnd(20) + engine.padEnd(22) + threads.padEnd(9) + what.padEnd(28) + numbers.map((number) => number.padStart(10)).join(''),
    );
  line(['network', 'engine', 'threads', 'what', 'median', 'quartile', 'quartile', 'runs', 'relume ÷']);
  for (const row of rows) {
    const ours = own(rows, row);
    line([
      row.network,
      row.engine,
      String(row.threads),
      row.what,
      ...[row.median, ...row.quartiles].map((time) => time.toFixed(1)),
      String(row.runs),
      ours && !RELUME.includes(row.engine) ? (ours.median / row.median).toFixed(2) : '',
    ]);
  }
  for (const { network, engine, threads, work, why } of failures) {
    line([network, engine, String(threads), WHAT[work]]);
    console.log(`    failed: ${why}`);
  }
  console.log();
  for (const { network, work } of cases(rows)) {
    const found = ratio(rows, network, work);
    if (found) {
      console.log(
        `${network}, ${WHAT[work]}, one thread: ${found.ours.engine} ${found.ours.median.toFixed(1)} ms, ` +
          `${found.other.engine} ${found.other.median.toFixed(1)} ms: ${found.times.toFixed(2)} times as long`,
      );
    }
  }
}

/** @param {Report} report @returns {string} Markdown */
export function markdown({ date, chromium, cpu, cores, quick, versions, rows, failures }) {
  const columns = cases(rows);
  const engines = [...new Set(rows.map(({ engine, threads, work }) => `${engine}|${threads}|${work === 'gradient'}`))];
  const cell = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const lines = engines.map((key) => {
    const [engine = '', threads = '', byGradient] = key.split('|');
    const label =
      `${engine.replace('-web', `-web ${versions['onnxruntime-web']}`).replace('-wasm', `-wasm ${versions['tfjs-wasm']}`)}` +
      `${byGradient === 'true' ? ', its own gradients' : ''}${threads === '1' ? '' : `, ${threads} threads`}`;
    return cell([
      label,
      ...columns.map(({ network, work }) => {
        const asked = byGradient === 'true' ? (work === 'guided' ? 'gradient' : undefined) : work;
        const is = (/** @type {Row | Failure} */ row) =>
          row.network === network && row.engine === engine && String(row.threads) === threads && row.work === asked;
        return rows.find(is)?.median.toFixed(1) ?? (failures.some(is) ? 'fails' : '');
      }),
    ]);
  });
  return [
    cell(['', ...columns.map(({ network, work }) => `${network}, ${WHAT[work]}`)]),
    cell(['---', ...columns.map(() => '---:')]),
    ...lines,
    cell([
      'relume ÷ the faster peer, one thread',
      ...columns.map(({ network, work }) => ratio(rows, network, work)?.times.toFixed(2) ?? ''),
    ]),
    '',
    `Medians in milliseconds${quick ? ' of a quick run' : ''}, batch 1, Chromium ${chromium} on ${cores} cores of ${cpu}, ${date.slice(0, 10)}.`,
  ].join('\n');
}
