// The viewer: one photo, large.

import { button, h, isTyping } from './dom.js';
import { count, nameOf } from './format.js';
import { Details } from './details.js';
import { raiseNotes } from './notes.js';
import { hasImage, image, placeholder } from './thumbnail.js';

const SWIPE = 60;

/** The time in milliseconds until a photo is announced. */
const ANNOUNCEMENT_DELAY = 150;

export class Viewer {
  #source;
  #tools;
  #canEdit;
  #move;
  #close;
  #details;
  #photo;

  /**
   * `tools` returns the buttons for a photo. `move` is called with the id of the photo to show, and
   * `close` when the viewer should close; both change the address.
   */
  constructor({ source, tools, canEdit, move, close }) {
    [this.#source, this.#tools, this.#canEdit, this.#move, this.#close] = [
      source,
      tools,
      canEdit,
      move,
      close,
    ];
    this.place = h('div', { class: 'place' });
    this.bar = h('div', { class: 'tools', role: 'toolbar', 'aria-label': 'Photo' });
    this.back = button({
      text: 'Previous photo',
      icon: 'back',
      isShort: true,
      kind: 'is-quiet turn is-back',
      onclick: () => this.step(-1),
    });
    this.forward = button({
      text: 'Next photo',
      icon: 'forward',
      isShort: true,
      kind: 'is-quiet turn is-forward',
      onclick: () => this.step(1),
    });
    this.stage = h('div', { class: 'stage' }, this.back, this.forward);
    // Screen readers read nothing outside an open dialog, so the announcer of the page would be silent.
    this.announcer = h('div', { class: 'hidden', 'aria-live': 'polite' });
    this.aside = h('aside', { class: 'details', 'aria-label': 'Details', hidden: true });
    this.element = h(
      'dialog',
      {
        class: 'viewer',
        oncancel: (event) => {
          event.preventDefault();
          this.#leave();
        },
        // If the key is pressed twice, the browser closes a dialog anyway.
        onclose: () => this.#photo && this.#close(),
      },
      this.bar,
      this.stage,
      this.aside,
      this.announcer,
    );
    this.#listenForSwipes();
    source.addEventListener('change', () => this.#refresh());
  }

  // The listener is on the document, which gets the focus when a button is disabled or hidden.
  #onKey = (event) => this.#key(event);

  get isOpen() {
    return this.element.open;
  }

  /** Shows a photo. */
  show(photo) {
    const isAnother = this.#photo?.uuid !== photo.uuid;
    this.#photo = photo;
    this.lastPlace = this.#source.indexOf(photo.uuid);
    this.element.setAttribute('aria-label', nameOf(photo));
    if (!this.element.isConnected) document.body.append(this.element);
    if (isAnother) this.#draw();
    this.#drawTools();
    // The first button, which closes the viewer, gets the focus.
    if (!this.element.open) this.#open();
    if (isAnother) this.#announce();
    if (!this.aside.hidden) this.#drawDetails(isAnother);
  }

  hide() {
    this.#photo = undefined;
    if (this.element.open) this.element.close();
    raiseNotes();
    this.element.remove();
    document.removeEventListener('keydown', this.#onKey);
    this.#drawImages();
    this.announcer.replaceChildren();
  }

  #open() {
    const { style, clientWidth } = document.documentElement;
    style.setProperty('--scrollbar', `${innerWidth - clientWidth}px`);
    this.element.showModal();
    raiseNotes();
    document.addEventListener('keydown', this.#onKey);
  }

  /** Shows the previous or next photo. */
  async step(by) {
    const at = this.#source.indexOf(this.#photo.uuid) + by;
    if (at >= this.#source.photos.length - 3) await this.#source.more();
    const next = this.#source.photos[at];
    if (next) this.#move(next.uuid);
  }

  #draw() {
    const photo = this.#photo;
    const small = hasImage(photo) && image(photo, photo.thumbnail_url, { class: 'is-loaded' });
    const large =
      hasImage(photo) &&
      image(photo, photo.preview_url, { class: 'preview', alt: photo.description || nameOf(photo) });
    this.#drawImages(...[small || placeholder(photo), large].filter(Boolean));
    const at = this.#source.indexOf(photo.uuid);
    const next = this.#source.photos[at + 1];
    if (next && hasImage(next)) new Image().src = next.preview_url;
  }

  /** Replaces the images. The buttons next to them stay, because one of them may have the focus. */
  #drawImages(...images) {
    for (const child of [...this.stage.children]) if (!child.matches('.turn')) child.remove();
    this.stage.prepend(...images);
  }

  /** Disables the buttons that lead nowhere. The focus moves from a disabled button to the other one. */
  #drawTurns() {
    const at = this.#source.indexOf(this.#photo.uuid);
    const focused = document.activeElement;
    this.back.disabled = at <= 0;
    this.forward.disabled = at >= this.#source.photos.length - 1 && this.#source.isComplete;
    if (focused === this.back && this.back.disabled) this.forward.focus();
    if (focused === this.forward && this.forward.disabled) this.back.focus();
  }

