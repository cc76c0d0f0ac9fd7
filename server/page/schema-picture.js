// The schema as a diagram. Tables are boxes, arranged in columns by their references, which are lines.

import { svg } from './dom.js';

const WIDTH = 200;
const ROW = 20;
const HEAD = 32;
const GAP = { x: 48, y: 24 };
const LONGEST = 14;
/** The index of the last column in the smallest diagram. */
const FEWEST = 3;

/** Returns the depth of each table: how many references lead from it to a table without any. */
function depths(tables) {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const known = new Map();
  const depth = (name, seen = new Set()) => {
    if (known.has(name)) return known.get(name);
    if (seen.has(name) || !byName.has(name)) return 0;
    seen.add(name);
    const targets = byName.get(name).references.filter(({ table }) => table !== name);
    const found = Math.max(-1, ...targets.map(({ table }) => depth(table, seen))) + 1;
    known.set(name, found);
    return found;
  };
  return new Map(tables.map(({ name }) => [name, depth(name)]));
}

/** Returns the columns to show: for a wide table, only its keys and first columns. */
function shownColumns({ columns, references }) {
  const linked = new Set(references.flatMap((reference) => reference.columns));
  const keys = columns.filter((column) => column.primary_key || linked.has(column.name));
  const others = columns
    .filter((column) => !keys.includes(column))
    .slice(0, Math.max(LONGEST - keys.length, 0));
  return columns.filter((column) => keys.includes(column) || others.includes(column));
}

/** Places the tables. Those without references fill the shortest columns. */
function place(tables) {
  const depth = depths(tables);
  const related = new Set(
    tables.flatMap(({ name, references }) =>
      references.length ? [name, ...references.map(({ table }) => table)] : [],
    ),
  );
  const heights = Array(Math.max(FEWEST, ...depth.values()) + 1).fill(0);
  const ordered = [
    ...tables.filter(({ name }) => related.has(name)),
    ...tables.filter(({ name }) => !related.has(name)),
  ];
  return ordered.map((table) => {
    const columns = shownColumns(table);
    const rest = table.columns.length - columns.length;
    const height = HEAD + (columns.length + (rest ? 1 : 0)) * ROW + 8;
    const column = related.has(table.name) ? depth.get(table.name) : heights.indexOf(Math.min(...heights));
    const y = heights[column];
    heights[column] += height + GAP.y;
    return { table, columns, rest, height, x: column * (WIDTH + GAP.x) + 1, y: y + 1 };
  });
}

function box({ table, columns, rest, height, x, y }) {
  const line = (at) => y + HEAD + at * ROW + 16;
  return svg(
    'g',
    {},
    svg('rect', { class: 'box', x, y, width: WIDTH, height, rx: 8 }),
    svg('path', {
      class: 'title',
      d: `M${x + 0.5} ${y + HEAD - 2}v-${HEAD - 10}a7.500 7.500 0 0 1 7.500-7.500h${WIDTH - 16}a7.500 7.500 0 0 1 7.500 7.500v${HEAD - 10}z`,
    }),
    svg('text', { class: 'name', x: x + 12, y: y + 20 }, table.name),
    columns.map((column, at) => [
      svg('text', { class: column.primary_key ? 'is-key' : undefined, x: x + 12, y: line(at) }, column.name),
      svg(
        'text',
        { class: 'type', x: x + WIDTH - 12, y: line(at), 'text-anchor': 'end' },
        `${column.type.toLowerCase()}${column.not_null || column.primary_key ? '' : '?'}`,
      ),
    ]),
    rest > 0 &&
      svg('text', { class: 'type', x: x + 12, y: line(columns.length) }, `and ${rest} more columns`),
  );
}

function edges(boxes) {
  const byName = new Map(boxes.map((found) => [found.table.name, found]));
  return boxes.flatMap((from) =>
    from.table.references
      .filter(({ table }) => byName.has(table))
      .map((reference) => {
        const to = byName.get(reference.table);
        const row = Math.max(
          from.columns.findIndex(({ name }) => name === reference.columns[0]),
          0,
        );
        const [x1, y1] = [from.x, from.y + HEAD + row * ROW + 12];
        const [x2, y2] = [to.x + WIDTH, to.y + HEAD / 2];
        const bend = Math.max((x1 - x2) / 2, 28);
        return svg(
          'g',
          {},
          svg('title', {}, `${from.table.name}.${reference.columns.join(', ')} refers to ${reference.table}`),
          svg('path', {
            class: 'edge',
            d: `M${x1} ${y1}C${x1 - bend} ${y1} ${x2 + bend} ${y2} ${x2 + 7} ${y2}`,
          }),
          svg('path', { class: 'arrow', d: `M${x2 + 1} ${y2}l8-4v8z` }),
        );
      }),
  );
}

/** Draws the tables. */
export function schemaPicture(tables) {
  const boxes = place(tables);
  const width = Math.max(0, ...boxes.map(({ x }) => x + WIDTH)) + 1;
  const height = Math.max(0, ...boxes.map((found) => found.y + found.height)) + 1;
  return svg(
    'svg',
    {
      class: 'schema',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': `Diagram of ${tables.length} tables`,
    },
    edges(boxes),
    boxes.map(box),
  );
}
