// The visitor's own networks: the form that one of another tool opens, the one in use, and those that are kept in this browser.

import { isolated } from '../pkg/engine/isolated-text.js';
import { byId, make } from './dom.js';
import { forget, forgotten, keep, keptNetworks, onKeptElsewhere, openKept } from './kept-networks.js';
import { label, say } from './live-text.js';
import { titleOf } from './network-title.js';
import { isKept, keptAs, nameOf } from './networks.js';
import { megabytes } from './numbers.js';
import { save } from './save.js';
import { messageOf, sentence } from './status.js';
import { inEnglish, t, words } from './translate.js';

/** @import { ModelInfo } from '../pkg/index.js' */
/** @import { KeptNetwork } from './kept-networks.js' */
/** @import { Saying } from './live-text.js' */
/** @import { Picture } from './types.js' */

/**
 * @param {{
 *   state: import('./state.js').PageState,
 *   source: () => string | File | undefined,
 *   onUse: (file: File) => void,
 *   onKept: () => void,
 * }} options `source`: of the network in use; `onUse`: gets a model file; `onKept`: one that was chosen is not there, so another is marked again
 */
export function createOwnNetworks({ state, source, onUse, onKept }) {
  const place = byId('own-networks', HTMLElement);
  const message = byId('model-message', HTMLElement);
  const chooser = byId('model-file', HTMLInputElement);
  const kept = make('div', {
    class: 'kept-networks',
    id: 'kept-networks',
    role: 'group',
    'aria-label': () => t('Kept in this browser'),
    hidden: '',
  });
  const inUse = make('div', { class: 'own-network-in-use', id: 'own-network', hidden: '' });
  place.prepend(kept);
  place.append(inUse);

  /** What relume assumed, changed or left out when it read the file it comes from. @type {WeakMap<File, string[]>} */
  const notes = new WeakMap();
  /** @type {ReturnType<typeof import('./network-form.js').createNetworkForm> | undefined} */
  let form;
  /** Counts the files that were to get a form, because the newest wins. */
  let forms = 0;
  /** @type {Picture | undefined} */
  let picture;
  /** Of the network in use. @type {ModelInfo | undefined} */
  let info;
  /** Counts the listings, and the choices, because the newest wins. */
  let listings = 0;
  let choices = 0;

  onKeptElsewhere(list);
  byId('networks', HTMLElement).addEventListener('change', () => choices++);
  list();

  /** @param {'info' | 'error'} kind @param {Saying} saying */
  function tell(kind, saying) {
    message.dataset['kind'] = kind;
    say(message, saying);
  }

  /** @param {() => string} what @param {unknown} error */
  function complain(what, error) {
    tell('error', () => words('{first} {second}', { first: what(), second: messageOf(error) }));
  }

  async function list() {
    const mine = ++listings;
    // Where nothing can be kept, there is nothing to list; whoever wants to keep something is told why not.
    const all = await keptNetworks().catch(() => []);
    if (mine !== listings) return;
    const { network } = state.get();
    if (isKept(network) && !all.some(({ name }) => name === network)) leave(network);
    const focused = document.activeElement?.closest('[data-kept]')?.getAttribute('data-kept');
    kept.replaceChildren(...all.map(card));
    kept.hidden = all.length === 0;
    mark();
    const again = focused && kept.querySelector(`[data-kept="${CSS.escape(focused)}"] input`);
    if (again instanceof HTMLElement) again.focus();
  }

  /** @param {KeptNetwork} network */
  function card({ name, title, bytes }) {
    const radio = make('input', { type: 'radio', name: 'network', value: name, autocomplete: 'off' });
    radio.disabled = title === undefined;
    radio.addEventListener('change', () => choose(name));
    const line = () =>
      title === undefined
        ? t('Damaged: it cannot be opened any longer.')
        : t('Yours, kept in this browser: {size} MB.', { size: megabytes(bytes) });
    const button = make('button', { type: 'button' }, () => t('Delete'));
    const shown = isolated(title ?? name);
    label(button, 'aria-label', () => t('Delete “{title}”', { title: shown }));
    button.addEventListener('click', () => remove(button, name, shown));
    button.addEventListener('blur', () => ask(button, shown, false));
    return make(
      'div',
      { class: 'kept-network', 'data-kept': name },
      make('label', { class: 'network' }, radio, make('span', {}, make('b', {}, make('bdi', {}, shown)), make('span', {}, line))),
      button,
    );
  }

  /** @param {HTMLButtonElement} button @param {string} title @param {boolean} sure */
  function ask(button, title, sure) {
    button.toggleAttribute('data-sure', sure);
    say(button, () => (sure ? t('Really delete?') : t('Delete')));
    label(button, 'aria-label', () => (sure ? t('Really delete “{title}”?', { title }) : t('Delete “{title}”', { title })));
  }

  /** Asks once more, because nothing brings it back. @param {HTMLButtonElement} button @param {string} name @param {string} title */
  async function remove(button, name, title) {
    if (!button.hasAttribute('data-sure')) {
      ask(button, title, true);
      return;
    }
    try {
      await forget(name);
      leave(name);
      chooser.focus();
      tell('info', () => t('“{title}” is no longer kept in this browser.', { title }));
    } catch (error) {
      complain(() => t('“{title}” could not be deleted.', { title }), error);
    }
    await list();
  }

  /** It is not kept any longer: if it is in use, it stays so, but no address names it. @param {string} name */
  function leave(name) {
    forgotten(name);
    if (state.get().network === name && source() instanceof File) state.set({ network: undefined });
    showInUse();
  }

  /** @param {string} name */
  async function choose(name) {
    const mine = ++choices;
    try {
      const file = await openKept(name);
      if (mine === choices) onUse(file);
    } catch (error) {
      if (mine !== choices) return;
      complain(() => t('This network could not be opened; the one before it is still in use.'), error);
      onKept();
      list();
    }
  }

  function mark() {
    const name = nameOf(source());
    for (const radio of kept.querySelectorAll('input')) radio.checked = radio.value === name;
  }

  function showInUse() {
    const file = source();
    const own = file instanceof File ? file : undefined;
    inUse.hidden = own === undefined;
    if (!own || !info) {
      inUse.replaceChildren();
      return;
    }
    const title = info;
    const saves = make('button', { type: 'button', id: 'own-save' }, () => t('Save the model file'));
    saves.addEventListener('click', () => save(own, own.name));
    const keeps = make('button', { type: 'button', id: 'own-keep' }, () => t('Keep it in this browser'));
    keeps.addEventListener('click', () => keepInUse(own, keeps));
    inUse.replaceChildren(
      make('p', {}, () => words('In use: {network}, your own.', { network: make('b', {}, make('bdi', {}, titleOf(title))) })),
      make('div', { class: 'buttons' }, saves, ...(keptAs.has(own) ? [] : [keeps])),
      ...(notes.get(own) ?? []).map((note) => make('p', { class: 'hint' }, () => inEnglish(sentence(note)))),
    );
  }

  /** @param {File} file @param {HTMLButtonElement} button */
  async function keepInUse(file, button) {
    button.disabled = true;
    try {
      await keepAndName(file);
      byId('own-save', HTMLButtonElement).focus();
    } catch (error) {
      button.disabled = false;
      complain(() => t('It could not be kept.'), error);
    }
  }

  /** @param {File} file */
  async function keepAndName(file) {
    const name = await keep(file);
    if (source() === file) state.set({ network: name });
    showInUse();
    await list();
    tell('info', () =>
      t('Kept in this browser, and only here: nothing was uploaded. Clearing this site’s data in the browser deletes it.'),
    );
  }

  function closeForm() {
    if (!form) return;
    // A button that is disabled while it works loses the focus to the page.
    const had = document.activeElement === document.body || form.element.contains(document.activeElement);
    form.element.remove();
    form = undefined;
    if (had) chooser.focus();
  }

  return {
    /** Asks what a file of another tool does not say. @param {File} file */
    async open(file) {
      const mine = ++forms;
      choices++;
      form?.close();
      tell('info', '');
      const code = await import('./network-form.js').catch(() => undefined);
      if (mine !== forms) return;
      if (!code) {
        tell('error', () =>
          t('“{file}” was not read: the code for it could not be fetched. Reload the page to try again.', { file: file.name }),
        );
        return;
      }
      form = code.createNetworkForm(file, {
        picture,
        async onUse(model, said, keeps) {
          if (keeps) await keep(model);
          notes.set(model, said);
          onUse(model);
          if (keeps) list();
        },
        onClose: closeForm,
      });
      place.append(form.element);
      form.focus();
      form.element.scrollIntoView({ block: 'nearest' });
    },
    /** Another network is wanted. */
    close() {
      forms++;
      choices++;
      form?.close();
    },
    say: tell,
    /** Another network is in use. @param {ModelInfo | undefined} next */
    show(next) {
      info = next;
      mark();
      showInUse();
    },
    /** The picture on show. @param {Picture} next */
    setPicture(next) {
      picture = next;
      form?.setPicture(next);
    },
  };
}
