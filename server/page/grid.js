// The grid on the screen. Only rows near the viewport have elements.

import { h, icon } from './dom.js';
import { count, dateAndTime, nameOf } from './format.js';
import { layout, lineAt } from './layout.js';
import { withPhoto } from './router.js';
import { hasImage, image, placeholder } from './thumbnail.js';

const HOLD = 450;

export class Grid {
  #source;
  #selection;
  #months = new Map();
  #isGrouped;
  #canSelect;
  #lines = [];
  #shown = new Map();
  #focused = 0;
  #open;
  #abort = new AbortController();
  #observer = new ResizeObserver(() => this.#measure());

  /** `open` is called with the index of a photo. */
  constructor({ source, selection, isGrouped, canSelect = true, open }) {
    [this.#source, this.#selection, this.#isGrouped, this.#canSelect, this.#open] = [
      source,
      selection,
      isGrouped,
      canSelect,
      open,
    ];
    this.element = h('div', {
      class: 'grid',
      role: 'list',
      'aria-label': 'Photos',
      onclick: (event) => this.#click(event),
      onkeydown: (event) => this.#key(event),
      onfocusin: (event) => this.#follow(event),
    });
    const { signal } = this.#abort;
    source.addEventListener('change', () => this.#relayout(), { signal });
    selection.addEventListener('change', () => this.#mark(), { signal });
    window.addEventListener('scroll', () => this.#render(), { signal, passive: true });
    this.#observer.observe(this.element);
    this.#listenForHolding(signal);
  }

  close() {
    this.#abort.abort();
    this.#observer.disconnect();
  }

  /** Sets the number of photos in each month, for the headings. */
  setMonths(months) {
    this.#months = new Map(months.map(({ month, count: number }) => [month, number]));
    this.#relayout();
  }

  /** Returns the index of the photo that has the focus, or `undefined`. */
  get focused() {
    return this.element.contains(document.activeElement) ? this.#focused : undefined;
  }

  /** Moves the focus to a photo, and scrolls to it. */
  focus(index) {
    const line = this.#lines.find(
      ({ kind, tiles }) => kind === 'row' && tiles.some((tile) => tile.index === index),
    );
    if (!line) return;
    this.#focused = index;
    const { top } = this.element.getBoundingClientRect();
    const [above, below] = [top + line.top - 80, top + line.top + line.height + 90 - innerHeight];
    if (above < 0) scrollBy(0, above);
    else if (below > 0) scrollBy(0, below);
    this.#render();
    this.element.querySelector(`[data-index="${index}"] a`)?.focus({ preventScroll: true });
  }

  #measure() {
    if (this.element.clientWidth !== this.width) this.#relayout();
  }

  #relayout() {
    this.width = this.element.clientWidth;
    if (!this.width) return;
    const isNarrow = this.width < 640;
    const { lines, height } = layout(this.#source.photos, {
      width: this.width,
      rowHeight: isNarrow ? 132 : 224,
      gap: isNarrow ? 3 : 6,
      isGrouped: this.#isGrouped,
      isComplete: this.#source.isComplete,
    });
    this.#lines = lines;
    this.element.style.height = `${height}px`;
    this.#focused = Math.min(this.#focused, Math.max(this.#source.photos.length - 1, 0));
    this.#render(true);
  }

  #render(isNew = false) {
    const { top, bottom } = this.element.getBoundingClientRect();
    const hadFocus = isNew ? this.focused : undefined;
    const kept = new Map();
    let above;
    for (let at = lineAt(this.#lines, -top - innerHeight); at < this.#lines.length; at += 1) {
      const line = this.#lines[at];
      if (line.top > -top + 2 * innerHeight) break;
      for (const item of line.kind === 'month' ? [line] : line.tiles) {
        const key = line.kind === 'month' ? line.month : this.#source.photos[item.index].uuid;
        const present = this.#shown.get(key);
        const photo = line.kind === 'row' ? this.#source.photos[item.index] : undefined;
        const isSame = present && (line.kind === 'month' ? !isNew : present.photo === photo);
        const element = isSame
          ? present.element
          : line.kind === 'month'
            ? this.#heading(line)
            : this.#tile(photo);
        if (present && !isSame) present.element.replaceWith(element);
        this.#place(element, line, item);
        this.#keepInOrder(element, above);
        above = element;
        kept.set(key, { element, photo });
      }
    }
    for (const [key, { element }] of this.#shown) {
      if (kept.get(key)?.element !== element && !(element.contains(document.activeElement) && !isNew))
        element.remove();
      else if (!kept.has(key)) kept.set(key, this.#shown.get(key));
    }
    this.#shown = kept;
    this.#mark();
    if (hadFocus !== undefined && this.focused === undefined) this.focus(this.#focused);
    if (bottom < 3 * innerHeight) this.#source.more();
  }

  /** Moves an element below another one, because screen readers read elements in document order. */
  #keepInOrder(element, above) {
    if (!above) {
      if (!element.isConnected) this.element.prepend(element);
    } else if (
      !element.isConnected ||
      above.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING
    ) {
      above.after(element);
    }
  }

  #place(element, line, item) {
    Object.assign(element.style, { top: `${line.top}px`, height: `${line.height}px` });
    if (line.kind === 'month') return;
    Object.assign(element.style, { left: `${item.left}px`, width: `${item.width}px` });
    element.dataset.index = item.index;
    element.setAttribute('aria-posinset', item.index + 1);
    element.setAttribute('aria-setsize', this.#source.isComplete ? this.#source.photos.length : -1);
    element.firstChild.tabIndex = item.index === this.#focused ? 0 : -1;
  }

  #heading(line) {
    const number = this.#months.get(line.month);
    return h(
      'div',
      { class: 'month', role: 'listitem' },
      h('h2', {}, line.text),
      number && h('span', {}, count(number, 'photo')),
    );
  }

  #tile(photo) {
    const label = `${nameOf(photo)}, ${dateAndTime(photo.date)}${photo.favorite ? ', favorite' : ''}`;
    return h(
      'div',
      { class: 'tile', role: 'listitem', 'data-uuid': photo.uuid },
      h(
        'a',
        { href: withPhoto(photo.uuid), 'aria-label': label, draggable: 'false' },
        hasImage(photo) ? image(photo, photo.thumbnail_url) : placeholder(photo),
      ),
      photo.favorite && h('span', { class: 'heart' }, icon('heart', true)),
      this.#canSelect &&
        h(
          'button',
          {
            type: 'button',
            class: 'pick',
            role: 'checkbox',
            tabindex: '-1',
            'aria-label': `Select ${nameOf(photo)}`,
          },
          h('span', {}, icon('check')),
        ),
    );
  }

  #mark() {
    this.element.classList.toggle('is-selecting', this.#selection.isActive);
    for (const { element, photo } of this.#shown.values()) {
      if (!photo) continue;
      const isSelected = this.#selection.has(photo.uuid);
      element.classList.toggle('is-selected', isSelected);
      element.querySelector('.pick')?.setAttribute('aria-checked', isSelected);
    }
  }

  #click(event) {
    const tile = event.target.closest('.tile');
    const isForTheBrowser = event.metaKey || event.ctrlKey;
    if (!tile || (isForTheBrowser && !event.target.closest('.pick'))) return;
    event.preventDefault();
    const index = Number(tile.dataset.index);
    const isSelecting =
      this.#canSelect && (event.target.closest('.pick') || this.#selection.isActive || event.shiftKey);
    if (isSelecting) this.#selection.toggle(this.#source.photos, index, event.shiftKey);
    else this.#open(index);
  }

  #follow(event) {
    const tile = event.target.closest('.tile');
    if (!tile) return;
    this.element.querySelector('a[tabindex="0"]')?.setAttribute('tabindex', '-1');
    this.#focused = Number(tile.dataset.index);
    tile.firstChild.tabIndex = 0;
  }

  #key(event) {
    const last = this.#source.photos.length - 1;
    const at = this.#focused;
    const target = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: this.#vertical(-1),
      ArrowDown: this.#vertical(1),
      Home: 0,
      End: last,
    }[event.key];
    if (target !== undefined) {
      event.preventDefault();
      this.focus(Math.min(Math.max(target, 0), last));
    } else if ((event.key === ' ' || event.key === 'x') && this.#canSelect) {
      event.preventDefault();
      this.#selection.toggle(this.#source.photos, at, event.shiftKey);
    }
  }

  /** Returns the photo above or below the focused one. */
  #vertical(step) {
    const rows = this.#lines.filter(({ kind }) => kind === 'row');
    const at = rows.findIndex(({ tiles }) => tiles.some(({ index }) => index === this.#focused));
    const next = rows[at + step];
    if (!next) return this.#focused;
    const here = rows[at].tiles.find(({ index }) => index === this.#focused);
    const middle = here.left + here.width / 2;
    return (next.tiles.find(({ left, width }) => left + width >= middle) ?? next.tiles.at(-1)).index;
  }

  /** On a touch screen, holding a photo selects it. */
  #listenForHolding(signal) {
    if (!this.#canSelect) return;
    let timer;
    const stop = () => clearTimeout(timer);
    this.element.addEventListener(
      'touchstart',
      (event) => {
        const tile = event.target.closest('.tile');
        stop();
        if (!tile) return;
        timer = setTimeout(
          () => this.#selection.toggle(this.#source.photos, Number(tile.dataset.index)),
          HOLD,
        );
      },
      { signal, passive: true },
    );
    for (const name of ['touchend', 'touchmove', 'touchcancel'])
      this.element.addEventListener(name, stop, { signal, passive: true });
    this.element.addEventListener(
      'contextmenu',
      (event) => {
        if (this.#selection.isActive) event.preventDefault();
      },
      { signal },
    );
  }
}