  #drawTools() {
    this.#drawTurns();
    this.place.textContent = this.#place();
    const focused = this.bar.contains(document.activeElement) && document.activeElement.textContent;
    this.bar.replaceChildren(
      button({ text: 'Close', icon: 'close', isShort: true, kind: 'is-quiet', onclick: () => this.#leave() }),
      this.place,
      ...this.#tools(this.#photo),
      button({
        text: 'Details',
        icon: 'info',
        isShort: true,
        kind: 'is-quiet',
        'aria-pressed': !this.aside.hidden,
        onclick: () => this.#toggleDetails(),
      }),
    );
    if (focused)
      [...this.bar.querySelectorAll('button')].find(({ textContent }) => textContent === focused)?.focus();
  }

  /** Announces the photo. A screen reader ignores text that appears together with the dialog. */
  #announce() {
    clearTimeout(this.announcement);
    this.announcement = setTimeout(() => {
      const photo = this.#photo;
      if (photo) this.announcer.textContent = [nameOf(photo), this.#place()].filter(Boolean).join(', ');
    }, ANNOUNCEMENT_DELAY);
  }

  /** Returns the place of the photo in the list. */
  #place() {
    const at = this.#source.indexOf(this.#photo.uuid);
    if (at < 0) return '';
    const { isComplete, photos } = this.#source;
    return isComplete ? `${at + 1} of ${count(photos.length, 'photo')}` : `${at + 1}`;
  }

  #toggleDetails() {
    const hadFocus = this.aside.contains(document.activeElement);
    this.aside.hidden = !this.aside.hidden;
    if (!this.aside.hidden) this.#drawDetails(true);
    this.#drawTools();
    if (hadFocus) this.bar.lastChild.focus();
  }

  #drawDetails(isAnother) {
    this.#details ??= new Details({
      element: this.aside,
      source: this.#source,
      canEdit: this.#canEdit,
      close: () => this.#toggleDetails(),
    });
    this.#details.show(this.#photo, isAnother);
  }

  /** Updates the photo. If it was removed, shows its neighbor. */
  #refresh() {
    if (!this.#photo) return;
    const at = this.#source.indexOf(this.#photo.uuid);
    if (at >= 0) {
      this.show(this.#source.photos[at]);
      return;
    }
    if (this.lastPlace < 0) return;
    const next = this.#source.photos[Math.min(this.lastPlace, this.#source.photos.length - 1)];
    if (next) this.#move(next.uuid);
    else this.#close();
  }

  #leave() {
    if (this.#details?.isEditing) this.#details.cancel();
    else this.#close();
  }

  #key(event) {
    const isElsewhere = document.querySelector('dialog[open]:not(.viewer)');
    if (isElsewhere || isTyping(event) || event.metaKey || event.ctrlKey || event.altKey) return;
    const action = {
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      i: () => this.#toggleDetails(),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  #listenForSwipes() {
    let start;
    this.stage.addEventListener(
      'touchstart',
      ({ touches }) => {
        start = touches.length === 1 ? { x: touches[0].clientX, y: touches[0].clientY } : undefined;
      },
      { passive: true },
    );
    this.stage.addEventListener(
      'touchend',
      ({ changedTouches }) => {
        if (!start) return;
        const [x, y] = [changedTouches[0].clientX - start.x, changedTouches[0].clientY - start.y];
        if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) this.step(x < 0 ? 1 : -1);
        else if (y > 2 * SWIPE && y > 2 * Math.abs(x)) this.#leave();
        start = undefined;
      },
      { passive: true },
    );
  }
}
