// Images of photos. The server may still be making an image, so a missing one is requested again.

import { h, icon } from './dom.js';
import { nameOf } from './format.js';

const LONGEST_WAIT = 4000;
const ATTEMPTS = 60;

/** Returns `true` if the photo has, or will have, an image that a browser can show. */
export const hasImage = (photo) => photo.thumbnail_state !== 'none' && photo.thumbnail_state !== 'failed';

/** Creates the image of a photo. */
export function image(photo, url, properties = {}) {
  let wait = 600;
  let attempts = 0;
  const element = h('img', {
    alt: '',
    draggable: 'false',
    decoding: 'async',
    ...properties,
    onload: () => element.classList.add('is-loaded'),
    onerror: () => {
      attempts += 1;
      if (attempts === ATTEMPTS) return;
      setTimeout(() => {
        if (element.isConnected) element.src = `${url}${url.includes('?') ? '&' : '?'}try=${attempts}`;
      }, wait);
      wait = Math.min(wait * 1.4, LONGEST_WAIT);
    },
  });
  element.src = url;
  return element;
}

/** Creates a placeholder for a photo without an image. */
export function placeholder(photo) {
  const kind = (photo.content_type ?? '').replace('image/', '').toUpperCase();
  return h(
    'span',
    { class: 'name' },
    icon('file'),
    nameOf(photo),
    kind && h('span', { class: 'badge' }, kind),
  );
}
