// Dialogs. The browser keeps the focus inside a dialog, and returns it afterwards.

import { button, focusMain, h, hasNoFocus } from './dom.js';
import { raiseNotes } from './notes.js';

/** Opens a dialog, and returns a function that closes it. */
export function openDialog({ title, body, isWide = false, onclose }) {
  const close = () => element.close();
  const element = h(
    'dialog',
    {
      class: isWide ? 'dialog is-wide' : 'dialog',
      'aria-label': title,
      onclick: (event) => event.target === element && close(),
      onclose: () => {
        raiseNotes();
        element.remove();
        onclose?.();
        if (hasNoFocus()) focusMain();
      },
    },
    h(
      'header',
      {},
      h('h2', {}, title),
      button({ text: 'Close', icon: 'close', isShort: true, kind: 'is-quiet', onclick: close }),
    ),
    h('div', { class: 'body' }, body),
  );
  document.body.append(element);
  element.showModal();
  raiseNotes();
  element.querySelector('[data-focus], .body input, .body textarea, .body button')?.focus();
  return close;
}

/** Asks for confirmation. Resolves to `true` if the user confirms. */
export function confirm({ title, text, action }) {
  return new Promise((resolve) => {
    let isWanted = false;
    const close = openDialog({
      title,
      body: [
        h('p', {}, text),
        h(
          'div',
          { class: 'actions is-end' },
          button({ text: 'Cancel', 'data-focus': true, onclick: () => close() }),
          button({
            text: action,
            kind: 'is-danger',
            onclick: () => {
              isWanted = true;
              close();
            },
          }),
        ),
      ],
      onclose: () => resolve(isWanted),
    });
  });
}
