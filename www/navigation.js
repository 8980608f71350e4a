// Goes from one network and picture to another: at the beginning, by hand, and when the address changes. The newest request
// wins, and older ones are given up. Figure 2 shows the picture; this module decides which one, and reports what fails.

import { sideOf, usual } from './display-options.js';
import { EngineStartError } from './engine.js';
import { isUnit } from './is-unit.js';
import { titleOf } from './network-title.js';
import { SQUEEZENET, isKept, nameOf, networkFrom, resolveNetwork } from './networks.js';
import { takesSmall } from './picture-lists.js';
import { t, words } from './translate.js';
import { engineTrouble, messageOf, modelTrouble, pictureTrouble } from './status.js';

/** @import { Setup } from './engine.js' */
/** @import { PageNetwork } from './networks.js' */
/** @import { State } from './state.js' */
/** @import { Model, Picture } from './types.js' */
/** What to explain on a picture. @typedef {Pick<State, 'target' | 'unit' | 'compare'>} Choices */
/** A sample by its name, or by default the one on show; or the visitor's `own`. @typedef {Choices & { picture: string | undefined, own?: Picture | undefined }} Goal */

/**
 * @param {{
 *   state: import('./state.js').PageState,
 *   engine: import('./engine.js').Engine,
 *   networks: ReturnType<typeof import('./networks.js').createNetworks>,
 *   samples: ReturnType<typeof import('./sample-pictures.js').createSamplePictures>,
 *   ownFiles: ReturnType<typeof import('./own-files.js').createOwnFiles>,
 *   panel: import('./later.js').Later<ReturnType<typeof import('./engine-panel.js').createEnginePanel>>,
 *   ownNetworks: import('./later.js').Later<ReturnType<typeof import('./own-networks.js').createOwnNetworks>>,
 *   status: import('./status.js').Status,
 *   opening: ReturnType<typeof import('./opening.js').createOpening>,
 *   predictions: ReturnType<typeof import('./predictions.js').createPredictions>,
 *   pictureFigure: ReturnType<typeof import('./picture-figure.js').createPictureFigure>,
 *   onNetwork: (network: PageNetwork) => void,
 *   onModel: (model: Model, network: PageNetwork | undefined) => void,
 *   onSettled: () => void,
 * }} parts `onNetwork`: called with the first network before it has loaded; `onModel`: with each that has loaded, undefined for
 *   the visitor's own; `onSettled`: when there is nothing more to load
 */
