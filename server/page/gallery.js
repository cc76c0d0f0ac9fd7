// A view of photos: the grid, the selection and the viewer.

import * as actions from './actions.js';
import { photos as api } from './api.js';
import { button, focusMain, h, hasNoFocus, icon, isTyping } from './dom.js';
import { Grid } from './grid.js';
import { note } from './notes.js';
import { back, current, go, withPhoto } from './router.js';
import { Selection } from './selection.js';
import { Viewer } from './viewer.js';

/** Creates the explanation for an empty view. With `isPage`, its heading is the page's main heading. */
export function empty({ icon: name, title, text, action, isPage = false }) {
  return h(
    'div',
    { class: 'empty' },
    h('div', { class: 'picture' }, icon(name)),
    h(isPage ? 'h1' : 'h2', {}, title),
    h('p', {}, text),
    action,
  );
}

/**
 * Creates a view of photos.
 *
 * `head` is above the grid, and `nothing` replaces it if there are no photos. `items` are the actions for
 * selected photos, and `tools` returns the buttons of the viewer. With `months`, photos are grouped.
 */
export class Gallery {
  #abort = new AbortController();

  constructor({ source, head, nothing, items = [], tools = () => [], months, canEdit = true }) {
    [this.source, this.nothing, this.months] = [source, nothing, months];
    this.selection = new Selection();
    this.grid = new Grid({
      source,
      selection: this.selection,
      isGrouped: Boolean(months),
      canSelect: items.length > 0,
      open: (index) => go(withPhoto(source.photos[index].uuid)),
    });
    this.viewer = new Viewer({
      source,
      tools,
      canEdit,
      move: (uuid) => go(withPhoto(uuid), true),
      close: () => back(withPhoto()),
    });
    this.content = h(
      'div',
      {},
      h(
        'div',
        { class: 'loading' },
        h('div', { class: 'spinner', role: 'status', 'aria-label': 'Loading photos' }),
      ),
    );
    this.element = h(
      'div',
      {},
      head,
      this.content,
      items.length > 0 && actions.selectionBar(this.selection, items),
    );
    const { signal } = this.#abort;
    source.addEventListener('change', () => this.#draw(), { signal });
    source.addEventListener('fail', ({ failure }) => this.#fail(failure), { signal });
    document.addEventListener('keydown', (event) => this.#key(event), { signal });
    if (!source.photos.length) source.more();
  }

  /** Shows the photo in the address, if there is one. */
  async update() {
    const uuid = current().query.get('photo');
    if (!uuid) {
      const wasOpen = this.viewer.isOpen;
      this.viewer.hide();
      if (wasOpen) this.grid.focus(this.source.indexOf(this.shown));
      if (wasOpen && hasNoFocus()) focusMain();
      return;
    }
    this.shown = uuid;
    const known = this.source.photos[this.source.indexOf(uuid)];
    try {
      this.viewer.show(known ?? (await api.one(uuid)));
    } catch (failure) {
      note(failure.status === 404 ? 'This photo no longer exists.' : failure.message, { isBad: true });
      go(withPhoto(), true);
    }
  }

  close() {
    this.#abort.abort();
    this.grid.close();
    this.viewer.hide();
  }

  /** Reloads the list after photos are added. */
  reload() {
    return this.source.reload().catch((failure) => this.#fail(failure));
  }

  #draw() {
    const isEmpty = this.source.photos.length === 0 && this.source.isComplete;
    const content = isEmpty ? this.nothing() : this.grid.element;
    if (isEmpty && this.content.contains(document.activeElement)) focusMain();
    if (isEmpty || content.parentNode !== this.content) this.content.replaceChildren(content);
    if (isEmpty) this.selection.clear();
    if (this.months && !isEmpty) this.#countMonths();
    if (this.shown === undefined) this.update();
    this.shown ??= null;
  }

  async #countMonths() {
    const { months } = await this.months().catch(() => ({ months: [] }));
    const text = JSON.stringify(months);
    if (text !== this.countedMonths) this.grid.setMonths(months);
    this.countedMonths = text;
  }

  #fail(failure) {
    const retry = button({ text: 'Try again', onclick: () => this.source.more() });
    if (this.source.photos.length)
      note(failure.message, { isBad: true, action: { text: 'Try again', run: () => this.source.more() } });
    else
      this.content.replaceChildren(
        empty({ icon: 'info', title: 'Photos could not be loaded', text: failure.message, action: retry }),
      );
  }

  /** Returns the photos that a key applies to: the open one, the selected ones, or the focused one. */
  #targets() {
    const { photos } = this.source;
    if (this.viewer.isOpen) return photos.filter(({ uuid }) => uuid === this.shown);
    if (this.selection.size) return photos.filter(({ uuid }) => this.selection.has(uuid));
    return this.grid.focused === undefined ? [] : [photos[this.grid.focused]];
  }

  #key(event) {
    const isElsewhere = document.querySelector('dialog[open]:not(.viewer)');
    if (isTyping(event) || isElsewhere || event.altKey) return;
    if (event.key === 'Escape' && !this.viewer.isOpen) this.selection.clear();
    if (event.key === 'a' && (event.ctrlKey || event.metaKey) && !this.viewer.isOpen) {
      event.preventDefault();
      this.selection.selectAll(this.source.photos);
    }
    if (event.ctrlKey || event.metaKey) return;
    const run = this.keys?.[event.key];
    const targets = run ? this.#targets() : [];
    if (targets.length) {
      event.preventDefault();
      run(targets);
    }
  }
}
