// The layout of the grid: rows of photos that fill the width. It handles only sizes, not elements.

import { monthName, monthOf } from './format.js';

const HEADING = 56;
const FIRST_HEADING = 40;

/** Returns the ratio of width to height. Extreme panoramas are cropped. */
function ratio(photo) {
  const known = photo.width > 0 && photo.height > 0 ? photo.width / photo.height : 1;
  return Math.min(Math.max(known, 0.5), 3.2);
}

/**
 * Lays out photos.
 *
 * With `isGrouped`, each month has a heading. An incomplete last row is omitted unless
 * `isComplete`, so that rows never change when more photos arrive.
 */
export function layout(photos, { width, rowHeight, gap, isGrouped, isComplete }) {
  const lines = [];
  let top = 0;
  let row = [];

  const endRow = (isFull) => {
    const ratios = row.reduce((sum, index) => sum + ratio(photos[index]), 0);
    const room = width - gap * (row.length - 1);
    const height = isFull ? Math.round(room / ratios) : Math.min(rowHeight, Math.round(room / ratios));
    let left = 0;
    const tiles = row.map((index, place) => {
      const isLast = isFull && place === row.length - 1;
      const tileWidth = isLast ? width - left : Math.round(height * ratio(photos[index]));
      const tile = { index, left, width: tileWidth };
      left += tileWidth + gap;
      return tile;
    });
    lines.push({ kind: 'row', top, height, tiles });
    top += height + gap;
    row = [];
  };

  let shown;
  for (let index = 0; index < photos.length; index += 1) {
    const month = monthOf(photos[index].date);
    if (isGrouped && month !== shown) {
      if (row.length) endRow(false);
      const height = shown === undefined ? FIRST_HEADING : HEADING;
      lines.push({ kind: 'month', top, height, month, text: monthName(month) });
      top += height;
      shown = month;
    }
    row.push(index);
    const ratios = row.reduce((sum, at) => sum + ratio(photos[at]), 0);
    if ((width - gap * (row.length - 1)) / ratios <= rowHeight) endRow(true);
  }
  if (row.length && isComplete) endRow(false);
  return { lines, height: Math.max(top - gap, 0) };
}

/** Returns the index of the first line that ends below a position. */
export function lineAt(lines, position) {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].top + lines[middle].height < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
