// Exports what is on show: as a link, as pictures, as numbers, as one HTML file, as markup for a page of one's own.

import { formatUnit } from '../pkg/engine/unit-notation.js';
import { DEFAULT_CLIP } from '../pkg/engine/draw-options.js';
import { creditsOf } from './credits.js';
import { displayOf, sideOf } from './display-options.js';
import { byId } from './dom.js';
import { png, row, upscale } from './export-png.js';
import { fetchFile } from './fetch.js';
import { chosenLanguage, onLanguage } from './language.js';
import { say as sayIn } from './live-text.js';
import { npy } from './npy.js';
import { megabytes } from './numbers.js';
import { fragmentOf, hashOf } from './permalink.js';
import { shortLabel } from './predictions.js';
import { nameOf } from './picture-lists.js';
import { RULES, fullName, ruleName } from './rules.js';
import { save } from './save.js';
import { standalone } from './standalone.js';
import { Refusal, messageOf } from './status.js';
import { t, words } from './translate.js';

/** @import { ResolvedTarget } from '../pkg/engine/types.js' */
/** @import { Saying } from './live-text.js' */
/** @import { AttributionMap, Picture, Rule } from './types.js' */
/**
 * What one of the figures has on show.
 * @typedef {{ picture: Picture, view: HTMLCanvasElement, canvases: Record<Rule, HTMLCanvasElement>, maps: Partial<Record<Rule, AttributionMap>>, target: ResolvedTarget, words: string }} Shown
 */

const LINK = {
  copied: () => t('The link is in the clipboard.'),
  below: () => t('The link is below; this browser does not let a page copy it.'),
};
const TAG = {
  copied: () => t('The tag is in the clipboard.'),
  below: () => t('The tag is below; this browser does not let a page copy it.'),
};
const FRAME = {
  copied: () => t('The frame is in the clipboard.'),
  below: () => t('The frame is below; this browser does not let a page copy it.'),
};

/**
 * @param {{
 *   state: import('./state.js').PageState,
 *   engine: import('./engine.js').Engine,
 *   shown: (what: 'class' | 'unit') => Shown | undefined,
 *   sample: (name: string) => { url: string, alt: string, credit: string } | undefined,
 * }} options `sample`: where others can fetch a picture, what is to be seen in it, and whose work it is; undefined for the visitor's own
 */
