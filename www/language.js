// The page's language: chosen by choose-language.js at first, and by the switch in the masthead later. To switch it, everything on
// the page is said anew where it stands; nothing is loaded or computed again.

import { fetchFile } from './fetch.js';
import { say, sayAgain } from './live-text.js';
import { rememberStaticText } from './static-text.js';
import { ENGLISH, language, setLanguage, t } from './translate.js';

/** @import { Dictionary } from './translate.js' */

const PARAMETER = 'lang';
/** In milliseconds: after Back, until what else reads the address has read it. */
const AFTER_BACK = 50;
/** The codes of those that the page has. */
export const LANGUAGES = (document.querySelector('script[data-languages]')?.getAttribute('data-languages') ?? '').split(' ');
const root = document.documentElement;
const buttons = [...document.querySelectorAll('button[data-language]')].filter((button) => button instanceof HTMLButtonElement);
const line = document.getElementById('language-line');
/** Called when another language is on show. @type {(() => void)[]} */
const listeners = [];
/** Whether it was chosen on the page or by the address, so that links carry it. */
let chosen = new URLSearchParams(location.search).get(PARAMETER) === root.dataset['language'];
let newest = 0;
/** The language that is on show, or will be. */
let wanted = root.dataset['language'] ?? 'en';

rememberStaticText();
for (const button of buttons) button.addEventListener('click', () => choose(button.dataset['language'] ?? 'en'));
addEventListener('popstate', () => {
  // An older entry of the history may name the language before.
  if (chosen) setTimeout(keepInAddress, AFTER_BACK);
});
const first = root.dataset['language'] ?? 'en';
if (first === 'en') mark();
else show(first);

/** What cannot be said anew by `say` and `label` is made anew here. @param {() => void} listener */
export function onLanguage(listener) {
  listeners.push(listener);
}

/** The language that links name: the one chosen; undefined if the browser's own is on show. */
export function chosenLanguage() {
  return chosen ? language() : undefined;
}

/** The code of the page's language that a tag means; undefined if the page does not have it. @param {string} tag as in “ko-KR” */
export function languageOf(tag) {
  return LANGUAGES.find((code) => code === tag.toLowerCase().split('-')[0]);
}

/** Speaks the language that an address asks for if the page has it, else the browser's; nothing if it is spoken already. @param {string | undefined} asked */
export function speakFirstOf(asked) {
  const code = [asked ?? '', ...navigator.languages].map(languageOf).find((found) => found) ?? 'en';
  if (code !== wanted) show(code);
}

/** @param {string} code */
async function choose(code) {
  if (await show(code, true)) keepInAddress();
}

/** Returns false if it could not be fetched, or another was chosen meanwhile. @param {string} code @param {boolean} [byHand] */
async function show(code, byHand = false) {
  const mine = ++newest;
  wanted = code;
  const dictionary = code === 'en' ? ENGLISH : await dictionaryOf(code).catch(() => undefined);
  if (mine !== newest) return false;
  try {
    if (!dictionary) sayMissing(code);
    else {
      chosen ||= byHand;
      inPlace(() => speak(code, dictionary));
    }
  } finally {
    mark();
    delete root.dataset['translating'];
  }
  return dictionary !== undefined;
}

/** @param {string} code @param {Dictionary} dictionary */
function speak(code, dictionary) {
  setLanguage(code, dictionary);
  root.lang = code;
  if (line) say(line, '');
  lead(code);
  sayAgain();
  for (const listener of listeners) listener();
}

/** Documents are opened in the language on show, and a translated one in its translation. @param {string} code */
function lead(code) {
  for (const link of document.querySelectorAll('a[href^="document.html"], a[data-translated]')) {
    if (!(link instanceof HTMLAnchorElement)) continue;
    const english = (link.dataset['english'] ??= link.getAttribute('href') ?? '');
    const there = (link.dataset['translated'] ?? '').split(' ').includes(code);
    const path = there ? english.replace(/\.md$/, `.${code}.md`) : english;
    link.setAttribute('href', code === 'en' ? english : path.replace(/^document\.html/, `document.html?lang=${code}`));
  }
}

/** @param {string} code */
function sayMissing(code) {
  const name = () => new Intl.DisplayNames(language(), { type: 'language' }).of(code) ?? code;
  if (line) say(line, () => t('The words in {language} could not be fetched, so the page stays as it is.', { language: name() }));
}

/** @param {string} code @returns {Promise<Dictionary>} */
async function dictionaryOf(code) {
  return { ...ENGLISH, ...(await (await fetchFile(`./languages/${code}.json`)).json()) };
}

function mark() {
  for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset['language'] === language()));
}

function keepInAddress() {
  const address = new URL(location.href);
  if (address.searchParams.get(PARAMETER) === language()) return;
  address.searchParams.set(PARAMETER, language());
  history.replaceState(history.state, '', address);
}

/** The texts are of other lengths; what is at the top of the window stays there. @param {() => void} change */
function inPlace(change) {
  const kept = [...document.querySelectorAll('main > *, main > section > *, figure > *')].find(
    (each) => each.getBoundingClientRect().bottom > 0,
  );
  const before = kept?.getBoundingClientRect().top ?? 0;
  change();
  if (scrollY > 0 && kept) scrollBy({ top: kept.getBoundingClientRect().top - before, behavior: 'instant' });
}
