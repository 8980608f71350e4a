// Single figures of the page, for a frame: figure 1 in its two halves, and the signal on its way. Their markup is the page's own.

import { Relume } from '../pkg/index.js';
import { pictureAt } from '../pkg/api/picture-address.js';
import { classNamed } from '../pkg/engine/class-target.js';
import { byId, make } from './dom.js';
import { tellError, tellParent } from './embed-report.js';
import { fetchFile } from './fetch.js';
import { label, say, sayAgain } from './live-text.js';
import { lockRule } from './locked-rule.js';
import { titleOf } from './network-title.js';
import { percent } from './numbers.js';
import { shortClass } from './predictions.js';
import { createRuleFigure } from './rule-figure.js';
import { createRuleScheme } from './rule-scheme.js';
import { createSignalFigure } from './signal-figure.js';
import { createState } from './state.js';
import { rememberStaticText } from './static-text.js';
import { Refusal, messageOf } from './status.js';
import { explainTerms } from './terms.js';
import { t, words } from './translate.js';

/** @import { Figure } from './embed-words.js' */
/** @import { State } from './state.js' */
/** @import { Display } from './types.js' */
/** @typedef {{ figures: Figure[], state: State, model: string, src: string | undefined, locked: boolean, display: Display }} Wanted */

const PAGE = './index.html';
const STYLES = [
  'layout.css',
  'controls.css',
  'terms.css',
  'rule-figure.css',
  'picture-figure.css',
  'signal-figure.css',
  'embed-figures.css',
];

/**
 * Shows the figures, and resolves nothing: what goes wrong is said in their place.
 * @param {HTMLElement} place
 * @param {Wanted} wanted
 * @returns {() => void} ends them
 */
export function showFigures(place, wanted) {
  const ended = new AbortController();
  const { signal } = ended;
  begin(place, wanted, signal).catch((error) => {
    if (signal.aborted) return;
    place.replaceChildren(
      make('p', { class: 'address-note', role: 'alert' }, () =>
        words('This figure could not be shown. {reason}', { reason: messageOf(error) }),
      ),
    );
    tellError(wanted.figures[0] ?? 'rule', error);
  });
  return () => {
    ended.abort();
    place.replaceChildren();
  };
}

/** @param {HTMLElement} place @param {Wanted} wanted @param {AbortSignal} signal */
async function begin(place, wanted, signal) {
  const { figures, locked } = wanted;
  const [markup] = await Promise.all([markupOf(figures), ...STYLES.map(addStyle)]);
  if (signal.aborted) return;
  place.replaceChildren(...markup);
  rememberStaticText(place);
  explainTerms(place);
  sayAgain();
  place.addEventListener('click', leadToPage, { capture: true, signal });
  place.addEventListener('auxclick', leadToPage, { capture: true, signal });
  const state = createState({ ...wanted.state, display: wanted.display });
  const rule = figures.includes('rule') ? createRuleFigure(state) : undefined;
  if (rule && locked) lockRule(byId('rule-figure', HTMLElement), signal);
  if (rule) {
    const tell = (/** @type {string[]} */ changed, /** @type {string} */ by) => {
      const numbers = state.get().numbers ?? null;
      tellParent('relume-changed', 'rule', { changed, by, state: { numbers, locked } });
    };
    state.subscribe(['numbers'], () => tell(['numbers'], 'reader'));
    tell(['numbers', 'locked'], 'author');
  }
  const relume = Relume.start({ workers: 1 });
  signal.addEventListener('abort', () => relume.then((engine) => engine.close()).catch(() => undefined));
  const checking = relume.then((engine) => rule?.setEngine(engine));
  checking.catch(() => rule?.fail(() => t('The engine could not be started, so nothing checks these numbers.')));
  if (figures.includes('scheme') || figures.includes('signal')) await withNetwork(relume, wanted, state, signal);
}

