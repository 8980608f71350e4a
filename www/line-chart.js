// A chart of a few lines, as an SVG in the page's own pixels, so that its words keep their size at any width. Each line has a colour and a
// mark of its own; its points may have bars. Beside it belongs a table with the same numbers.

import { label, say } from './live-text.js';
import { onLanguage } from './language.js';

/** @import { Saying } from './live-text.js' */
/** `bar`: from where to where; none where there is one number. @typedef {{ x: number, y: number, bar?: [low: number, high: number] | undefined }} Point */
/** `kind`: a rule, or what else names its look in trust-figure.css; `runs`: points that are joined. @typedef {{ kind: string, runs: Point[][] }} Line */
/** @typedef {{ low: number, high: number, name: (value: number) => string, title: () => string }} Axis */
/** `at`: where a vertical line stands. @typedef {{ x: Axis, y: Axis, lines: Line[], at?: number | undefined }} Chart */

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 250;
/** What is left free for the axes, in pixels. */
const AROUND = { top: 26, right: 24, bottom: 46, left: 54 };
/** The least distance of two ticks, in pixels. */
const APART = { x: 48, y: 24 };

/** @param {string} id @param {Saying} saying what the chart shows @param {(x: number) => void} [onChoose] called with the place that is pointed at */
export function createLineChart(id, saying, onChoose) {
  const svg = node('svg', { id, class: 'line-chart', role: 'img', height: HEIGHT });
  label(svg, 'aria-label', saying);
  /** @type {Chart | undefined} */
  let chart;
  new ResizeObserver(draw).observe(svg);
  onLanguage(draw);
  svg.addEventListener('click', (event) => {
    if (chart && onChoose) onChoose(scales(chart).toX(event.clientX - svg.getBoundingClientRect().left));
  });

  /** @param {Chart} of */
  function scales({ x, y }) {
    const [width, height] = [svg.clientWidth - AROUND.left - AROUND.right, HEIGHT - AROUND.top - AROUND.bottom];
    return {
      width,
      height,
      atX: (/** @type {number} */ value) => AROUND.left + (width * (value - x.low)) / (x.high - x.low || 1),
      atY: (/** @type {number} */ value) => AROUND.top + (height * (y.high - value)) / (y.high - y.low || 1),
      toX: (/** @type {number} */ pixel) => x.low + ((pixel - AROUND.left) * (x.high - x.low)) / width,
    };
  }

  function draw() {
    if (!chart || svg.clientWidth === 0) return;
    const { x, y, lines, at } = chart;
    const { width, height, atX, atY } = scales(chart);
    const bottom = AROUND.top + height;
    svg.setAttribute('viewBox', `0 0 ${svg.clientWidth} ${HEIGHT}`);
    svg.replaceChildren(
      ...ticksOf(y, height / APART.y).flatMap((value) => [
        node('path', { class: value === 0 ? 'axis' : 'grid', d: `M${AROUND.left} ${atY(value)}h${width}` }),
        text(AROUND.left - 8, atY(value) + 4, 'end', y.name(value)),
      ]),
      ...ticksOf(x, width / APART.x, x.high > 1).flatMap((value) => [
        node('path', { class: 'axis', d: `M${atX(value)} ${bottom}v5` }),
        text(atX(value), bottom + 19, 'middle', x.name(value)),
      ]),
      node('path', { class: 'axis', d: `M${AROUND.left} ${bottom}h${width}` }),
      text(4, 14, 'start', y.title()),
      text(AROUND.left + width, HEIGHT - 6, 'end', x.title()),
      ...(at === undefined ? [] : [node('path', { class: 'here', d: `M${atX(at)} ${AROUND.top - 6}V${bottom}` })]),
      ...lines.map(({ kind, runs }) => {
        const points = runs.flat();
        const bars = points.flatMap(({ x: place, bar }) => (bar ? [`M${atX(place)} ${atY(bar[0])}V${atY(bar[1])}`] : []));
        const joined = runs.map((run) => run.map(({ x: place, y: value }, i) => `${i ? 'L' : 'M'}${atX(place)} ${atY(value)}`).join(''));
        return node(
          'g',
          { 'data-line': kind },
          node('path', { class: 'bar', d: bars.join('') }),
          node('path', { class: 'line', d: joined.join('') }),
          ...points.map(({ x: place, y: value }) => mark(kind, atX(place), atY(value), place === at ? 6 : 3.5)),
        );
      }),
    );
  }

  return {
    element: svg,
    /** @param {Chart} next */
    show(next) {
      chart = next;
      draw();
    },
  };
}

/** The mark of a line, as in its chart, to stand before its name. @param {string} kind */
export function lineSample(kind) {
  const svg = node('svg', { class: 'line-sample', viewBox: '0 0 26 12', width: 26, height: 12, 'aria-hidden': 'true' });
  svg.append(node('g', { 'data-line': kind }, node('path', { class: 'line', d: 'M0 6h26' }), mark(kind, 13, 6, 4)));
  return svg;
}

/** Lines are told apart without their colours, too. @param {string} kind @param {number} x @param {number} y @param {number} r */
function mark(kind, x, y, r) {
  const shapes = {
    deconvnet: `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
    guided: `M${x} ${y - 1.2 * r}l${1.2 * r} ${2.2 * r}h${-2.4 * r}z`,
    random: `M${x - r} ${y}h${2 * r}`,
    edges: `M${x} ${y - 1.3 * r}l${1.3 * r} ${1.3 * r}l${-1.3 * r} ${1.3 * r}l${-1.3 * r} ${-1.3 * r}z`,
  };
  const shape = shapes[/** @type {keyof typeof shapes} */ (kind)];
  return shape ? node('path', { class: 'mark', d: shape }) : node('circle', { class: 'mark', cx: x, cy: y, r });
}

/** Round numbers, about as many as there is room for. @param {Axis} axis @param {number} most @param {boolean} [whole] */
function ticksOf({ low, high }, most, whole = false) {
  const least = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(least || 1));
  const step = Math.max(whole ? 1 : 0, /** @type {number} */ ([1, 2, 5, 10].find((each) => each * power >= least) || 10) * power);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}

/** @param {number} x @param {number} y @param {'start' | 'middle' | 'end'} anchor @param {string} words */
function text(x, y, anchor, words) {
  const element = node('text', { x, y, 'text-anchor': anchor });
  say(element, words);
  return element;
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {...Element} children @returns {SVGElement} */
function node(name, attributes, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}
