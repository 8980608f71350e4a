// Wires the page. Ids that tests and embedders may rely on:
//   opening    #opening (data-state="waiting|ready|failed"); #opening-photograph, #opening-prepared; #opening-wipe,
//              #opening-wipe-at; canvases #opening-view, #opening-RULE;
//              #opening-answer, #opening-line, #opening-more
//   figure 1   #rule-figure (data-checked="waiting|same|differs|failed", by the engine); inputs #f-ROW-COLUMN and
//              #r-ROW-COLUMN, with copies in step, #r-deconvnet-…, #r-guided-…; results #forward-ROW-COLUMN,
//              #backprop-…, #deconvnet-…, #guided-… (data-gate="open|shut"); reasons #why-forward, #why-RULE;
//              #rule-status, #rule-check; #rule-reset, #rule-random; #scheme (data-state="empty|ready|failed", aria-busy),
//              #scheme-line, #scheme-kept, canvases #scheme-view, #scheme-channel, #scheme-one, #scheme-map
//   figure 2   #picture-figure (data-state="empty|ready|failed"); #status (data-kind="busy|ready|error"),
//              #retry, #progress; canvases #view, #map-backprop, #map-deconvnet, #map-guided (in a
//              .frame with data-busy; data-blank="true" until drawn); #pictures (aria-busy);
//              #readout-view, #readout-RULE; #warning-RULE; #clock; #likeness; #display-caption
//   network    #networks with radios named network; #efficientnet-line; #random-weights
//   own        #own-networks; #model-file, #model-message (data-kind="info|error"); #kept-networks with radios named network;
//              #own-network (hidden), #own-save, #own-keep; #network-form (data-state="working|ready|refused", see network-form.js)
//   pictures   #gallery and #samples with #sample-NAME (aria-pressed), #file, #camera, #credit
//   live       #live-begin; #live (hidden, data-frames, data-phase="off|starting|live|waiting|paused") with canvases #live-view,
//              #live-RULE (in a .frame with data-off), check boxes #live-with-RULE, #live-note-RULE; #live-line, #live-rate,
//              #live-said; #live-keep, #live-turn, #live-end
//   guess      #guess-on; html (data-guess="off|open|shown"); #guess-surface, radios named guess-brush; #guess-show, #guess-clear;
//              #guess-marked, #guess-line, #guess-live; #guess-share-area, #guess-share-RULE (data-share)
//   pin        #pin, #unpin; #pinned (hidden) with canvases #pinned-view, #pinned-RULE; #pinned-line, #pinned-likeness;
//              #differences (hidden) with canvases #difference-RULE
//   strip      #maps-strip (hidden) with canvases #strip-view, #strip-RULE; #maps-strip-on, #strip-back, #strip-close
//   classes    #predictions button[data-class] (aria-pressed); #target-line; #class-search,
//              #class-options, #class-message
//   display    #display with radios named fold, sign, colors; #clip; #over; #one-scale; #display-reset
//   figure 2b  #signal-figure (data-state="empty|ready|failed", aria-busy); #signal-step, #signal-play, #signal-line; #signal-rows tr
//              (data-reached, data-here)
//   figure 3   #unit-figure (data-state="empty|ready|failed"); #layers button[data-layer], #channels button
//              (aria-pressed), #more-channels, #channel-count; canvases #activation, #unit-view, #unit-RULE; #unit-line
//              (#unit-live says it aloud), #unit-warning-RULE; #unit-pictures (aria-busy); #unit-close
//              #survey, #excited (aria-busy), #survey-more, #survey-line
//   figure 4   #patch-figure (data-state); #patch-layers, #patches button, #patch-line, #patch-more, #patch-end
//   figure 5   #pooling-figure (data-state, aria-busy); #pooling-class, #pooling-line, #pooling-which; canvases
//              #pooling-view, #pooling-NETWORK-COLUMN
//   figure 6   #trust-figure (data-state="empty|ready"); radios named trust-measure; #trust-layers, #trust-others, #trust-pixels (aria-busy);
//              #trust-step, #trust-compute, #trust-line, #trust-progress, #trust-done; canvases #trust-ROW-RULE with #trust-ROW-likeness-RULE, ROW
//              trained, randomised, itself, other-class or other-picture; #trust-class, #trust-picture, #trust-view; #trust-method; charts
//              #trust-chart, #trust-deletion, #trust-insertion, tables #trust-table, #trust-deletion-table
//   export     #export-panel; #export-class, #export-unit; #export-link, #export-copy; #export-row, #export-maps, #export-numbers, #export-file,
//              #export-tag, #export-frame; #export-code, #export-line
//   engine     #engine; radios named backend, #ndarray-line; #model-facts