/** @param {Promise<Relume>} starting @param {Wanted} wanted @param {import('./state.js').PageState} state @param {AbortSignal} signal */
async function withNetwork(starting, { figures, model: url, src, locked }, state, signal) {
  const scheme = figures.includes('scheme') ? createRuleScheme(state) : undefined;
  const passing = figures.includes('signal') ? createSignalFigure(state) : undefined;
  const line = byId('embed-line', HTMLElement);
  try {
    if (src === undefined) throw new Refusal(() => t('There is no picture: the list of the pictures could not be fetched.'));
    say(line, () => t('Fetching the network…'));
    const relume = await starting;
    const model = await relume.load(new URL(url, location.href).href, { signal });
    passing?.setModel(model);
    const picture = await pictureAt(new URL(src, location.href).href);
    const trace = await model.forward(picture, { signal });
    const { target } = state.get();
    const { classes } = model.info;
    const chosen = typeof target === 'string' ? classNamed(target, classes) : target;
    if (chosen !== undefined && chosen >= classes.length)
      throw new Refusal(() => t('The classes are 0 to {last}; there is no class {class}.', { last: classes.length - 1, class: chosen }));
    state.set({ target: chosen });
    const [first] = await trace.top(1);
    signal.throwIfAborted();
    scheme?.setTrace(trace, model);
    passing?.setTrace(trace, model);
    const said = { network: titleOf(model.info), share: percent(first?.probability ?? 0) };
    const explained = chosen === undefined || chosen === first?.index ? undefined : (classes[chosen] ?? '');
    say(line, () =>
      explained === undefined
        ? words('{network} says “{class}”, {share}.', { ...said, class: shortClass(first?.label ?? '') })
        : words('{network} says “{class}”, {share}. Explained: “{explained}”.', {
            ...said,
            class: shortClass(first?.label ?? ''),
            explained: shortClass(explained),
          }),
    );
    for (const figure of /** @type {const} */ (['scheme', 'signal'])) {
      if (figures.includes(figure))
        tellShown(figure, { network: model.info.name, src, class: chosen ?? first?.index ?? null, locked }, signal);
    }
  } catch (error) {
    if (signal.aborted) return;
    say(line, () => words('This figure could not be computed. {reason}', { reason: messageOf(error) }));
    line.dataset['kind'] = 'error';
    scheme?.fail(() => t('The parts are only sketched here.'));
    if (passing) say(byId('signal-line', HTMLElement), () => t('There is no signal to show.'));
    tellError(scheme ? 'scheme' : 'signal', error);
  }
}

/** @param {'scheme' | 'signal'} figure @param {{ network: string, src: string, class: number | null, locked: boolean }} shown @param {AbortSignal} signal */
function tellShown(figure, { src, ...shown }, signal) {
  const address = /^(data|blob):/i.test(src) ? '' : new URL(src, location.href).href;
  const slider = figure === 'signal' ? byId('signal-step', HTMLInputElement) : undefined;
  const now = () => ({ ...shown, picture: address, ...(slider && { layersPassed: Number(slider.value) }) });
  tellParent('relume-changed', figure, { changed: ['network', 'picture', 'class', 'locked'], by: 'author', state: now() });
  slider?.addEventListener(
    'change',
    () => tellParent('relume-changed', figure, { changed: ['layersPassed'], by: 'reader', state: now() }),
    { signal },
  );
}

/** The figures as the page has them, without what is not wanted. @param {Figure[]} figures @returns {Promise<Element[]>} */
async function markupOf(figures) {
  const page = new DOMParser().parseFromString(await (await fetchFile(PAGE)).text(), 'text/html');
  const [rule, signal] = ['rule-figure', 'signal-figure'].map((id) => {
    const found = page.getElementById(id);
    if (!found) throw new Error(`The page has no figure #${id}`);
    return document.importNode(found, true);
  });
  const line = make('p', { id: 'embed-line', role: 'status' });
  const wanted = [];
  if (figures.includes('scheme') || figures.includes('signal')) wanted.push(line);
  if (rule && (figures.includes('scheme') || figures.includes('rule'))) wanted.push(halfOf(rule, figures));
  if (signal && figures.includes('signal')) wanted.push(signal);
  return wanted;
}

/** @param {HTMLElement} figure figure 1 @param {Figure[]} figures */
function halfOf(figure, figures) {
  const scheme = figure.querySelector('#scheme');
  if (!figures.includes('scheme')) {
    scheme?.previousElementSibling?.remove();
    scheme?.remove();
  }
  if (!figures.includes('rule')) {
    while (scheme?.nextSibling) scheme.nextSibling.remove();
    figure.removeAttribute('aria-labelledby');
    label(figure, 'aria-label', () => t('From the picture to one number, and back'));
  }
  return figure;
}

/** A place on the page is not in the frame: the page opens beside it. @param {Event} event */
function leadToPage({ target }) {
  const link = target instanceof Element ? target.closest('a[href^="#"]') : null;
  if (!(link instanceof HTMLAnchorElement)) return;
  link.href = PAGE + link.hash;
  link.target = '_blank';
  link.rel = 'noopener';
}

/** @param {string} file @returns {Promise<void>} */
function addStyle(file) {
  const there = document.querySelector(`link[href="${file}"]`);
  if (there) return Promise.resolve();
  const link = make('link', { rel: 'stylesheet', href: file });
  return new Promise((resolve, reject) => {
    link.addEventListener('load', () => resolve());
    link.addEventListener('error', () => reject(new Refusal(() => t('The style sheet {file} could not be fetched.', { file }))));
    document.head.append(link);
  });
}