export function createExportPanel({ state, engine, shown, sample }) {
  const panel = byId('export-panel', HTMLElement);
  const link = byId('export-link', HTMLInputElement);
  const line = byId('export-line', HTMLElement);

  /** @returns {'class' | 'unit'} */
  const which = () => (byId('export-unit', HTMLInputElement).checked ? 'unit' : 'class');
  for (const id of ['export-class', 'export-unit']) byId(id, HTMLInputElement).addEventListener('change', refresh);

  /**
   * The link names everything on show, even defaults, because a later version of the page may have others. For the maps of
   * figure 2 it names the unit only if one was chosen.
   */
  function refresh() {
    if (!engine.model) return;
    const now = state.get();
    const target = shown('class')?.target;
    const unit = which() === 'unit' ? shown('unit')?.target : undefined;
    const hash = hashOf({
      ...now,
      // What is kept in this browser is in no other.
      ...(engine.source instanceof File && { network: undefined }),
      ...(typeof target === 'object' && 'class' in target && { target: target.class }),
      ...(typeof unit === 'object' && 'layer' in unit && { unit }),
    });
    const address = new URL(location.href);
    const language = chosenLanguage();
    if (language) address.searchParams.set('lang', language);
    link.value = address.origin + address.pathname + address.search + hash;
    panel.dataset['own'] = String(engine.source instanceof File || now.picture === '');
  }

  /** The network in use, and how its maps are drawn. */
  function network() {
    const { source, random, model } = engine;
    if (!source || !model) throw new Error('No network is loaded');
    return { source, random, info: model.info, display: displayOf(state, sideOf(model)) };
  }

  /** @param {Shown} now */
  function credits({ picture }) {
    return creditsOf(network().info, sample(picture.name)?.credit);
  }

  /** @param {Saying} saying @param {'info' | 'error'} [kind] */
  function say(saying, kind = 'info') {
    sayIn(line, saying);
    line.dataset['kind'] = kind;
  }

  /** Has the line stand below a button, with what else is in its row. @param {HTMLButtonElement} pressed */
  function sayBelow(pressed) {
    const row = /** @type {HTMLElement} */ (pressed.parentElement);
    if (row.nextElementSibling === line) return;
    sayIn(line, '');
    row.after(line);
  }

  /** @param {string} id @param {(now: Shown, stem: string) => Promise<() => string>} make resolves with what to say when done */
  function button(id, make) {
    const pressed = byId(id, HTMLButtonElement);
    pressed.addEventListener('click', async () => {
      sayBelow(pressed);
      const now = shown(which());
      if (!now) {
        const isUnit = which() === 'unit';
        say(() => (isUnit ? t('No unit is explained yet: choose one in figure 3.') : t('No picture is explained yet.')), 'error');
        return;
      }
      try {
        say(await make(now, stemOf(now, network())));
      } catch (error) {
        say(() => words('It could not be made. {reason}', { reason: messageOf(error) }), 'error');
      }
    });
  }

  button('export-row', async (now, stem) => {
    const pictures = [
      { name: t('picture'), canvas: now.view },
      ...RULES.map((rule) => ({ name: ruleName(rule), canvas: now.canvases[rule] })),
    ];
    save(await png(row(pictures), now.words, credits(now)), `${stem}.png`);
    return () =>
      t('{file}: the picture and its three maps, drawn as chosen above. Its metadata name their sources.', { file: `${stem}.png` });
  });
  button('export-maps', async (now, stem) => {
    // All are enlarged before the first is written, because the canvases may change meanwhile.
    for (const { rule, large } of RULES.map((each) => ({ rule: each, large: upscale(now.canvases[each]) })))
      save(await png(large, t('Map by {rule}. {words}', { rule: fullName(rule), words: now.words }), credits(now)), `${stem}-${rule}.png`);
    return () =>
      t('Three files, {files}, each pixel of a map a square of pixels. Their metadata name the sources.', { files: `${stem}-RULE.png` });
  });
  button('export-numbers', async ({ maps }, stem) => {
    for (const rule of RULES) {
      const map = maps[rule];
      if (map) save(npy(map.data, map.shape), `${stem}-${rule}.npy`);
    }
    return () =>
      t('Three files, {files}: float32, 3 × height × width, signed. In Python: {code}.', {
        files: `${stem}-RULE.npy`,
        code: `numpy.load("${stem}-guided.npy")`,
      });
  });
  button('export-file', async (now, stem) => {
    say(() => t('Putting it together…'));
    const { picture, target, words: title } = now;
    const { source, random, display } = network();
    const model = random ? await (await import('./random-weights.js')).randomFile(source) : await blobOf(source);
    const { file, everywhere } = await standalone({ target, title, display, credits: credits(now) }, { model, picture: picture.blob });
    save(file, `${stem}.html`);
    const said = () => ({ file: `${stem}.html`, size: megabytes(file.size) });
    return () =>
      everywhere
        ? t('{file}, {size} MB: open it from your disk, with or without a network.', said())
        : t(
            '{file}, {size} MB: open it from your disk, in a browser with WebAssembly’s relaxed SIMD, as this one. The engine that runs in every browser could not be fetched; save the file once more when you are online.',
            said(),
          );
  });
  button('export-tag', async (now) => {
    if (network().random) {
      throw new Refusal(() =>
        t('A tag names a model file, and no file has these random weights. The frame and the HTML file can show them.'),
      );
    }
    const [copied, beside] = [await copy(tag(now), TAG), besideTag(now)];
    return () => `${copied()} ${beside()}`;
  });
  button('export-frame', async (now, stem) => {
    if (!isOwn(now)) return copy(frame(), FRAME);
    const file = `${stem}.html`;
    const copied = await copy(frameOf(file, 600), FRAME);
    const own = ownWords(now);
    return () =>
      t(
        '{copied} It shows {file}, because no address can name {own}: save that file with “One HTML file that still computes”, and put it beside your page.',
        { copied: copied(), file, own: own() },
      );
  });
  const copyLink = byId('export-copy', HTMLButtonElement);
  copyLink.addEventListener('click', async () => {
    sayBelow(copyLink);
    say(await copy(link.value, LINK));
  });
  link.addEventListener('focus', () => link.select());

  /** @param {string} code @param {{ copied: () => string, below: () => string }} what @returns {Promise<() => string>} */
  async function copy(code, what) {
    byId('export-code', HTMLElement).textContent = code;
    try {
      await navigator.clipboard.writeText(code);
      return what.copied;
    } catch {
      // Some browsers keep pages from the clipboard.
      return what.below;
    }
  }

  /** @param {Shown} now */
  function tag(now) {
    const {
      source,
      display: { fold, sign, clip, colors, scale, over },
    } = network();
    const url = source instanceof File ? source.name : new URL(source, location.href).href;
    const { title, name } = now.picture;
    const target =
      typeof now.target === 'string' ? now.target : 'class' in now.target ? `class:${now.target.class}` : formatUnit(now.target);
    const attributes = {
      model: url,
      src: sample(name)?.url ?? title,
      alt: sample(name)?.alt ?? nameOf(title),
      methods: RULES.join(' '),
      target,
      ...(chosenLanguage() && { lang: chosenLanguage() ?? '' }),
      ...(fold !== 'rgb' && { fold, colors }),
      ...(sign !== 'both' && { sign }),
      ...(clip !== DEFAULT_CLIP && { clip: String(clip) }),
      ...(scale !== 'own' && { scale }),
    };
    const named = Object.entries(attributes).map(([key, value]) => `${key}="${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`);
    return `<script type="module" src="${new URL('../pkg/view.js', location.href).href}"></script>\n<relume-view ${named.join(' ')}${over ? ' over' : ''}></relume-view>`;
  }

  /** Whether no address can name all that is on show. @param {Shown} now */
  function isOwn(now) {
    return now.picture.name === '' || network().source instanceof File;
  }

  /** @param {Shown} now */
  function ownWords(now) {
    const [picture, model] = [now.picture.name === '', network().source instanceof File];
    if (picture && model) return () => t('a picture and a network of your own');
    return () => (picture ? t('a picture of your own') : t('a network of your own'));
  }

  /** What a page with the tag needs. @param {Shown} now */
  function besideTag({ picture }) {
    const { source } = network();
    const own = picture.name === '';
    const files = [...(own ? [picture.title] : []), ...(source instanceof File ? [source.name] : [])];
    const [file, second] = files;
    return () =>
      [
        ...(second ? [t('Put {file} and {second} beside your page.', { file: file ?? '', second })] : []),
        ...(file && !second ? [t('Put {file} beside your page.', { file })] : []),
        ...(own ? [t('In alt, say what is to be seen in the picture.')] : []),
        t(
          'A page on another server than {server} shows nothing unless this server allows it (CORS): there, copy the folder pkg and all else that the tag names to your server, and change the addresses in the tag.',
          { server: location.host },
        ),
      ].join(' ');
  }

  function frame() {
    refresh();
    const named = new URLSearchParams(new URL(link.value).hash.slice(1));
    // The frame shows one figure: that of a unit if the address names one.
    for (const word of ['close', 'patches', 'compare', 'guess', 'pin', 'f', 'r', 'backend', ...(which() === 'class' ? ['unit'] : [])])
      named.delete(word);
    // Of three planes there are no colours to choose.
    if (network().display.fold === 'rgb') named.delete('colors');
    const language = chosenLanguage();
    return frameOf(new URL(`./embed.html${language ? `?lang=${language}` : ''}`, location.href).href + fragmentOf(named), 300);
  }

  state.subscribe('all', refresh);
  onLanguage(refresh);
  return { refresh };
}

