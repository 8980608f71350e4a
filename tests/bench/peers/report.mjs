// The rows as people read them: a table on the terminal, and two for a document.

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

/** relume's own row beside which another one is looked at: the fastest build there is. @param {Row[]} rows @param {Pick<Row, 'network' | 'work'>} row */
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
    const [there, back] = [own(rows, { network, work: 'forward' }), own(rows, { network, work: 'guided' })];
    if (work === 'guided' && there && back) {
      console.log(`${network}: forward + guided by ${back.engine} takes ${(back.median / there.median).toFixed(2)} times its forward`);
    }
    if (found) {
      console.log(
        `${network}, ${WHAT[work]}, one thread: ${found.ours.engine} ${found.ours.median.toFixed(1)} ms, ` +
          `${found.other.engine} ${found.other.median.toFixed(1)} ms: ${found.times.toFixed(2)} times as long`,
      );
    }
  }
}

/** A table in Markdown. @param {string[]} heads @param {string[][]} lines */
function table(heads, lines) {
  const cells = (/** @type {string[]} */ line) => `| ${line.join(' | ')} |`;
  return [cells(heads), cells(heads.map((_, at) => (at === 0 ? '---' : '---:'))), ...lines.map(cells)].join('\n');
}

/** @param {number | undefined} number @param {number} digits */
function fixed(number, digits) {
  return number === undefined ? '' : number.toFixed(digits);
}

/** One line a network: how relume does. @param {Report} report */
function overview({ rows, versions }) {
  const networks = [...new Set(rows.map(({ network }) => network))];
  return table(
    ['', 'relume: forward', 'fastest peer: forward', 'relume ÷ peer', 'relume: forward + guided', '÷ its forward'],
    networks.map((network) => {
      const [forward, guided] = [own(rows, { network, work: 'forward' }), own(rows, { network, work: 'guided' })];
      const found = ratio(rows, network, 'forward');
      return [
        network,
        fixed(forward?.median, 1),
        found ? `${found.other.median.toFixed(1)} (${found.other.engine} ${versions[found.other.engine]})` : '',
        fixed(found?.times, 2),
        fixed(guided?.median, 1),
        fixed(forward && guided && guided.median / forward.median, 2),
      ];
    }),
  );
}

/** One line a network and work: all engines. @param {Report} report */
function details({ rows, failures, versions }) {
  const keys = [...new Set(rows.map(({ engine, threads, work }) => `${engine}|${threads}|${work === 'gradient'}`))];
  const engines = keys.map((key) => {
    const [engine = '', threads = '', byGradient] = key.split('|');
    const version = engine.startsWith('relume') ? '' : ` ${versions[engine]}`;
    const label = `${engine}${version}${byGradient === 'true' ? ', its own gradients' : ''}${threads === '1' ? '' : `, ${threads} threads`}`;
    return { engine, threads: Number(threads), byGradient: byGradient === 'true', label };
  });
  return table(
    ['', ...engines.map(({ label }) => label), 'relume ÷ the faster peer, one thread'],
    cases(rows).map(({ network, work }) => [
      `${network}, ${WHAT[work]}`,
      ...engines.map(({ engine, threads, byGradient }) => {
        const asked = byGradient ? (work === 'guided' ? 'gradient' : undefined) : work;
        const is = (/** @type {Row | Failure} */ row) =>
          row.network === network && row.engine === engine && row.threads === threads && row.work === asked;
        return failures.some(is) ? 'has none' : fixed(rows.find(is)?.median, 1);
      }),
      fixed(ratio(rows, network, work)?.times, 2),
    ]),
  );
}

/** @param {Report} report @returns {string} Markdown */
export function markdown(report) {
  const { date, chromium, cpu, cores, quick } = report;
  return [
    overview(report),
    details(report),
    `Medians in milliseconds${quick ? ' of a quick run' : ''}, batch 1, one thread unless told, Chromium ${chromium} on ${cores} cores of ${cpu}, ${date.slice(0, 10)}.`,
  ].join('\n\n');
}
