// The migration chain as a picture: one line for each branch, with the oldest revision at the top.

import { svg } from './dom.js';
import { instant } from './format.js';

const STEP = 56;
const LANE = 24;
const TOP = 20;

/** Assigns a lane to each revision. A revision keeps the lane of its first down revision, if it is free. */
function lanes(chain) {
  const taken = [];
  const of = new Map();
  for (const { revision, revises } of chain) {
    const inherited = taken.indexOf((revises ?? [])[0]);
    const free = taken.indexOf(undefined);
    const lane = inherited >= 0 ? inherited : free >= 0 ? free : taken.length;
    for (const parent of revises ?? []) {
      if (taken.indexOf(parent) >= 0) taken[taken.indexOf(parent)] = undefined;
    }
    taken[lane] = revision;
    of.set(revision, lane);
  }
  return of;
}

/** Draws the revisions. */
export function chainPicture(chain) {
  const lane = lanes(chain);
  const place = new Map(
    chain.map(({ revision }, at) => [revision, { x: 14 + lane.get(revision) * LANE, y: TOP + at * STEP }]),
  );
  const left = 14 + (Math.max(0, ...lane.values()) + 1) * LANE + 8;
  const edges = chain.flatMap(({ revision, revises, applied }) =>
    (revises ?? [])
      .filter((parent) => place.has(parent))
      .map((parent) => {
        const [from, to] = [place.get(parent), place.get(revision)];
        const middle = to.y - STEP / 2;
        return svg('path', {
          class: applied ? 'edge' : 'edge is-pending',
          d: `M${from.x} ${from.y}C${from.x} ${middle + 10} ${to.x} ${middle - 10} ${to.x} ${to.y}`,
        });
      }),
  );
  const nodes = chain.map((entry) => {
    const { x, y } = place.get(entry.revision);
    const kind = !entry.known ? 'is-unknown' : entry.applied ? 'is-applied' : 'is-pending';
    const when = entry.applied
      ? entry.applied_at
        ? instant(entry.applied_at)
        : 'applied'
      : 'not applied';
    return [
      svg('circle', { cx: x, cy: y, r: 6, class: kind }),
      entry.current && svg('circle', { cx: x, cy: y, r: 11, class: 'is-current' }),
      svg(
        'text',
        { x: left, y: y - 2, 'font-weight': entry.current ? 650 : 450 },
        entry.message || entry.revision,
      ),
      svg(
        'text',
        { x: left, y: y + 16, class: 'muted' },
        `${entry.revision} · ${when}${entry.head ? ' · head' : ''}${entry.known ? '' : ' · unknown to this program'}`,
      ),
    ];
  });
  const height = TOP + Math.max(chain.length - 1, 0) * STEP + 28;
  return svg(
    'svg',
    { class: 'chain', height, role: 'img', 'aria-label': `Chain of ${chain.length} revisions, oldest first` },
    edges,
    nodes,
  );
}
