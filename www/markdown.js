// Markdown to elements: what the project's documents use of it, and no more. Headings, paragraphs, lists, tables, fenced code,
// pictures, links, bold, italics and code. Nothing becomes markup that was not written as such.

import { make } from './dom.js';
import { t } from './translate.js';

/** Where a link or a picture of the document leads: undefined for nowhere, then only its words stay. @typedef {(target: string) => string | undefined} Resolve */

const INLINE =
  /(`+)([^`]|[^`].*?[^`])\1(?!`)|(!?)\[((?:`[^`]*`|!?\[[^\]]*\](?:\([^)]*\))?|[^[\]])*)\]\(([^()\s]*)\)|\*\*(.+?)\*\*|\*([^\s*](?:[^*]*[^\s*])?)\*/s;
const FENCE = /^(`{3,})(.*)$/;
/** What ends a paragraph without an empty line. */
const BEGINS_BLOCK = /^(`{3,}|\||#{1,6} |- |1\. )/;
const ITEM = /^(-|\d+\.) +/;
const RULE_OF_TABLE = /^\|( *:?-+:? *\|)+ *$/;

/**
 * @param {string} text
 * @param {{ link: Resolve, picture: Resolve }} resolve
 * @returns {HTMLElement[]}
 */
export function markdown(text, resolve) {
  return blocks(text.replaceAll('\r\n', '\n').split('\n'), resolve, new Map());
}

/** @param {string[]} lines @param {{ link: Resolve, picture: Resolve }} resolve @param {Map<string, number>} ids in use, and how often @returns {HTMLElement[]} */
function blocks(lines, resolve, ids) {
  /** @type {HTMLElement[]} */
  const made = [];
  let at = 0;
  /** Takes lines as long as they fit. @param {(line: string) => boolean} fits */
  const take = (fits) => {
    const from = at;
    while (at < lines.length && fits(lines[at] ?? '')) at++;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const fence = FENCE.exec(line);
    const heading = /^(#{1,6}) +(.*)$/.exec(line);
    if (line.trim() === '') at++;
    else if (fence) {
      at++;
      const code = take((next) => next.trimEnd() !== fence[1]);
      at++;
      made.push(make('pre', {}, make('code', {}, code.join('\n'))));
    } else if (heading) {
      at++;
      const level = /** @type {'h1'} */ (`h${heading[1]?.length}`);
      const element = make(level, {}, ...inline(heading[2] ?? '', resolve));
      element.id = unused(slug(element.textContent ?? ''), ids);
      made.push(element);
    } else if (line.startsWith('|')) {
      made.push(
        table(
          take((next) => next.startsWith('|')),
          resolve,
        ),
      );
    } else if (ITEM.test(line)) {
      const ordered = /^\d/.test(line);
      const list = make(ordered ? 'ol' : 'ul');
      while (at < lines.length && ITEM.test(lines[at] ?? '') && /^\d/.test(lines[at] ?? '') === ordered) {
        const marker = ITEM.exec(lines[at++] ?? '')?.[0].length ?? 0;
        const first = (lines[at - 1] ?? '').slice(marker);
        const rest = take((next) => next.trim() === '' || next.startsWith('  ')).map((next) => next.replace(/^ {2,3}/, ''));
        list.append(make('li', {}, ...tight(blocks([first, ...rest], resolve, ids))));
      }
      made.push(list);
    } else {
      const words = take((next) => next.trim() !== '' && !BEGINS_BLOCK.test(next));
      made.push(make('p', {}, ...inline(words.join('\n'), resolve)));
    }
  }
  return made;
}

/** An item of one paragraph has its words directly. @param {HTMLElement[]} content @returns {Node[]} */
function tight(content) {
  const [only, ...others] = content;
  return only instanceof HTMLParagraphElement && others.every(({ tagName }) => tagName !== 'P') ? [...only.childNodes, ...others] : content;
}

/** @param {string[]} lines @param {{ link: Resolve, picture: Resolve }} resolve */
function table(lines, resolve) {
  const rows = lines.filter((line) => !RULE_OF_TABLE.test(line)).map(cellsOf);
  const [head = [], ...body] = rows;
  /** @param {'th' | 'td'} kind @param {string[]} cells */
  const row = (kind, cells) =>
    // An empty cell is no header of anything.
    make('tr', {}, ...cells.map((words) => make(words === '' ? 'td' : kind, {}, ...inline(words, resolve))));
  const made = make('table', {}, make('thead', {}, row('th', head)), make('tbody', {}, ...body.map((cells) => row('td', cells))));
  // A wide table scrolls by itself, and by keyboard.
  return make('div', { class: 'wide-table', tabindex: '0', role: 'group', 'aria-label': () => t('Table') }, made);
}

/** The cells of a row; a bar within code does not end one. @param {string} line */
function cellsOf(line) {
  const within = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return (within.match(/(?:`[^`]*`|[^|`])+|(?<=\|)(?=\|)/g) ?? []).map((cell) => cell.trim());
}

/** @param {string} text @param {{ link: Resolve, picture: Resolve }} resolve @returns {(Node | string)[]} */
function inline(text, resolve) {
  const found = INLINE.exec(text);
  if (!found) return text === '' ? [] : [text];
  const [all, , code, isPicture, words = '', target = '', bold, italic] = found;
  const inner = (/** @type {string} */ part) => inline(part, resolve);
  /** @type {(Node | string)[]} */
  let made;
  if (code !== undefined) made = [make('code', {}, code.trim())];
  else if (bold !== undefined) made = [make('strong', {}, ...inner(bold))];
  else if (italic !== undefined) made = [make('em', {}, ...inner(italic))];
  else {
    const address = (isPicture ? resolve.picture : resolve.link)(target);
    if (address === undefined) made = inner(words);
    else made = [isPicture ? make('img', { src: address, alt: words, loading: 'lazy' }) : make('a', { href: address }, ...inner(words))];
  }
  return [text.slice(0, found.index), ...made, ...inner(text.slice(found.index + all.length))].filter((part) => part !== '');
}

/** As GitHub names a heading. @param {string} words */
function slug(words) {
  return words
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/** @param {string} id @param {Map<string, number>} ids */
function unused(id, ids) {
  const before = ids.get(id) ?? 0;
  ids.set(id, before + 1);
  return before === 0 ? id : `${id}-${before}`;
}
