// Arrow keys: where each points, and groups in which they move the focus while the Tab key stops only once.

/** @type {Record<string, { x: number, y: number } | undefined>} */
const DIRECTIONS = { ArrowLeft: { x: -1, y: 0 }, ArrowRight: { x: 1, y: 0 }, ArrowUp: { x: 0, y: -1 }, ArrowDown: { x: 0, y: 1 } };

/** With these held, a key is for the browser. @param {KeyboardEvent} event */
const isForBrowser = ({ altKey, ctrlKey, metaKey }) => altKey || ctrlKey || metaKey;

/** Undefined for other keys. @param {KeyboardEvent} event @param {number} [far] how many steps it goes with Shift */
export function arrow(event, far = 1) {
  const direction = isForBrowser(event) ? undefined : DIRECTIONS[event.key];
  const steps = event.shiftKey ? far : 1;
  return direction && { x: direction.x * steps, y: direction.y * steps };
}

/**
 * Lets arrow keys, Home and End move the focus within a group.
 * @param {HTMLElement} group
 * @param {() => HTMLElement[]} items those in the group at the moment
 * @param {'on-screen' | 'in-order'} next which item is the next one: `in-order` suits a single row
 * @returns {(stop: HTMLElement | undefined) => void} sets the item that the Tab key reaches
 */
export function roveFocus(group, items, next) {
  /** @param {HTMLElement | undefined} stop */
  function stopAt(stop) {
    for (const item of items()) item.tabIndex = item === stop ? 0 : -1;
  }
  group.addEventListener('keydown', (event) => {
    const all = items();
    const from = all.find((item) => item === event.target);
    if (!from || isForBrowser(event)) return;
    const { x, y } = arrow(event) ?? { x: 0, y: 0 };
    const to =
      event.key === 'Home'
        ? all.at(0)
        : event.key === 'End'
          ? all.at(-1)
          : next === 'in-order'
            ? all[all.indexOf(from) + x + y]
            : neighbour(from, all, x, y);
    if (!to || to === from) return;
    event.preventDefault();
    stopAt(to);
    to.focus();
  });
  return stopAt;
}

/**
 * The next item by its position on the screen, because the number in a row depends on the width of the page.
 * @param {HTMLElement} from @param {HTMLElement[]} all @param {number} x @param {number} y
 */
function neighbour(from, all, x, y) {
  const here = from.getBoundingClientRect();
  let nearest;
  let least = Infinity;
  for (const item of all) {
    const there = item.getBoundingClientRect();
    const along = (there.x - here.x) * x + (there.y - here.y) * y;
    const aside = Math.abs((there.x - here.x) * y) + Math.abs((there.y - here.y) * x);
    if (along > 0 && aside < here.width / 2 && along < least) {
      nearest = item;
      least = along;
    }
  }
  return nearest;
}
