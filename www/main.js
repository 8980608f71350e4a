// Wires the page. Ids that tests and embedders may rely on:
//   opening    #opening (data-state="waiting|ready|failed"); #opening-photograph; canvases #opening-view, #opening-RULE;
//              #opening-line, #opening-more
//   figure 1   #rule-figure; inputs #f-ROW-COLUMN and #r-ROW-COLUMN; results #backprop-ROW-COLUMN,
//              #deconvnet-…, #guided-… (data-gate="open|shut"); reasons #why-RULE; #rule-status;
//              #rule-reset, #rule-random
//   figure 2   #picture-figure (data-state="empty|ready|failed"); #status (data-kind="busy|ready|error"),
//              #retry, #progress; canvases #view, #map-backprop, #map-deconvnet, #map-guided (in a
//              .frame with data-busy; data-blank="true" until drawn); #pictures (aria-busy);
//              #readout-view, #readout-RULE; #warning-RULE; #clock; #display-caption
//   network    #networks with radios named network; #efficientnet-line
//   pictures   #gallery and #samples with #sample-NAME (aria-pressed), #file, #camera, #credit
//   classes    #predictions button[data-class] (aria-pressed); #target-line; #class-search,
//              #class-options, #class-message
//   display    #display with radios named fold, sign, colors; #clip; #over; #display-reset
//   figure 3   #unit-figure (data-state="empty|ready|failed"); #layers button[data-layer], #channels button
//              (aria-pressed), #more-channels, #channel-count; canvases #activation, #unit-view, #unit-RULE; #unit-line
//              (#unit-live says it aloud), #unit-warning-RULE; #unit-pictures (aria-busy); #unit-close
//              #survey, #excited, #survey-line
//   figure 4   #patch-figure (data-state); #patch-layers, #patches button, #patch-line, #patch-more
//   figure 5   #pooling-figure (data-state, aria-busy); #pooling-class, #pooling-line, #pooling-which; canvases
//              #pooling-view, #pooling-NETWORK-COLUMN
//   export     #export-panel; #export-class, #export-unit; #export-link, #export-copy; #export-row, #export-maps, #export-numbers, #export-file,
//              #export-tag, #export-frame; #export-code, #export-line
//   engine     #engine; radios named backend, #ndarray-line; #model-file, #model-message, #model-facts

import { createDisplayOptions } from './display-options.js';
import { Engine, EngineStartError } from './engine.js';
import { createEnginePanel } from './engine-panel.js';
import { createExportPanel } from './export-panel.js';
import { fetchFile } from './fetch.js';
import { ALL_CNN_C, SQUEEZENET, createNetworks, networkFrom, networkNamed, resolveNetwork } from './networks.js';
import './offline.js';
import { createOpening } from './opening.js';
import { createPatchFigure } from './patch-figure.js';
import { createOwnFiles } from './own-files.js';
import { byId } from './dom.js';
import { readState, writeState } from './permalink.js';
import { takesSmall } from './picture-lists.js';
import { createPictureFigure } from './picture-figure.js';
import { createPoolingFigure } from './pooling-figure.js';
import { createPredictions } from './predictions.js';
import { createRuleFigure } from './rule-figure.js';
import { createSamplePictures } from './sample-pictures.js';
import { createStatus, engineTrouble, messageOf, modelTrouble, pictureTrouble } from './status.js';
import { createSurveyStrip } from './survey-strip.js';
import { createUnitFigure } from './unit-figure.js';

/** @typedef {import('./networks.js').PageNetwork} PageNetwork */
/** @typedef {import('./types.js').Picture} Picture */
/** A sample by its name, and the class to explain if it is not the likeliest. @typedef {{ picture: string | undefined, target?: number | undefined }} Goal */

const initialState = readState(location.hash);
const opensWith = networkNamed(initialState?.network) ?? SQUEEZENET;
const opening = createOpening(initialState?.picture !== undefined || takesSmall(opensWith));
const status = createStatus();
const ruleFigure = createRuleFigure((numbers) => choseByHand({ numbers }));
const engine = new Engine((relume, shared) => {
  ruleFigure.setEngine(relume);
  poolingFigure.setNetworks(shared);
});

