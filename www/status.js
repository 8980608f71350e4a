// The one line that says what is going on, or what went wrong and what to do.

import { quoted } from '../pkg/engine/error.js';
import { byId, make } from './dom.js';
import { contentOf, say as sayIn } from './live-text.js';
import { megabytes } from './numbers.js';
import { byCode, inEnglish, t, words as wordsOf } from './translate.js';

/** @import { Saying } from './live-text.js' */
/** @import { Content } from './translate.js' */
/** @typedef {{ text: Saying, retry?: () => void }} Trouble */

/** After so many seconds without a byte a visitor is told. */
const STALLED = 8;

export function createStatus() {
  const line = byId('status', HTMLElement);
  const text = byId('status-text', HTMLElement);
  const retry = byId('retry', HTMLButtonElement);
  const progress = byId('progress', HTMLProgressElement);
  /** @type {(() => void) | undefined} */
  let again;
  /** What is said after the words of a page that is ready. @type {Saying} */
  let note = '';
  /** @type {Saying} */
  let words = '';
  /** What went wrong last. @type {Saying | undefined} */
  let troubled;
  retry.addEventListener('click', () => again?.());

  /** @param {'busy' | 'ready' | 'error'} kind @param {Saying} saying @param {() => void} [onRetry] */
  function say(kind, saying, onRetry) {
    line.dataset['kind'] = kind;
    sayIn(text, saying);
    again = onRetry;
    // Hiding a focused button would lose the keyboard's focus.
    if (!onRetry && document.activeElement === retry) line.focus();
    retry.hidden = onRetry === undefined;
    if (kind !== 'busy') progress.dataset['idle'] = 'true';
  }

  return {
    /** @param {Saying} saying */
    busy(saying) {
      say('busy', saying);
    },
    /** @param {Saying} said */
    ready(said) {
      words = said;
      const more = note;
      say('ready', more === '' ? said : () => wordsOf('{first} {second}', { first: contentOf(said), second: contentOf(more) }));
    },
    /** Says this too, until it is said no more: the empty string. @param {Saying} said */
    note(said) {
      if (said === note) return;
      note = said;
      if (line.dataset['kind'] === 'ready') this.ready(words);
    },
    /** @param {Trouble} trouble */
    error(trouble) {
      troubled = trouble.text;
      say('error', trouble.text, trouble.retry);
    },
    /** Says something else, if this trouble is what is on show. @param {Saying | undefined} trouble @param {Saying} said */
    takeBack(trouble, said) {
      if (line.dataset['kind'] === 'error' && trouble !== undefined && trouble === troubled) this.ready(said);
    },
    /** @param {() => string} what @param {{ loaded: number, total?: number }} at */
    download(what, { loaded, total }) {
      progress.dataset['idle'] = 'false';
      if (total) progress.value = loaded / total;
      else progress.removeAttribute('value');
      // The text is a live region, so it gives only the size, once; the bar shows the progress.
      const fetching = () =>
        total ? t('Fetching {what}, {size} MB…', { what: what(), size: megabytes(total) }) : t('Fetching {what}…', { what: what() });
      if (text.textContent !== fetching()) say('busy', fetching);
    },
    /** Watches a download that has just been asked for: tell it what arrives, and when it has ended. @param {() => string} what */
    watch(what) {
      const seconds = STALLED;
      /** @type {ReturnType<typeof setTimeout> | undefined} */
      let timer;
      const end = () => clearTimeout(timer);
      const wait = () => {
        end();
        timer = setTimeout(() => {
          // What went wrong meanwhile with something else stays on show.
          if (line.dataset['kind'] !== 'busy') return;
          say('busy', () =>
            t('No data for {what} has arrived for {seconds} seconds. The page is still waiting; you can choose another network.', {
              what: what(),
              seconds,
            }),
          );
        }, 1000 * seconds);
      };
      wait();
      return {
        /** @param {{ loaded: number, total?: number }} at */
        arrived: (at) => {
          if (at.loaded === at.total) end();
          else wait();
          this.download(what, at);
        },
        end,
      };
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

/** An error of the page itself, in the language on show. */
export class Refusal extends Error {
  /** @param {() => string} saying a sentence @param {ErrorOptions} [options] */
  constructor(saying, options) {
    super(saying(), options);
    this.saying = saying;
  }
}

/** What an error says, as a sentence: in another language what its code means, before the English detail. @param {unknown} error @returns {Content} */
export function messageOf(error) {
  if (error instanceof Refusal) return error.saying();
  const detail = sentence(error instanceof Error ? error.message : String(error));
  if (codeOf(error) !== 'too-large') return withDetail('errors', codeOf(error), detail);
  // The engine's advice after its first sentence is for those who write programs.
  return wordsOf('{reason} This page does not run networks of this size; the command line does, with {option}.', {
    reason: withDetail('errors', 'too-large', firstOf(detail)),
    option: make('code', {}, '--allow-large'),
  });
}

/** What a map's warning says. @param {{ code: string, message: string }} warning @returns {Content} */
export function warningOf({ code, message }) {
  return withDetail('warnings', code, sentence(message));
}

/** @param {'errors' | 'warnings'} table @param {string} code @param {string} english @returns {Content} */
function withDetail(table, code, english) {
  const known = byCode(table, code);
  return known === undefined ? inEnglish(english) : wordsOf('{first} {second}', { first: known, second: inEnglish(`(${english})`) });
}

/** @param {string} words */
export function sentence(words) {
  const text = quoted(words);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** @param {string} sentences */
function firstOf(sentences) {
  return sentences.split(/(?<=\.) /)[0] ?? '';
}

/** The engine itself did not start. @param {unknown} error @returns {Trouble} */
export function engineTrouble(error) {
  return {
    text: () =>
      wordsOf(
        'The engine could not be started. {reason} It needs a browser with WebAssembly, and the files under pkg/ beside this page; {command} serves both, and says which of them are missing.',
        { reason: messageOf(error), command: make('code', {}, 'make run') },
      ),
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
  const still = () =>
    kept
      ? t('{network} is still in use.', { network: kept })
      : t('Until then the first figure works, and so does a network of your own, above.');
  if (codeOf(error) === 'unreadable') {
    return {
      retry,
      text: () =>
        wordsOf(
          'The network could not be fetched from {address}. In a copy of the source, {command} serves the page with its networks. {still}',
          { address: make('code', {}, url), command: make('code', {}, 'make run'), still: still() },
        ),
    };
  }
  return { retry, text: () => wordsOf('The network could not be loaded. {reason} {still}', { reason: messageOf(error), still: still() }) };
}

/**
 * A picture could not be explained.
 * @param {unknown} error
 * @param {() => string} title
 * @param {(() => string) | undefined} kept whose maps are still on show
 * @param {() => void} retry
 * @returns {Trouble}
 */
export function pictureTrouble(error, title, kept, retry) {
  if (codeOf(error) === 'invalid-picture') {
    // Only the first sentence: the engine's advice after it repeats what is said here.
    const reason = firstOf(sentence(error instanceof Error ? error.message : ''));
    return {
      text: () =>
        kept
          ? wordsOf(
              '“{title}” cannot be used. {reason} Choose a JPEG, PNG, WebP or GIF of up to 64 megapixels. The maps below are still those of “{kept}”.',
              { title: title(), reason: withDetail('errors', 'invalid-picture', reason), kept: kept() },
            )
          : wordsOf('“{title}” cannot be used. {reason} Choose a JPEG, PNG, WebP or GIF of up to 64 megapixels.', {
              title: title(),
              reason: withDetail('errors', 'invalid-picture', reason),
            }),
    };
  }
  if (codeOf(error) === 'engine-crashed') {
    return { retry, text: () => messageOf(error) };
  }
  return { retry, text: () => wordsOf('“{title}” could not be explained. {reason}', { title: title(), reason: messageOf(error) }) };
}
