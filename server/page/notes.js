// Short notes at the edge of the window.

import { button, h } from './dom.js';

const LIFETIME = 7000;
const SHORT_LIFETIME = 3000;

const list = h('div', { class: 'notes', popover: 'manual', role: 'status' });

/** Shows a note. `action` is `{ text, run }`. */
export function note(text, { action, isBad = false } = {}) {
  const element = h('div', { class: isBad ? 'note is-bad' : 'note' }, h('p', {}, text));
  const close = () => element.remove();
  if (action) {
    element.append(
      button({
        text: action.text,
        onclick: () => {
          close();
          action.run();
        },
      }),
    );
  }
  element.append(button({ text: 'Dismiss', icon: 'close', isShort: true, onclick: close }));
  list.replaceChildren(...[...list.children].slice(-1), element);
  raiseNotes();
  if (!isBad) setTimeout(close, action ? LIFETIME : SHORT_LIFETIME);
}

/**
 * Moves the notes to the topmost dialog, because nothing outside it can be clicked or reached
 * with keys. Must be called when a dialog opens or closes.
 */
export function raiseNotes() {
  const place = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
  // Reopening a popover puts it above everything opened since. Moving it closes it.
  if (list.parentNode !== place) place.append(list);
  else list.hidePopover();
  list.showPopover();
}

/** Runs work, and shows its error. Returns `undefined` if it fails. */
export async function attempt(work) {
  try {
    return await work();
  } catch (failure) {
    if (failure.status === undefined) console.error(failure);
    note(failure.message, { isBad: true });
    return undefined;
  }
}
