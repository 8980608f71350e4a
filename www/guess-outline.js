// Draws what a visitor marked over a picture or a map of the same size: its area and its outline, along the borders of pixels.

const SVG = 'http://www.w3.org/2000/svg';

/** @param {HTMLElement} frame of a picture or a map */
export function createGuessOutline(frame) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'guess-outline');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('preserveAspectRatio', 'none');
  const [area, edge, line] = ['guess-area', 'guess-edge', 'guess-line'].map((name) => {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('class', name);
    svg.append(path);
    return path;
  });
  frame.append(svg);

  return {
    /** @param {Uint8Array} mask 1 for each marked pixel, row by row @param {number} width @param {number} height */
    draw(mask, width, height) {
      svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
      area?.setAttribute('d', areaOf(mask, width, height));
      const outline = outlineOf(mask, width, height);
      for (const path of [edge, line]) path?.setAttribute('d', outline);
    },
  };
}

/** A rectangle for each run of marked pixels in a row. @param {Uint8Array} mask @param {number} width @param {number} height */
function areaOf(mask, width, height) {
  let path = '';
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!mask[y * width + x]) continue;
      const start = x;
      while (x < width && mask[y * width + x]) x++;
      path += `M${start} ${y}h${x - start}v1h${start - x}z`;
    }
  }
  return path;
}

/** A line wherever a marked pixel meets one that is not, or the edge of the picture. @param {Uint8Array} mask @param {number} width @param {number} height */
function outlineOf(mask, width, height) {
  const at = (/** @type {number} */ x, /** @type {number} */ y) => (x >= 0 && x < width && y >= 0 && y < height ? mask[y * width + x] : 0);
  let path = '';
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x < width; x++) {
      const start = x;
      while (x < width && at(x, y - 1) !== at(x, y)) x++;
      if (x > start) path += `M${start} ${y}h${x - start}`;
    }
  }
  for (let x = 0; x <= width; x++) {
    for (let y = 0; y < height; y++) {
      const start = y;
      while (y < height && at(x - 1, y) !== at(x, y)) y++;
      if (y > start) path += `M${x} ${start}v${y - start}`;
    }
  }
  return path;
}