export function createNavigation(parts) {
  const { state, engine, networks, samples, ownFiles, panel, ownNetworks, status, opening, predictions, pictureFigure } = parts;
  /** The one on show. @type {Picture | undefined} */
  let picture;
  /** The sample last shown with each network. @type {Map<PageNetwork, string>} */
  const lastSample = new Map();
  /** The newest change of the network or of the whole state, and the newest that is complete. */
  let newest = 0;
  let settled = 0;

  /** @param {(outdated: () => boolean) => Promise<void>} work `outdated`: whether another change came meanwhile */
  async function go(work) {
    const mine = ++newest;
    try {
      await work(() => mine !== newest);
    } finally {
      if (mine === newest) {
        settled = mine;
        parts.onSettled();
      }
    }
  }

  /** @param {import('./status.js').Trouble} trouble */
  function fail(trouble) {
    status.error(trouble);
    if (pictureFigure.failed()) opening.fail();
  }

  /** The unit, unless the network lacks it. @param {State['unit']} unit */
  function valid(unit) {
    return !unit || !engine.model || isUnit(unit, engine.model) ? unit : undefined;
  }

  /**
   * When a picture is chosen by hand, its likeliest class is explained. A unit stays, without its position. Figure 5 shows the
   * same for every photograph, so there the class stays among them.
   * @param {string | undefined} name
   * @returns {Goal}
   */
  function byHand(name) {
    const { unit, compare } = state.get();
    const same = samples.isPhotograph(name) && samples.isPhotograph(picture?.name);
    return {
      picture: name,
      target: undefined,
      unit: unit && { layer: unit.layer, channel: unit.channel },
      compare: same ? compare : undefined,
    };
  }

  /** Returns false if there is no such sample, or if another was chosen meanwhile. @param {Goal} goal @param {() => boolean} [outdated] */
  async function choose(goal, outdated) {
    await samples.listed;
    const found = goal.own ?? (await samples.fetch(goal.picture));
    if (!found || outdated?.()) return false;
    await show(found, goal);
    return true;
  }

  /** @param {Picture} next @param {Choices} choices */
  function show(next, choices) {
    select(next, choices);
    return pictureFigure.show(next, choices.target);
  }

  /** @param {Picture} next @param {Choices} choices */
  function select(next, { target, unit, compare }) {
    picture = next;
    state.set({ picture: next.name, target, unit: valid(unit), compare });
    ownFiles.mark(next);
    samples.mark(next.name || undefined);
    samples.note('');
  }

  /** @param {Setup} setup @param {Goal} [goal] what to show with it; by default what is on show already */
  function load(setup, goal) {
    return go((outdated) => loadFor(outdated, setup, goal));
  }

  /** @param {() => boolean} outdated @param {Setup} setup @param {Goal} [goal] */
  async function loadFor(outdated, setup, goal) {
    const own = setup.source instanceof File ? setup.source.name : undefined;
    const page = networkFrom(setup.source);
    const title = () => own ?? page?.title ?? t('the network');
    const what = () => (setup.random ? t('{network} with random weights', { network: title() }) : title());
    const before = { picture, info: engine.model?.info, random: engine.random };
    ownNetworks.say('info', '');
    status.busy(() => (own ? t('Opening {what}…', { what: what() }) : t('Loading {what}…', { what: what() })));
    // A file of one's own is not fetched, and random weights are made without news.
    const download = own || setup.random ? undefined : status.watch(what);
    try {
      const model = await engine.use(setup, (at) => download?.arrived(at)).finally(() => download?.end());
      if (!model) return;
      status.done();
      showInUse();
      if (own) ownNetworks.say('info', () => t('{file} is loaded. To leave it, choose one of the page’s networks, above.', { file: own }));
      parts.onModel(model, page);
      engine.retire();
      const { target, unit } = state.get();
      // A class is kept if its index means the same in both networks. By random weights its score may be 0, and it has no map.
      const kept =
        !before.info ||
        typeof target !== 'number' ||
        (before.random === engine.random && before.info.classes[target] === model.info.classes[target]);
      state.set({
        network: nameOf(engine.source),
        random: engine.random,
        backend: engine.backend,
        unit: valid(unit),
        ...(!kept && { target: undefined }),
      });
      // A picture chosen meanwhile takes precedence.
      if (goal && picture === before.picture && (await choose(goal, outdated))) return;
      if (outdated()) return;
      if (picture) await pictureFigure.show(picture, state.get().target);
      else {
        opening.wait(() => t('The network is ready; there is no picture yet.'));
        status.ready(() => t('The network is ready. Choose a picture.'));
      }
    } catch (error) {
      showInUse();
      if (own) {
        const kept = engine.model !== undefined;
        ownNetworks.say('error', () => {
          const said = { file: own, reason: messageOf(error) };
          return kept
            ? words('“{file}” could not be opened. {reason} The network before it is still in use.', said)
            : words('“{file}” could not be opened. {reason}', said);
        });
      }
      if (own && engine.model) {
        status.ready(pictureFigure.says);
      } else {
        pictureFigure.fail();
        fail(
          error instanceof EngineStartError
            ? engineTrouble(error)
            : own
              ? { text: () => t('No network is loaded; the reason is above, under “Your own network”.') }
              : modelTrouble(error, page?.url ?? '', before.info && titleOf(before.info), () => load(setup, goal)),
        );
      }
    }
  }

  function showInUse() {
    networks.show(engine.source, engine.random);
    ownNetworks.show(engine.model?.info);
    panel.show(engine);
  }

  /** The engine that a state asks for, or Flex if this copy does not have it. @param {State} requested */
  async function offered({ backend }) {
    if (backend === 'flex' || (await (await import('./second-engine.js')).hasNdArray())) return backend;
    panel.missing();
    return 'flex';
  }

  /** The network and sample that a state asks for, with defaults; `kept`: the visitor's, if it is one, and still there. @param {State} requested */
  async function resolve({ network: name, picture: sample }) {
    await samples.listed;
    const kept = isKept(name)
      ? await import('./kept-networks.js').then(({ openKept }) => openKept(name)).catch(() => undefined)
      : undefined;
    const wanted = resolveNetwork(name, samples.isSmall(sample));
    // Only EfficientNet-Lite0 may be missing, and SqueezeNet knows the same classes.
    const network = (await networks.has(wanted)) ? wanted : SQUEEZENET;
    return { network, kept, sample: samples.has(sample) ? sample : samples.usual(network) };
  }

  /**
   * Each network shows its last sample, unless the picture can stay: between networks of one kind, when a photograph goes to
   * a network for photographs, and when the picture is the visitor's own.
   * @param {PageNetwork} network
   */
  function switchTo(network) {
    return go(async (outdated) => {
      await samples.listed;
      if (outdated()) return;
      const from = networkFrom(engine.source);
      if (from && picture?.name) lastSample.set(from, picture.name);
      const alike = takesSmall(from ?? network) === takesSmall(network);
      const stays = alike || picture?.name === '' || (!takesSmall(network) && samples.isPhotograph(picture?.name));
      const sample = lastSample.get(network) ?? samples.usual(network);
      await loadFor(
        outdated,
        { backend: engine.backend, source: network.url, random: networks.isRandom() },
        stays ? undefined : byHand(sample),
      );
    });
  }

  /** The same network with random weights, or its own again. @param {boolean} random @param {PageNetwork | undefined} network undefined for the visitor's own */
  function setRandom(random, network) {
    const source = network?.url ?? engine.source;
    if (source === undefined) return Promise.resolve();
    return load({ backend: engine.backend, source, random });
  }

  return {
    load,
    switchTo,
    setRandom,
    /** Of the network in use; undefined until there is one and nothing more is being loaded. */
    usual() {
      if (!engine.model || settled !== newest) return undefined;
      const network = networkFrom(engine.source);
      return { network: SQUEEZENET.name, picture: network && samples.usual(network), display: usual(sideOf(engine.model)) };
    },
    /** The title of the picture on show; empty if there is none. */
    shownTitle: () => picture?.title ?? '',
    /** @param {File} file */
    openModel: (file) => load({ backend: engine.backend, source: file, random: false }),
    /** @param {string} name */
    chooseSample: (name) => choose(byHand(name)),
    /** @param {Picture} own */
    showOwn: (own) => show(own, byHand(own.name)),
    /** A picture could not be explained. @param {unknown} error @param {Picture} refused @param {Picture | undefined} kept whose maps are on show @param {() => void} again */
    pictureFailed(error, refused, kept, again) {
      if (refused.name === '') ownFiles.forget();
      if (kept) select(kept, { ...state.get(), target: undefined });
      fail(pictureTrouble(error, () => refused.title, kept && (() => kept.title), again));
    },
    /** Starts with what the state asks for. @param {(error: unknown) => void} onNoEngine */
    begin: (onNoEngine) =>
      go(async (outdated) => {
        const requested = state.get();
        const backend = await offered(requested);
        const resolved = resolve(requested);
        const loading = resolved.then(async ({ network, kept, sample }) => {
          if (outdated()) return;
          state.set({ network: kept ? requested.network : network.name, picture: sample, backend });
          if (!kept) parts.onNetwork(network);
          // The picture comes as soon as it can, to be shown while the network loads.
          await Promise.all([
            choose({ ...requested, picture: sample }, outdated),
            loadFor(outdated, { backend, source: kept ?? network.url, random: requested.random }),
          ]);
        });
        try {
          await engine.start(backend);
        } catch (error) {
          onNoEngine(error);
          pictureFigure.fail();
          fail(engineTrouble(error));
          return;
        }
        await loading;
      }),
    /** The visitor's own picture and network, if such are on show. @returns {import('./address-history.js').Own} */
    own: () => ({ ...(picture?.name === '' && { picture }), ...(engine.source instanceof File && { network: engine.source }) }),
    /** Shows what another address asks for, or an entry of the history with its own files. @param {State} requested @param {import('./address-history.js').Own} [own] */
    follow: (requested, own) =>
      go(async (outdated) => {
        const { display, numbers, close, patches, compare, randomised } = requested;
        state.set({ display, numbers, close, patches, randomised });
        const [{ network, kept, sample }, backend] = await Promise.all([resolve(requested), offered(requested)]);
        if (outdated()) return;
        // An address cannot name the visitor's own network or picture. Without a name they stay, and so do the class and the unit.
        const unnamed = !own && engine.source instanceof File && requested.network === undefined ? engine.source : undefined;
        const stays = !own && requested.picture === undefined && (unnamed !== undefined || picture?.name === '');
        const unit = unnamed && requested.unit === undefined ? state.get().unit : requested.unit;
        const source = own?.network ?? unnamed ?? kept ?? network.url;
        const goal = { picture: sample, own: own?.picture, target: requested.target, unit, compare };
        const same = own?.picture ? own.picture === picture : sample === picture?.name;
        // A sample that is still being fetched is of an older address.
        if (picture && (stays || same)) samples.mark(picture.name || undefined);
        const { random } = requested;
        if (engine.loading || source !== engine.source || random !== engine.random || backend !== engine.backend) {
          await loadFor(outdated, { backend, source, random }, stays ? undefined : goal);
          if (stays && !outdated()) state.set({ unit: valid(unit), compare });
        } else if (!stays && !same) {
          await choose(goal, outdated);
        } else {
          state.set({ unit: valid(unit), compare });
          // An address without a class asks for the likeliest.
          const target = predictions.find(requested.target) ?? predictions.first();
          const shown = state.get().target ?? predictions.first();
          if (target !== undefined && target !== shown && !(stays && requested.target === undefined)) await pictureFigure.explain(target);
        }
      }),
  };
}
