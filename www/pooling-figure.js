// Figure 5: the same picture and the same class in a network without max-pooling and in one with it, and what the switches
// do for the deconvnet. It loads its networks when it comes near the viewport.

import { correlationInWords } from './correlation-words.js';
import { caption, displayOf } from './display-options.js';
import { byId, make, whenNear } from './dom.js';
import { fetchFile } from './fetch.js';
import { say } from './live-text.js';
import { readModelFile } from './model-file.js';
import { ALL_CNN_C, MODEL_C } from './networks.js';
import { percent } from './numbers.js';
import { explainBySwitches } from './other-switches.js';
import { Painter, drawOptions, putPixels } from './painter.js';
import { shortClass, shortClassText } from './predictions.js';
import { ruleName } from './rules.js';
import { messageOf } from './status.js';
import { key, t, translationOf, words } from './translate.js';
import { forwardZeros } from './zero-input.js';

/** @import { ModelFile } from './model-file.js' */
/** @import { NetworkCache } from './network-cache.js' */
/** @import { PageState } from './state.js' */
/** @import { AttributionMap, Model, Picture, Rule, Trace } from './types.js' */

/** `run`: of the picture, of a zero input, or of the picture with the switches of a zero input; `says`: without pooling and with it. @typedef {{ id: string, rule: Rule, run: 'picture' | 'zeros' | 'mixed', says: [string, string] }} Column */

/** @type {readonly Column[]} */
const COLUMNS = [
  { id: 'backprop', rule: 'backprop', run: 'picture', says: [key('the plain gradient'), key('the plain gradient')] },
  { id: 'deconvnet', rule: 'deconvnet', run: 'picture', says: [key('has no switches'), key('by this picture’s switches')] },
  { id: 'blind', rule: 'deconvnet', run: 'zeros', says: [key('the picture taken away'), key('by a grey picture’s switches')] },
  { id: 'guided', rule: 'guided', run: 'picture', says: [key('looks at f and R'), key('by this picture’s switches')] },
  { id: 'mixed', rule: 'guided', run: 'mixed', says: [key('has no switches'), key('by a grey picture’s switches')] },
];
const NETWORKS = [ALL_CNN_C, MODEL_C];
/** Shown instead of a photograph, which nobody could recognise at this size. */
const INSTEAD = 'horse-0000';