import { createAddressHistory } from './address-history.js';
import { createDisplayOptions } from './display-options.js';
import { byId } from './dom.js';
import { Engine } from './engine.js';
import { fitNote } from './fit-note.js';
import './language.js';
import { firstScreen, later, now } from './later.js';
import { say } from './live-text.js';
import { createNavigation } from './navigation.js';
import { ALL_CNN_C, SQUEEZENET, createNetworks, isKept, networkNamed } from './networks.js';
import { createOpening } from './opening.js';
import { createOwnFiles } from './own-files.js';
import { pageTitle } from './page-title.js';
import { isPlace, readState } from './permalink.js';
import { createPictureFigure } from './picture-figure.js';
import { takesSmall } from './picture-lists.js';
import { createPredictions } from './predictions.js';
import { createRuleFigure } from './rule-figure.js';
import { createSamplePictures } from './sample-pictures.js';
import { createState } from './state.js';
import { createStatus } from './status.js';
import { t } from './translate.js';

/** @import { PageNetwork } from './networks.js' */

// For opened-as-file.js, which speaks where no module runs.
document.documentElement.dataset['running'] = 'true';

const initial = readState(location.hash);
firstScreen().then(async () => (await import('./terms.js')).explainTerms(document));
// Whoever cannot be given it has the page all the same.
firstScreen()
  .then(() => import('./offline.js'))
  .catch(() => undefined);
const state = createState(initial);
const opensWith = networkNamed(initial.network) ?? SQUEEZENET;

const openAt = later(
  'pictures',
  async () => (await import('./open-at.js')).createOpenAt(),
  location.hash === '' || isPlace(location.hash) ? undefined : now(),
);
const opening = createOpening(initial.picture !== undefined || initial.random || takesSmall(opensWith) || isKept(initial.network));
const status = createStatus();
// The maps that a guess has to wait for are never seen before it.
if (initial.guess) document.documentElement.dataset['guess'] = 'open';
const guess = later('guess', async () => (await import('./guess.js')).createGuess(state), initial.guess ? now() : undefined);
const mapsStrip = later('maps-strip', async () => (await import('./maps-strip.js')).createMapsStrip());
const displayOptions = createDisplayOptions(state, opensWith.side);
const ruleFigure = createRuleFigure(state);
const ruleScheme = later('scheme', async () => (await import('./rule-scheme.js')).createRuleScheme(state));
const engine = new Engine((relume, shared) => {
  ruleFigure.setEngine(relume);
  poolingFigure.setNetworks(shared);
});
const networks = createNetworks(
  (network) => navigation.switchTo(network),
  (random, network) => navigation.setRandom(random, network),
);
const samples = createSamplePictures((name) => navigation.chooseSample(name));
const ownFiles = createOwnFiles({
  onPicture: (picture) => navigation.showOwn(picture),
  onModel(file) {
    ownNetworks.close();
    navigation.openModel(file);
  },
  onForeign(file) {
    fetchOwnNetworks();
    ownNetworks.open(file);
  },
  onTrouble: (text) => status.error({ text }),
});
/** What the camera's last trouble was, to be taken back once it runs. @type {import('./live-text.js').Saying | undefined} */
let cameraTrouble;
later('live-begin', async () =>
  (await import('./live-camera.js')).createLiveCamera({
    state,
    model: () => engine.model,
    onKept: (picture) => navigation.showOwn(picture),
    onTrouble: (text) => status.error({ text: (cameraTrouble = text) }),
    onRunning: () => status.takeBack(cameraTrouble, pictureFigure.says),
  }),
);
later('cite-line', async () => (await import('./citation.js')).createCitation());
const panel = later('engine', async () =>
  (await import('./engine-panel.js')).createEnginePanel((backend) =>
    navigation.load({ backend, source: engine.source ?? opensWith.url, random: networks.isRandom() }),
  ),
);
/** Has the form fetched that a file of another tool opens, even before the first maps. @type {() => void} */
let fetchOwnNetworks;
const ownNetworks = later(
  'own-networks',
  async () =>
    (await import('./own-networks.js')).createOwnNetworks({
      state,
      source: () => engine.source,
      onUse: (file) => navigation.openModel(file),
      onKept: () => networks.show(engine.source, engine.random),
    }),
  Promise.race([firstScreen(), new Promise((/** @type {(value: void) => void} */ resolve) => (fetchOwnNetworks = resolve))]),
);

