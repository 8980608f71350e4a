// Shows one of the project's documents: document.html#docs/teaching.md, and a heading of it after a colon. Their Markdown lies
// beside the page, on the server of a copy of the source and on any other.

import { byId, make } from './dom.js';
import { fetchFile } from './fetch.js';
import { onLanguage } from './language.js';
import { markdown } from './markdown.js';
import { Refusal, messageOf } from './status.js';
import { t, words } from './translate.js';

/** The folders whose documents are served. */
const SERVED = /^(docs|www|pkg)\/(?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.md$/;
const ROOT = new URL('../', import.meta.url);
/** How the documents name the page where it runs on the reader's own machine. */
const LOCAL_PAGE = 'http://localhost:8080/www/';

const place = byId('document', HTMLElement);
/** The one on show. @type {string | undefined} */
let shown;

async function show() {
  const [path = '', heading = ''] = decoded(location.hash.slice(1)).split(':');
  if (path !== shown) {
    try {
      if (!SERVED.test(path)) throw new Refusal(() => t('“{path}” is not the name of a document.', { path }));
      const text = await (await fetchFile(new URL(path, ROOT))).text();
      if (decoded(location.hash.slice(1)).split(':')[0] !== path) return;
      const elements = markdown(text, {
        link: (target) => linkFrom(path, target),
        picture: (target) => new URL(target, new URL(path, ROOT)).href,
      });
      place.replaceChildren(...elements);
      place.lang = /\.(\w\w)\.md$/.exec(path)?.[1] ?? 'en';
      document.title = `${elements[0]?.textContent ?? path} (relume)`;
      shown = path;
    } catch (error) {
      shown = undefined;
      place.removeAttribute('lang');
      place.replaceChildren(
        make('p', { role: 'alert' }, () => words('The document could not be shown. {reason}', { reason: messageOf(error) })),
      );
    }
  }
  place.dataset['shown'] = path;
  const at = heading ? document.getElementById(heading) : undefined;
  if (at) at.scrollIntoView();
  else scrollTo(0, 0);
}

/** @param {string} path of the document @param {string} target of one of its links */
function linkFrom(path, target) {
  if (target.startsWith(LOCAL_PAGE)) return `./${target.slice(LOCAL_PAGE.length)}`;
  if (/^https?:/.test(target)) return target;
  const url = new URL(target, new URL(path, ROOT));
  const named = url.href.slice(ROOT.href.length).replace(/#.*/, '');
  // The rest of the source is not served.
  if (!url.href.startsWith(ROOT.href) || !SERVED.test(named)) return undefined;
  return `#${named}${url.hash.replace('#', ':')}`;
}

/** @param {string} words */
function decoded(words) {
  try {
    return decodeURIComponent(words);
  } catch {
    return words;
  }
}

/** In the language on show, if the document is there in it: what is not stays English. */
function showTranslation() {
  const [path = ''] = decoded(location.hash.slice(1)).split(':');
  const english = path.replace(/\.\w\w\.md$/, '.md');
  const link = [...document.querySelectorAll('a[data-translated]')].find(
    (each) => each instanceof HTMLAnchorElement && each.dataset['english'] === `#${english}`,
  );
  // By now that is where the link leads. The headings of a translation are called otherwise.
  const there = link?.getAttribute('href') ?? `#${path}`;
  if (there !== `#${path}`) location.replace(there);
}

onLanguage(showTranslation);
addEventListener('hashchange', show);
show();
