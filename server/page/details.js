// The details of a photo, and the form to edit them.

import { photos as api } from './api.js';
import { button, field, form, h, icon, input } from './dom.js';
import { bytes, dateAndTime, nameOf } from './format.js';
import { note } from './notes.js';

export class Details {
  #element;
  #source;
  #canEdit;
  #close;
  #photo;
  isEditing = false;

  constructor({ element, source, canEdit, close }) {
    [this.#element, this.#source, this.#canEdit, this.#close] = [element, source, canEdit, close];
  }

  /** Shows a photo. A form with changes is kept, unless a different photo is shown. */
  show(photo, isAnother) {
    this.#photo = photo;
    if (this.isEditing && !isAnother) return;
    this.isEditing = false;
    this.#replace(this.#header('Details'), ...this.#facts());
  }

  /** Shows the photo instead of the form. The focus moves from the form to the button that opened it. */
  cancel() {
    this.isEditing = false;
    this.#replace(this.#header('Details'), ...this.#facts());
  }

  /**
   * Replaces the content. If the focus is in it, the focus first moves to the first field, or to the last
   * button, because screen readers do not notice where the focus goes if its element is removed.
   */
  #replace(...children) {
    const before = [...this.#element.children];
    const hasFocus = this.#element.contains(document.activeElement);
    this.#element.append(...children);
    const last = children.at(-1);
    if (hasFocus) (last.querySelector('input') ?? last).focus();
    for (const child of before) child.remove();
  }

  #header(title) {
    return h(
      'header',
      {},
      title,
      button({ text: 'Close details', icon: 'close', isShort: true, kind: 'is-quiet', onclick: this.#close }),
    );
  }

  #facts() {
    const photo = this.#photo;
    const offset = photo.date_offset ? ` (UTC${photo.date_offset})` : '';
    const keywords = photo.keywords ?? [];
    const size = photo.width ? `${photo.width} × ${photo.height}` : '';
    return [
      h('h2', {}, nameOf(photo)),
      photo.description
        ? h('p', { class: 'description' }, photo.description)
        : this.#canEdit && h('p', { class: 'description nothing' }, 'No description'),
      keywords.length > 0 &&
        h(
          'ul',
          { class: 'keywords', 'aria-label': 'Keywords' },
          keywords.map((word) =>
            h(
              'li',
              {},
              this.#canEdit ? h('a', { href: `/search?q=${encodeURIComponent(word)}` }, word) : word,
            ),
          ),
        ),
      h(
        'dl',
        {},
        fact('calendar', dateAndTime(photo.date), `Taken${offset}`),
        photo.camera && fact('camera', photo.camera, 'Camera'),
        fact(
          'file',
          photo.original_filename,
          [size, photo.size && bytes(photo.size)].filter(Boolean).join(' · '),
        ),
        photo.latitude !== null && photo.latitude !== undefined && fact('pin', placeOf(photo), map(photo)),
      ),
      this.#canEdit && button({ text: 'Edit details', icon: 'edit', onclick: () => this.#edit() }),
    ].filter(Boolean);
  }

  #edit() {
    this.isEditing = true;
    const photo = this.#photo;
    const submit = h('button', { class: 'button is-primary' }, 'Save');
    const fields = [
      field('Title', input({ name: 'title', value: photo.title ?? '', maxlength: 300 })),
      field('Description', input({ name: 'description', rows: 4, value: photo.description ?? '' })),
      field(
        'Keywords',
        input({ name: 'keywords', value: (photo.keywords ?? []).join(', ') }),
        'Separated by commas',
      ),
      field(
        'Date taken',
        input({
          name: 'date',
          type: 'datetime-local',
          step: 1,
          value: (photo.date ?? '').replace(' ', 'T').slice(0, 19),
        }),
      ),
      h(
        'div',
        { class: 'actions' },
        submit,
        button({ text: 'Cancel', onclick: () => this.cancel() }),
      ),
    ];
    const edit = form((values) => this.#save(values), fields, submit);
    this.#replace(this.#header('Edit details'), edit);
  }

  async #save({ title, description, keywords, date }) {
    const words = keywords
      .split(',')
      .map((word) => word.trim())
      .filter(Boolean);
    const change = { title: title.trim() || null, description: description.trim() || null, keywords: words };
    if (date && date !== this.#photo.date.replace(' ', 'T').slice(0, 19))
      change.date = date.length === 16 ? `${date}:00` : date;
    const saved = await api.edit(this.#photo.uuid, change);
    this.#photo = { ...this.#photo, ...saved };
    this.cancel();
    this.#source.update([saved.uuid], saved);
    note('Saved');
  }
}

function fact(name, value, label) {
  return h('div', {}, icon(name), h('dt', {}, value), h('dd', {}, label));
}

function placeOf({ place, latitude, longitude }) {
  return place?.name ?? `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
}

/** Creates a link to a map. The page loads no part of the map, so nobody learns where a photo was taken. */
function map({ latitude, longitude }) {
  const address = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=15/${latitude}/${longitude}`;
  return h('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, 'Show on OpenStreetMap');
}