/** The picture on show, and everything else that was chosen by hand. */
/** @typedef {Omit<import('./permalink.js').State, 'network' | 'picture' | 'backend' | 'display'>} Chosen */
/** @type {{ picture?: Picture } & Chosen} */
const shown = { close: false };
/** The sample last shown with each network. @type {Map<PageNetwork, string>} */
const lastSample = new Map();

const display = createDisplayOptions(opensWith.side, () => { redraw(); remember(); });
if (initialState) display.write(initialState.display);

const predictions = createPredictions((index) => pictureFigure.explain(index));

const pictureFigure = createPictureFigure({
  predictions,
  display: display.read,
  onBusy: status.busy,
  onReady(words) {
    status.ready(words);
    opening.say(words);
    panel.show(engine);
    exportPanel.refresh();
  },
  onTrouble(error, picture, kept, again) {
    if (picture.name === '') ownFiles.forget();
    if (kept) select(kept);
    fail(pictureTrouble(error, picture.title, kept?.title, again));
  },
  onTarget(index, isTop) {
    shown.target = isTop ? undefined : index;
    remember();
  },
  onTrace(trace, model, picture) {
    unitFigure.setTrace(trace, model, picture);
    poolingFigure.setPicture(listed?.isPhotograph(picture.name) ? undefined : picture);
  },
  onDraw: opening.copy,
});

const surveyStrip = createSurveyStrip({ display: display.read, fetchPicture: async (file) => (await samples).fetchSmall(file) });
const unitFigure = createUnitFigure({
  display: display.read,
  onExplained({ layer, channel }) {
    surveyStrip.show(layer, channel);
    exportPanel.refresh();
  },
  onUnit: (unit) => choseByHand({ unit }),
  onClose: (close) => choseByHand({ close }),
});
const patchFigure = createPatchFigure({
  onLayer: (patches) => choseByHand({ patches }),
  onMore: () => switchTo(ALL_CNN_C),
  onChoose(layer, channel) {
    chooseUnit({ layer, channel });
    remember();
    const figure = byId('unit-figure', HTMLElement);
    figure.scrollIntoView({ block: 'start' });
    // The keyboard goes along, to the choice of layers.
    figure.focus({ preventScroll: true });
  },
});

const poolingFigure = createPoolingFigure({
  display: () => display.read(ALL_CNN_C.side),
  onClass: (compare) => choseByHand({ compare }),
  fetchPicture: async (name) => (await samples).fetchBeside(name),
});
if (initialState) applyState(initialState);

const exportPanel = createExportPanel({
  shown(what) {
    return what === 'class' ? pictureFigure.shown() : unitFigure.shown();
  },
  display: display.read,
  state: stateNow,
  model() {
    const { source, model } = engine;
    if (!source || !model) throw new Error('No network is loaded');
    const { name } = model.info;
    if (source instanceof File) return { name, url: undefined, bytes: async () => source };
    return {
      name,
      url: new URL(source, location.href).href,
      bytes: async () => (await fetchFile(source)).blob(),
    };
  },
  pictureUrl: ({ name }) => listed?.urlOf(name),
});

const panel = createEnginePanel({
  onBackend: (backend) => load({ backend, source: engine.source ?? opensWith.url }),
  onModelFile: openModel,
});
const ownFiles = createOwnFiles({
  onPicture: (picture) => showPicture(picture),
  onModel: openModel,
  onTrouble: (words) => status.error({ text: [words] }),
});
const networks = createNetworks(switchTo);
const samples = createSamplePictures((name) => choose({ picture: name }));
/** The samples, once they are listed. @type {Awaited<typeof samples> | undefined} */
let listed;
samples.then((loaded) => { listed = loaded; });
announce(opensWith);

function redraw() {
  pictureFigure.redraw();
  unitFigure.redraw();
  surveyStrip.redraw();
  poolingFigure.redraw();
}

/** @param {Partial<Chosen>} what */
function choseByHand(what) {
  Object.assign(shown, what);
  remember();
}

