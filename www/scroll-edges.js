// Says at which edges of a row there is more to scroll to, for a style that fades it out there: else the row seems to end where one of
// its items happens to end.

/** Keeps `data-more` up to date: `start`, `end`, both, or empty. @param {HTMLElement} row that scrolls sideways */
export function markScrollEdges(row) {
  function mark() {
    const { scrollLeft, scrollWidth, clientWidth } = row;
    // Places between two pixels are rounded.
    const more = [...(scrollLeft > 1 ? ['start'] : []), ...(scrollLeft + clientWidth < scrollWidth - 1 ? ['end'] : [])];
    row.dataset['more'] = more.join(' ');
  }
  row.addEventListener('scroll', mark, { passive: true });
  new ResizeObserver(mark).observe(row);
  new MutationObserver(mark).observe(row, { childList: true });
  mark();
}
