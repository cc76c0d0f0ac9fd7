// The name of the program.

import { h } from './dom.js';

/** Creates the name with the logo. */
export function brand(properties = {}) {
  return h(
    'a',
    { class: 'brand', href: '/', ...properties },
    h('img', { src: new URL('icon.svg', import.meta.url).href, alt: '' }),
    'PhotoSafe',
  );
}