/** @param {string | File} source */
async function blobOf(source) {
  return source instanceof File ? source : (await fetchFile(source)).blob();
}

/** @param {string} address @param {number} height */
function frameOf(address, height) {
  return `<iframe src="${address.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}" title="${t('A figure by relume')}" width="760" height="${height}" style="border: 0"></iframe>`;
}

/**
 * The common beginning of the file names: the picture, the network, and what is explained.
 * @param {Shown} now
 * @param {{ source: string | File, random: boolean, info: import('../pkg/index.js').ModelInfo }} network
 */
function stemOf({ picture, target }, { source, random, info }) {
  // Another file may hold a network of the same name.
  const network = source instanceof File ? `${nameOf(source.name)}${random ? '-random' : ''}` : info.name;
  const stem = `${picture.name || nameOf(picture.title)}-${network}-${subjectOf(target, info.classes)}`;
  return stem.replace(/[^\p{L}\p{N}_.-]+/gu, '-').replace(/^-+|-+$/g, '');
}

/** Some classes share their word, so the number stays with it. @param {ResolvedTarget} target @param {string[]} classes */
function subjectOf(target, classes) {
  if (typeof target === 'string') return target;
  if ('class' in target) return `class-${target.class}-${shortLabel(classes[target.class] ?? '')}`;
  const at = target.at ? `-at-${target.at.join('-')}` : '';
  return `${target.layer}-${target.channel}${at}`;
}