/** @param {PageState} state @param {(name: string) => Promise<Picture>} fetchPicture from the gallery */
export function createPoolingFigure(state, fetchPicture) {
  const figure = byId('pooling-figure', HTMLElement);
  const select = byId('pooling-class', HTMLSelectElement);
  const line = byId('pooling-line', HTMLElement);
  const which = byId('pooling-which', HTMLElement);
  const drawn = byId('pooling-drawn', HTMLElement);
  const view = canvasOf('pooling-view', () => t('The picture as both networks see it'));
  byId('pooling-pictures', HTMLElement).append(...cells(view));
  const painters = new Map(
    NETWORKS.flatMap(({ name }) =>
      COLUMNS.map(({ id }) => [
        `${name}-${id}`,
        new Painter(byId(`pooling-${name}-${id}`, HTMLCanvasElement), (error) => {
          if (maps.size > 0) trouble(error);
        }),
      ]),
    ),
  );
  /** @type {Map<string, AttributionMap>} */
  const maps = new Map();
  /** @type {NetworkCache | undefined} */
  let networks;
  /** @type {Promise<Model[]> | undefined} */
  let models;
  /** Model C's, to make networks of its parts. @type {Promise<ModelFile> | undefined} */
  let file;
  /** The one chosen in figure 2, unless that is a photograph. @type {Picture | undefined} */
  let picture;
  /** Until figure 2 has a picture. */
  let waiting = true;
  /** @type {Promise<Picture> | undefined} */
  let instead;
  /** The class that was last asked for. @type {number | undefined} */
  let requested;
  let near = false;
  let work = new AbortController();

  whenNear(figure, () => {
    near = true;
    show();
  });
  select.addEventListener('change', () => state.set({ compare: Number(select.value) }));
  // With another picture, the figure is shown anew once that is explained.
  state.subscribe(['compare'], (changed) => {
    if (!changed.includes('picture')) show();
  });
  state.subscribe(['display'], redraw);

  /** The networks are small, so their usual look applies. */
  const display = () => displayOf(state, ALL_CNN_C.side);
  sayLook();

  async function show() {
    work.abort();
    work = new AbortController();
    const { signal } = work;
    if (!near || !networks || waiting) return;
    requested = state.get().compare;
    const wanted = requested;
    figure.setAttribute('aria-busy', 'true');
    /** @type {Trace[]} */
    const traces = [];
    try {
      models ??= load(networks);
      if (!picture) instead ??= fetchPicture(INSTEAD);
      const from = networks;
      const [both, seen] = await Promise.all([models, picture ?? /** @type {Promise<Picture>} */ (instead)]);
      // Once the network is loaded, its file is in the browser's cache.
      const pooling = await (file ??= fetchModelC());
      for (const model of both) {
        traces.push(await model.forward(seen.blob, { signal }));
        // The deconvnet uses only the switches of a picture, so with zeros just these are missing.
        traces.push(await forwardZeros(model, { signal }));
      }
      const tops = await Promise.all([traces[0], traces[2]].map(async (trace) => (await trace?.top(10)) ?? []));
      if (signal.aborted) return;
      const index = tops[0]?.find((prediction) => prediction.index === wanted)?.index ?? tops[0]?.[0]?.index ?? 0;
      offer(both[0], index);
      if (traces[0]?.view) putPixels(view, traces[0].view);
      const isChosen = picture !== undefined;
      say(which, () =>
        isChosen
          ? t('The picture is the one chosen above, “{picture}”.', { picture: seen.title })
          : t(
              'The picture is “{picture}” from CIFAR-10, because both networks see only 32 × 32 pixels. Choose a small picture above, or one of your own, to compare it here.',
              { picture: seen.title },
            ),
      );
      await Promise.all(
        NETWORKS.flatMap(({ name }, i) =>
          COLUMNS.map(async ({ id, rule, run }) => {
            const [trace, zeros] = /** @type {[Trace, Trace]} */ (traces.slice(2 * i, 2 * i + 2));
            const key = `${name}-${id}`;
            const options = { method: rule, target: { class: index }, draw: drawOptions(lookOf(key)), signal };
            const mixed = {
              trace,
              picture: seen.blob,
              switches: zeros,
              file: pooling,
              load: (/** @type {Blob} */ part) => from.load(part),
            };
            const map =
              run === 'mixed' && name === MODEL_C.name
                ? await explainBySwitches(mixed, options)
                : await (run === 'zeros' ? zeros : trace).explain(options);
            if (signal.aborted) return;
            maps.set(key, map);
            await painters.get(key)?.paint(map, lookOf(key));
          }),
        ),
      );
      if (signal.aborted) return;
      const numbers = (/** @type {string} */ id) => maps.get(`${MODEL_C.name}-${id}`)?.data;
      const [switched, kept] = [
        [numbers('deconvnet'), numbers('blind')],
        [numbers('guided'), numbers('mixed')],
      ].map(
        ([one, other]) =>
          () =>
            correlationInWords(one, other),
      );
      say(line, () => [
        ...NETWORKS.flatMap(({ title }, i) => {
          const first = tops[i]?.[0];
          const said = first && { network: make('b', {}, title), class: shortClass(first.label), share: percent(first.probability) };
          return said ? [...words('{network} says “{class}”, {share}.', said), ' '] : [];
        }),
        t('Correlation of Model C’s maps with those that use a grey picture’s switches: deconvnet {deconvnet}, guided {guided}.', {
          deconvnet: switched?.() ?? '',
          guided: kept?.() ?? '',
        }),
      ]);
      figure.dataset['state'] = 'ready';
      figure.setAttribute('aria-busy', 'false');
    } catch (error) {
      // The next picture tries to fetch it again.
      instead = undefined;
      if (!signal.aborted) trouble(error);
    } finally {
      for (const trace of traces) trace.close();
    }
  }

  /** @param {NetworkCache} from */
  function load(from) {
    say(line, () => t('Fetching both networks…'));
    const used = NETWORKS.map(({ url }) => from.use(url));
    const loading = Promise.all(used.map(({ model }) => model));
    loading.catch(() => {
      for (const network of used) network.close();
      // The next picture tries again.
      if (models === loading) models = undefined;
    });
    return loading;
  }

  function fetchModelC() {
    const fetching = fileOf(MODEL_C.url);
    // The next picture tries again.
    fetching.catch(() => {
      if (file === fetching) file = undefined;
    });
    return fetching;
  }

  function redraw() {
    sayLook();
    for (const [key, map] of maps) painters.get(key)?.paint(map, lookOf(key));
  }

  /** @param {Model | undefined} model @param {number} index */
  function offer(model, index) {
    const options = (model?.info.classes ?? []).map((name, i) => {
      const option = new Option('', String(i), false, i === index);
      say(option, () => shortClassText(name));
      return option;
    });
    select.replaceChildren(...options);
    select.disabled = false;
  }

  /** With the zero input there is no picture to lay the map over. @param {string} key */
  function lookOf(key) {
    return key.endsWith('blind') ? { ...display(), over: false } : display();
  }

  function sayLook() {
    // Its maps are of networks whose values are not alike in size.
    say(drawn, () => caption({ ...display(), scale: 'own' }));
  }

  /** @param {unknown} error */
  function trouble(error) {
    figure.dataset['state'] = 'failed';
    figure.setAttribute('aria-busy', 'false');
    say(line, () => words('The two networks could not be compared. {reason}', { reason: messageOf(error) }));
  }

  return {
    /** @param {NetworkCache} next of another engine; the previous one is closed, together with its networks */
    setNetworks(next) {
      work.abort();
      networks = next;
      models = undefined;
      maps.clear();
      show();
    },
    /** @param {Picture | undefined} next undefined for a photograph, which is replaced by a small picture */
    setPicture(next) {
      const same = !waiting && next?.blob === picture?.blob;
      picture = next;
      // The replacement is the same for every photograph.
      if (same && !next && figure.dataset['state'] === 'ready' && requested === state.get().compare) return;
      waiting = false;
      show();
    },
  };
}