const predictions = createPredictions((index) => pictureFigure.explain(index));
const pictureFigure = createPictureFigure({
  state,
  predictions,
  onBusy(saying) {
    status.busy(saying);
    guess.wait();
    pinnedMaps.setMaps(undefined);
  },
  onReady(saying) {
    status.ready(saying);
    const maps = { ...pictureFigure.shown()?.maps };
    guess.setMaps(maps, pictureFigure.explainedClass());
    pinnedMaps.setMaps(maps, pictureFigure.explainedClass());
    opening.say(saying, pictureFigure.answer());
    panel.show(engine);
    exportPanel.refresh();
    openAt.drawn('class');
    const title = document.querySelector('title');
    if (title) say(title, () => pageTitle(pictureFigure.explainedWords()));
  },
  onTrouble: (...trouble) => navigation.pictureFailed(...trouble),
  onTrace(trace, model, picture) {
    guess.setTrace(trace, picture);
    ownNetworks.setPicture(picture);
    const { crop, model: looking } = trace;
    const [photograph, { source }] = [samples.isPhotograph(picture.name), engine];
    const fit = () => fitNote({ crop, model: looking }, picture, photograph, source);
    samples.note(fit() && fit);
    signalFigure.setTrace(trace, model);
    ruleScheme.setTrace(trace, model);
    unitFigure.setTrace(trace, model, picture);
    trustFigure.setTrace(trace, model, picture);
    poolingFigure.setPicture(samples.isPhotograph(picture.name) ? undefined : picture);
  },
  onDraw(name, canvas) {
    opening.copy(name, canvas);
    mapsStrip.copy(name, canvas);
  },
  // Nothing until what is below the first screen is there.
  beside: () => pinnedMaps.maps() ?? [],
});
byId('pinned', HTMLElement).hidden = initial.pin === undefined;
const pinnedMaps = later('pinned', async () =>
  (await import('./pinned-maps.js')).createPinnedMaps({
    state,
    engine,
    shown: () => pictureFigure.shown(),
    fetchPicture: samples.fetchBeside,
    hasPicture: samples.has,
    onChange: () => pictureFigure.redraw(),
  }),
);
const signalFigure = later('signal-figure', async () => (await import('./signal-figure.js')).createSignalFigure(state));
const surveyStrip = later('survey', async () => (await import('./survey-strip.js')).createSurveyStrip(state, samples));
const unitFigure = later('unit-figure', async () =>
  (await import('./unit-figure.js')).createUnitFigure(state, ({ layer, channel }) => {
    surveyStrip.show(layer, channel);
    exportPanel.refresh();
    openAt.drawn('unit');
  }),
);
const patchFigure = later('patch-figure', async () =>
  (await import('./patch-figure.js')).createPatchFigure({
    state,
    onMore: () => navigation.switchTo(ALL_CNN_C),
    onChoose(layer, channel) {
      state.set({ unit: { layer, channel } });
      const figure = byId('unit-figure', HTMLElement);
      figure.scrollIntoView({ block: 'start' });
      // The keyboard goes along, to the choice of layers.
      figure.focus({ preventScroll: true });
    },
  }),
);
const poolingFigure = later('pooling-figure', async () =>
  (await import('./pooling-figure.js')).createPoolingFigure(state, samples.fetchBeside),
);
const trustFigure = later('trust-figure', async () =>
  (await import('./trust-figure.js')).createTrustFigure(state, samples, () => openAt.drawn('randomised')),
);
const exportPanel = later('export-panel', async () =>
  (await import('./export-panel.js')).createExportPanel({
    state,
    engine,
    shown: (what) => (what === 'class' ? pictureFigure : unitFigure).shown(),
    sample: samples.shareable,
  }),
);
const navigation = createNavigation({
  state,
  engine,
  networks,
  samples,
  ownFiles,
  panel,
  ownNetworks,
  status,
  opening,
  predictions,
  pictureFigure,
  onNetwork: announce,
  onModel(model, network) {
    displayOptions.suit(model.info.input.shape);
    pictureFigure.setModel(model, engine.random);
    signalFigure.setModel(model);
    ruleScheme.setModel();
    unitFigure.setModel(model);
    surveyStrip.setModel(model, engine.random ? undefined : network?.survey);
    patchFigure.setModel(model);
    trustFigure.setModel(model, engine.random);
  },
  onSettled() {
    openAt.drawn('class');
    pinnedMaps.settled();
    address.write();
    noteAddress();
  },
});
const address = createAddressHistory({
  state,
  usual: navigation.usual,
  own: navigation.own,
  onEntry(shown, own) {
    openAt.stop();
    navigation.follow(shown, own);
  },
  onAddress(hash) {
    asked = hash;
    if (isPlace(hash)) {
      noteAddress();
      return;
    }
    const requested = readState(hash);
    // A pin stays until another one comes.
    state.set({ guess: requested.guess, ...(requested.pin && { pin: requested.pin }) });
    openAt.open(requested);
    navigation.follow(requested);
  },
});

