// Changes the order of the photos in an album, with a pointer or with buttons.

import { announce, button, h } from './dom.js';
import { nameOf } from './format.js';

/** Creates the board. `uuids` returns the current order. */
export function arrange(photos) {
  const order = [...photos];
  const element = h('ol', { class: 'arrange' });
  let dragged;

  const move = (from, to) => {
    if (to < 0 || to >= order.length || from === to) return;
    const [photo] = order.splice(from, 1);
    order.splice(to, 0, photo);
    draw();
    announce(`${nameOf(photo)} is now number ${to + 1} of ${order.length}`);
  };
  const step = (from, by) => {
    move(from, from + by);
    const item = element.children[from + by];
    item?.querySelectorAll('button')[by < 0 ? 0 : 1].focus();
  };
  const draw = () =>
    element.replaceChildren(
      ...order.map((photo, place) =>
        h(
          'li',
          {
            draggable: 'true',
            ondragstart: (event) => {
              dragged = place;
              event.dataTransfer.effectAllowed = 'move';
              event.currentTarget.classList.add('is-dragged');
            },
            ondragend: () => draw(),
            ondragover: (event) => {
              if (dragged === undefined) return;
              event.preventDefault();
              event.currentTarget.classList.add('is-target');
            },
            ondragleave: (event) => event.currentTarget.classList.remove('is-target'),
            ondrop: (event) => {
              event.preventDefault();
              const from = dragged;
              dragged = undefined;
              if (from !== undefined) move(from, place);
            },
          },
          h('img', { src: photo.thumbnail_url, alt: nameOf(photo), draggable: 'false' }),
          h('span', { class: 'number', 'aria-hidden': 'true' }, `${place + 1}`),
          h(
            'div',
            { class: 'moves' },
            button({
              text: `Move ${nameOf(photo)} earlier`,
              icon: 'back',
              isShort: true,
              kind: 'is-quiet',
              disabled: place === 0,
              onclick: () => step(place, -1),
            }),
            button({
              text: `Move ${nameOf(photo)} later`,
              icon: 'forward',
              isShort: true,
              kind: 'is-quiet',
              disabled: place === order.length - 1,
              onclick: () => step(place, 1),
            }),
          ),
        ),
      ),
    );
  draw();
  return { element, uuids: () => order.map(({ uuid }) => uuid) };
}