/** @param {string} url */
async function fileOf(url) {
  return readModelFile(await (await fetchFile(url, { cache: 'force-cache' })).arrayBuffer());
}

/** A row for each network: its name, then its maps. @param {HTMLCanvasElement} view */
function cells(view) {
  return NETWORKS.flatMap(({ name, title }, i) => [
    i === 0
      ? cell(
          {},
          () => title,
          () => t('no pooling'),
          frame(view),
          make(
            'p',
            { class: 'note' },
            make('a', { href: '#picture-choice' }, () => t('Choose another picture')),
          ),
        )
      : cell(
          { class: 'picture pooling-name' },
          () => title,
          () => t('max-pooling, twice'),
          make('p', { class: 'hint' }, () =>
            t('The same picture. Each max-pooling layer remembers where its largest values were: the switches.'),
          ),
        ),
    ...COLUMNS.map(({ id, rule, says }) => {
      const how = () => translationOf(says[i] ?? '');
      const words = () => t('{network}: {rule}, {how}', { network: title, rule: ruleName(rule), how: how() });
      return cell({ 'data-rule': rule }, () => ruleName(rule), how, frame(canvasOf(`pooling-${name}-${id}`, words)));
    }),
  ]);
}

/** @param {Record<string, string>} attributes @param {() => string} title @param {() => string} words @param {...HTMLElement} contents */
function cell(attributes, title, words, ...contents) {
  return make(
    'div',
    { class: 'picture', ...attributes },
    make('h3', {}, () => [title(), ' ', make('small', {}, words())]),
    ...contents,
  );
}

/** @param {HTMLCanvasElement} canvas */
function frame(canvas) {
  return make('div', { class: 'frame' }, canvas);
}

/** @param {string} id @param {() => string} words */
function canvasOf(id, words) {
  return make('canvas', { id, width: '32', height: '32', role: 'img', 'aria-label': words, 'data-blank': 'true' });
}