/** Applies a state to all figures but the second, where it differs from what they show. @param {Chosen} requested */
function applyState({ unit, close, patches, compare, numbers }) {
  if (JSON.stringify(unit) !== JSON.stringify(shown.unit)) chooseUnit(unit);
  if (JSON.stringify(numbers) !== JSON.stringify(shown.numbers)) ruleFigure.write(numbers);
  unitFigure.setClose(close);
  patchFigure.choose(patches);
  poolingFigure.choose(compare);
  Object.assign(shown, { close, patches, compare, numbers });
}

/** @param {import('./unit-figure.js').ChosenUnit | undefined} unit */
function chooseUnit(unit) {
  shown.unit = unit;
  unitFigure.choose(unit);
}

/** Prepares for the first network, before it has loaded. @param {PageNetwork} network */
function announce(network) {
  networks.show(network.url);
  display.suit(network.side);
  pictureFigure.expect(network);
}

/** @param {import('./status.js').Trouble} trouble */
function fail(trouble) {
  status.error(trouble);
  if (pictureFigure.failed()) opening.fail();
}

/** Returns false if there is no such sample, or if another was chosen meanwhile. @param {Goal} goal */
async function choose({ picture: name, target }) {
  const picture = await (await samples).fetch(name);
  if (picture) await showPicture(picture, target);
  return picture !== undefined;
}

/** @param {Picture} picture @param {number} [target] */
function showPicture(picture, target) {
  shown.target = target;
  select(picture);
  return pictureFigure.show(picture, target);
}

/** @param {Picture} picture */
async function select(picture) {
  shown.picture = picture;
  remember();
  ownFiles.mark(picture);
  (await samples).mark(picture.name || undefined);
}

/**
 * Each network shows its last sample, unless the picture can stay: between networks of one kind, when a photograph goes to
 * a network for photographs, and when the picture is the visitor's own.
 * @param {PageNetwork} network
 */
async function switchTo(network) {
  const from = networkFrom(engine.source);
  if (from && shown.picture?.name) lastSample.set(from, shown.picture.name);
  const strip = await samples;
  const alike = takesSmall(from ?? network) === takesSmall(network);
  const stays = alike || shown.picture?.name === '' || (!takesSmall(network) && strip.isPhotograph(shown.picture?.name));
  const picture = lastSample.get(network) ?? strip.usual(network);
  await load({ backend: engine.backend, source: network.url }, stays ? undefined : { picture });
}

/** @param {File} file */
function openModel(file) {
  return load({ backend: engine.backend, source: file });
}

let writing = 0;

/** With a delay, because browsers limit how often an address may change, and a slider changes it often. */
function remember() {
  clearTimeout(writing);
  writing = setTimeout(writeNow, 250);
}

async function writeNow() {
  // Until a network has loaded, the address must go on naming the requested one.
  if (!engine.source) return;
  const network = networkFrom(engine.source);
  writeState(stateNow(), { network: SQUEEZENET.name, picture: network && (await samples).usual(network) });
  exportPanel.refresh();
}

/** @returns {import('./permalink.js').State} */
function stateNow() {
  const { picture, ...chosen } = shown;
  return { ...chosen, network: networkFrom(engine.source)?.name, picture: picture?.name, backend: engine.backend, display: display.choices() };
}

/**
 * @param {import('./engine.js').Setup} setup
 * @param {Goal} [goal] what to show with it; by default what is on show already
 */
async function load(setup, goal) {
  const own = setup.source instanceof File ? setup.source.name : undefined;
  const page = networkFrom(setup.source);
  const what = own ?? page?.title ?? 'the network';
  const before = { picture: shown.picture, title: engine.model?.info.title, classes: engine.model?.info.classes };
  panel.say('info', '');
  status.busy(own ? `Opening ${what}…` : `Loading ${what}…`);
  try {
    const model = await engine.use(setup, (at) => status.download(what, at));
    if (!model) return;
    status.done();
    networks.show(engine.source);
    panel.show(engine);
    if (own) panel.say('info', `${own} is loaded. To leave it, choose one of the page’s networks, above.`);
    display.suit(model.info.input.shape[1]);
    pictureFigure.setModel(model);
    unitFigure.setModel(model);
    surveyStrip.setModel(model, networkFrom(setup.source)?.survey);
    patchFigure.setModel(model);
    engine.retire();
    // A class is kept if its index means the same in both networks.
    const { target = NaN } = shown;
    if (before.classes && before.classes[target] !== model.info.classes[target]) shown.target = undefined;
    remember();
    // A picture chosen meanwhile takes precedence.
    if (goal && shown.picture === before.picture && await choose(goal)) return;
    if (shown.picture) await pictureFigure.show(shown.picture, shown.target);
    else {
      opening.wait('The network is ready; there is no picture yet.');
      status.ready('The network is ready. Choose a picture.');
    }
  } catch (error) {
    networks.show(engine.source);
    panel.show(engine);
    if (own) {
      panel.say('error', `“${own}” could not be opened. ${messageOf(error)}${engine.model ? ' The network before it is still in use.' : ''}`);
    }
    if (own && engine.model) {
      status.ready(pictureFigure.says());
    } else {
      pictureFigure.fail();
      fail(error instanceof EngineStartError ? engineTrouble(error)
        : own ? { text: ['No network is loaded; the reason is below, under “Engine and network”.'] }
          : modelTrouble(error, page?.url ?? '', before.title, () => load(setup, goal)));
    }
  }
}