/** What the address asked for that is being shown. */
let asked = location.hash;
/** Counts up whenever something else is to be said than what the address lacked before. */
let notes = 0;
/** Says what in the address named nothing, until something else is chosen. */
async function noteAddress() {
  const { model, source, backend } = engine;
  if (!model || asked === '') return;
  const mine = ++notes;
  const address = asked;
  asked = '';
  const { addressNote } = await import('./address-note.js');
  const note = () => addressNote(address, { model, source, backend, hasPicture: samples.has, picture: navigation.shownTitle() });
  if (mine === notes) status.note(note() && note);
}
state.subscribe(['network', 'picture', 'target', 'unit', 'display'], () => {
  notes++;
  status.note('');
});

/** @param {PageNetwork} network */
function announce(network) {
  networks.show(network.url, state.get().random);
  displayOptions.suit([3, network.side, network.side]);
  pictureFigure.expect(network);
}

/** Opens the page at what the address is about. On a reload the browser restores the scroll position itself. */
function openAtAddress() {
  const [navigated] = performance.getEntriesByType('navigation');
  if (isPlace(location.hash) || (navigated instanceof PerformanceNavigationTiming && navigated.type !== 'navigate')) return;
  openAt.open(initial);
}

announce(opensWith);
openAtAddress();
navigation.begin(() => {
  ruleFigure.fail(() => t('The engine could not be started, so nothing checks these numbers. The reason is below, at figure 2.'));
  ruleScheme.fail(() => t('Only sketched here: the engine could not be started. The reason is below, at figure 2.'));
});
