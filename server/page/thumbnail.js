// Images of photos. The server may still be making one, so a missing image is tried again.

import { h, icon } from './dom.js';
import { nameOf } from './format.js';

const LONGEST_WAIT = 20_000;

/** Returns `true` if the photo has, or will have, an image that a browser can show. */
export const hasImage = (photo) => photo.thumbnail_state !== 'none' && photo.thumbnail_state !== 'failed';

/** Creates the image of a photo. */
export function image(photo, url, properties = {}) {
  let wait = 600;
  const element = h('img', {
    alt: '',
    draggable: 'false',
    decoding: 'async',
    ...properties,
    onload: () => element.classList.add('is-loaded'),
    onerror: () => {
      if (wait > LONGEST_WAIT) return;
      setTimeout(() => {
        if (element.isConnected) element.src = `${url}${url.includes('?') ? '&' : '?'}try=${wait}`;
      }, wait);
      wait = Math.round(wait * 1.6);
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