/** The network, sample and class that a state asks for, with defaults. @param {Partial<import('./permalink.js').State>} state */
async function resolveState({ network: name, picture, target }) {
  const strip = await samples;
  const requested = resolveNetwork(name, strip.isSmall(picture));
  // Only EfficientNet-Lite0 may be missing, and SqueezeNet knows the same classes.
  const network = await networks.has(requested) ? requested : SQUEEZENET;
  return { network, picture: strip.has(picture) ? picture : strip.usual(network), target };
}

/** Scrolls to what the address names. On a reload the browser restores the scroll position itself. */
function scrollToNamed() {
  const [navigation] = performance.getEntriesByType('navigation');
  if (!initialState || (navigation instanceof PerformanceNavigationTiming && navigation.type !== 'navigate')) return;
  const id = initialState.unit ? 'unit-figure' : initialState.picture !== undefined || initialState.target !== undefined ? 'the-picture' : undefined;
  if (id) byId(id, HTMLElement).scrollIntoView({ block: 'start', behavior: 'instant' });
}

async function begin() {
  scrollToNamed();
  const backend = await panel.offered(initialState?.backend ?? 'flex');
  const goal = resolveState(initialState ?? {});
  const first = goal.then((resolved) => {
    announce(resolved.network);
    return choose(resolved);
  });
  const loading = goal.then(({ network }) => load({ backend, source: network.url }));
  try {
    await engine.start(backend);
  } catch (error) {
    ruleFigure.fail('The engine could not be started, so the results cannot be computed. The reason is below, at the second figure.');
    pictureFigure.fail();
    fail(engineTrouble(error));
    return;
  }
  await Promise.all([first, loading]);
}

addEventListener('hashchange', async ({ newURL }) => {
  // location.hash may already have been overwritten with the previous state.
  const requested = readState(new URL(newURL).hash);
  if (!requested) return;
  clearTimeout(writing);
  display.write(requested.display);
  redraw();
  const ownUnit = engine.source instanceof File && requested.network === undefined && requested.unit === undefined;
  applyState(ownUnit ? { ...requested, unit: shown.unit } : requested);
  const [goal, backend] = await Promise.all([resolveState(requested), panel.offered(requested.backend)]);
  // An address cannot name the visitor's own network or picture. Without a name they stay, and so does the class.
  const ownNetwork = engine.source instanceof File && requested.network === undefined;
  const stays = requested.picture === undefined && (ownNetwork || shown.picture?.name === '');
  const source = ownNetwork ? engine.source : goal.network.url;
  // An address without a class asks for the likeliest.
  const target = goal.target !== undefined && predictions.has(goal.target) ? goal.target : predictions.first();
  if (source && (source !== engine.source || backend !== engine.backend)) {
    await load({ backend, source }, stays ? undefined : goal);
  } else if (!stays && goal.picture !== shown.picture?.name) {
    await choose(goal);
  } else if (target !== undefined && target !== (shown.target ?? predictions.first()) && !(stays && requested.target === undefined)) {
    await pictureFigure.explain(target);
  }
  // The address must not name a unit that the network does not have.
  if (shown.unit && !unitFigure.has(shown.unit)) chooseUnit(undefined);
  remember();
});

begin();
