// The one line that says what is going on, or what went wrong and what to do.

import { byId, make } from './dom.js';
import { megabytes } from './numbers.js';

/** @typedef {{ text: (Node | string)[], retry?: () => void }} Trouble */

export function createStatus() {
  const line = byId('status', HTMLElement);
  const text = byId('status-text', HTMLElement);
  const retry = byId('retry', HTMLButtonElement);
  const progress = byId('progress', HTMLProgressElement);
  /** @type {(() => void) | undefined} */
  let again;
  /** What is said after the words of a page that is ready. */
  let note = '';
  let words = '';
  retry.addEventListener('click', () => again?.());

  /** @param {'busy' | 'ready' | 'error'} kind @param {(Node | string)[]} words @param {() => void} [onRetry] */
  function say(kind, words, onRetry) {
    line.dataset['kind'] = kind;
    text.replaceChildren(...words);
    again = onRetry;
    // Hiding a focused button would lose the keyboard's focus.
    if (!onRetry && document.activeElement === retry) line.focus();
    retry.hidden = onRetry === undefined;
    if (kind !== 'busy') progress.dataset['idle'] = 'true';
  }

  return {
    /** @param {string} words */
    busy(words) {
      say('busy', [words]);
    },
    /** @param {string} said */
    ready(said) {
      words = said;
      say('ready', [note === '' ? words : `${words} ${note}`]);
    },
    /** Says this too, until it is said no more: the empty string. @param {string} said */
    note(said) {
      if (said === note) return;
      note = said;
      if (line.dataset['kind'] === 'ready') this.ready(words);
    },
    /** @param {Trouble} trouble */
    error(trouble) {
      say('error', trouble.text, trouble.retry);
    },
    /** Says something else, if this trouble is what is on show. @param {string} trouble @param {string} said */
    takeBack(trouble, said) {
      if (line.dataset['kind'] === 'error' && text.textContent === trouble) this.ready(said);
    },
    /** @param {string} what @param {{ loaded: number, total?: number }} at */
    download(what, { loaded, total }) {
      progress.dataset['idle'] = 'false';
      if (total) progress.value = loaded / total;
      else progress.removeAttribute('value');
      // The text is a live region, so it gives only the size, once; the bar shows the progress.
      const words = total ? `Fetching ${what}, ${megabytes(total)} MB…` : `Fetching ${what}…`;
      if (text.textContent !== words) say('busy', [words]);
    },
    done() {
      progress.dataset['idle'] = 'true';
    },
  };
}

/** @typedef {ReturnType<typeof createStatus>} Status */

/** @param {unknown} error */
export function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What an error says, as a sentence. @param {unknown} error */
export function messageOf(error) {
  return sentence(error instanceof Error ? error.message : String(error));
}

/** @param {string} words */
export function sentence(words) {
  const quoted = words.replace(/`([^`]*)`/g, '“$1”');
  return `${quoted.charAt(0).toUpperCase()}${quoted.slice(1)}${/[.!?]$/.test(quoted) ? '' : '.'}`;
}

/** The engine itself did not start. @param {unknown} error @returns {Trouble} */
export function engineTrouble(error) {
  return {
    text: [
      'The engine could not be started. ',
      messageOf(error),
      ' It needs a browser with WebAssembly, and the files under pkg/ beside this page; ',
      make('code', {}, 'make run'),
      ' serves both, and says which of them are missing.',
    ],
  };
}

/**
 * A network of the page's own could not be loaded.
 * @param {unknown} error
 * @param {string} url
 * @param {string | undefined} kept the network that is still in use
 * @param {() => void} retry
 * @returns {Trouble}
 */
export function modelTrouble(error, url, kept, retry) {
  const still = kept ? ` ${kept} is still in use.` : ' Until then the first figure works, and so does a model file of your own, below.';
  if (codeOf(error) === 'unreadable') {
    return {
      retry,
      text: [
        'The network could not be fetched from ',
        make('code', {}, url),
        '. In a copy of the source, ',
        make('code', {}, 'make run'),
        ` serves the page with its networks.${still}`,
      ],
    };
  }
  return { retry, text: [`The network could not be loaded. ${messageOf(error)}${still}`] };
}

/**
 * A picture could not be explained.
 * @param {unknown} error
 * @param {string} title
 * @param {string | undefined} kept whose maps are still on show
 * @param {() => void} retry
 * @returns {Trouble}
 */
export function pictureTrouble(error, title, kept, retry) {
  if (codeOf(error) === 'invalid-picture') {
    // Only the first sentence: the engine's advice after it repeats what is said here.
    const [reason] = messageOf(error).split(/(?<=\.) /);
    return {
      text: [
        `“${title}” cannot be used. ${reason} Choose a JPEG, PNG, WebP or GIF of up to 64 megapixels.${kept ? ` The maps below are still those of “${kept}”.` : ''}`,
      ],
    };
  }
  if (codeOf(error) === 'engine-crashed') {
    return { retry, text: [messageOf(error)] };
  }
  return { retry, text: [`“${title}” could not be explained. `, messageOf(error)] };
}
