// Wires the page. Ids that tests and embedders may rely on:
//   figure 1   #rule-figure; inputs #f-ROW-COLUMN and #r-ROW-COLUMN; results #backprop-ROW-COLUMN,
//              #deconvnet-…, #guided-… (data-gate="open|shut"); reasons #why-RULE; #rule-status;
//              #rule-reset, #rule-random
//   figure 2   #picture-figure (data-state="empty|ready|failed"); #status (data-kind="busy|ready|error"),
//              #retry, #progress; canvases #view, #map-backprop, #map-deconvnet, #map-guided (in a
//              .frame with data-busy; data-blank="true" until drawn); #pictures (aria-busy);
//              #readout-view, #readout-RULE; #warning-RULE; #clock; #display-caption
//   pictures   #sample-NAME (aria-pressed), #file, #camera, #credit
//   answers    #top5 button[data-class] (aria-pressed); #target-line; #class-search,
//              #class-options, #class-message
//   display    #display with radios named fold, sign, colors; #clip; #over; #display-reset
//   engine     #engine; radios named backend; #model-file, #model-reset, #model-message, #model-facts

import { createAnswers } from './answers.js';
import { createDisplayOptions } from './display-options.js';
import { Engine, EngineStartError } from './engine.js';
import { createEnginePanel } from './engine-panel.js';
import { createOwnFiles } from './own-files.js';
import { readState, writeState } from './permalink.js';
import { createPictureFigure } from './picture-figure.js';
import { createRuleFigure } from './rule-figure.js';
import { createSamples } from './samples.js';
import { createStatus, engineTrouble, messageOf, modelTrouble, pictureTrouble } from './status.js';

/** @typedef {import('./rules.js').Picture} Picture */

const MODEL = './models/efficientnet-lite0.safetensors';

const asked = readState(location.hash);
const status = createStatus();
const ruleFigure = createRuleFigure();
const engine = new Engine((relume) => ruleFigure.setEngine(relume));

/** The picture on show, and the class explained where it was chosen by hand. */
/** @type {{ picture?: Picture, target?: number }} */
const shown = { target: asked?.target };
let usualPicture = '';

const display = createDisplayOptions(() => { pictureFigure.redraw(); remember(); });
if (asked) display.write(asked.display);

const answers = createAnswers((index) => pictureFigure.explain(index));
answers.blank();

const pictureFigure = createPictureFigure({
  answers,
  display: display.read,
  onBusy: status.busy,
  onReady(words) { status.ready(words); panel.show(engine); },
  onTrouble(error, picture, kept, again) {
    if (picture.name === '') ownFiles.forget();
    if (kept) select(kept);
    status.error(pictureTrouble(error, picture.title, kept?.title, again));
  },
  onTarget(index, isTop) {
    shown.target = isTop ? undefined : index;
    remember();
  },
});

const panel = createEnginePanel({
  onBackend: (backend) => load({ backend, source: engine.source ?? MODEL }),
  onModelFile: (file) => load({ backend: engine.backend, source: file }),
  onModelReset: () => load({ backend: engine.backend, source: MODEL }),
});

const ownFiles = createOwnFiles({
  onPicture: showPicture,
  onModel: (file) => load({ backend: engine.backend, source: file }),
  onTrouble: (words) => status.error({ text: [words] }),
});

const samples = createSamples(showPicture);

/** @param {Picture} picture */
function showPicture(picture) {
  // A class asked for in the address belongs to the first picture alone.
  const target = shown.picture ? undefined : shown.target;
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

let writing = 0;

/** Not at every step of a slider: browsers limit how often an address may change. */
function remember() {
  clearTimeout(writing);
  writing = setTimeout(writeNow, 250);
}

function writeNow() {
  writeState({ picture: shown.picture?.name, target: shown.target, backend: engine.backend, display: display.read() }, usualPicture);
}

/** @param {import('./engine.js').Setup} setup */
async function load(setup) {
  const own = setup.source instanceof File ? setup.source.name : undefined;
  const what = own ?? 'the network';
  panel.say('info', '');
  status.busy(own ? `Opening ${what}…` : 'Loading the network…');
  try {
    const model = await engine.use(setup, (at) => status.download(what, at));
    if (!model) return;
    status.done();
    panel.show(engine);
    if (own) panel.say('info', `${own} is loaded.`);
    pictureFigure.setModel(model);
    engine.retire();
    remember();
    if (shown.picture) await pictureFigure.show(shown.picture, shown.target);
    else status.ready('The network is ready. Choose a picture.');
  } catch (error) {
    panel.show(engine);
    if (own) {
      panel.say('error', `“${own}” could not be opened. ${messageOf(error)}${engine.model ? ' The network before it is still in use.' : ''}`);
    }
    if (own && engine.model) {
      status.ready(pictureFigure.says());
    } else {
      pictureFigure.fail();
      status.error(error instanceof EngineStartError ? engineTrouble(error) : own ? { text: ['No network is loaded; the reason is below, under “Engine and network”.'] } : modelTrouble(error, MODEL, () => load(setup)));
    }
  }
}

async function begin() {
  const firstPicture = samples.then(async (strip) => {
    usualPicture = strip.names[0] ?? '';
    if (!(asked?.picture && await strip.choose(asked.picture))) await strip.choose(usualPicture);
  });
  try {
    await engine.start(asked?.backend ?? 'flex');
  } catch (error) {
    ruleFigure.fail('The engine could not be started, so the results cannot be computed. The reason is below, at the second figure.');
    pictureFigure.fail();
    status.error(engineTrouble(error));
    return;
  }
  await Promise.all([firstPicture, load({ backend: engine.backend, source: MODEL })]);
}

addEventListener('hashchange', async () => {
  const wanted = readState(location.hash);
  if (!wanted) return;
  clearTimeout(writing);
  display.write(wanted.display);
  pictureFigure.redraw();
  const { names, choose } = await samples;
  // No address can name a picture of one's own: without a name that one stays, and so does its class.
  const own = wanted.picture === undefined && shown.picture?.name === '';
  const picture = wanted.picture ?? usualPicture;
  // Without a class the likeliest one is meant.
  const top = answers.first();
  const target = wanted.target !== undefined && answers.has(wanted.target) ? wanted.target : top;
  if (!own && picture !== shown.picture?.name && names.includes(picture)) {
    delete shown.picture;
    shown.target = wanted.target;
    await choose(picture);
  } else if (target === undefined) {
    shown.target = wanted.target;
  } else if (target !== (shown.target ?? top) && !(own && wanted.target === undefined)) {
    await pictureFigure.explain(target);
  }
  if (engine.model && wanted.backend !== engine.backend) {
    await load({ backend: wanted.backend, source: engine.source ?? MODEL });
  }
  // What it asked for in vain leaves the address again.
  remember();
});

begin();
