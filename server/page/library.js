// The views of the user's photos: all photos, favorites, search results and the trash.

import * as actions from './actions.js';
import { photos as api } from './api.js';
import { button, h, hasMouse } from './dom.js';
import { count } from './format.js';
import { Gallery, empty } from './gallery.js';
import { Source } from './source.js';
import { chooseFiles } from './upload.js';

const ids = (photos) => photos.map(({ uuid }) => uuid);

/** Returns the actions for selected photos, and the buttons and keys for one of them. */
export function ownActions(source, gallery, extra = []) {
  const done = (run) => async (uuids) => {
    await run(uuids);
    gallery().selection.clear();
  };
  const chosen = (uuids) => source.photos.filter(({ uuid }) => uuids.includes(uuid));
  const toggleFavorite = (photos) =>
    actions.favorite(source, ids(photos), !photos.every((photo) => photo.favorite));
  const items = [
    { text: 'Favorite', icon: 'heart', run: done((uuids) => toggleFavorite(chosen(uuids))) },
    { text: 'Add to album', icon: 'album', run: done((uuids) => actions.addToAlbum(uuids)) },
    { text: 'Download', icon: 'download', run: done((uuids) => actions.download(chosen(uuids))) },
    ...extra,
    {
      text: 'Move to trash',
      icon: 'trash',
      kind: 'is-danger',
      run: done((uuids) => actions.trash(source, uuids)),
    },
  ];
  const quiet = { isShort: true, kind: 'is-quiet' };
  const tools = (photo) => [
    button({
      ...quiet,
      kind: 'is-quiet is-favorite',
      text: 'Favorite',
      icon: 'heart',
      isFilled: photo.favorite,
      'aria-pressed': Boolean(photo.favorite),
      onclick: () => toggleFavorite([photo]),
    }),
    button({
      ...quiet,
      text: 'Add to album',
      icon: 'album',
      onclick: () => actions.addToAlbum([photo.uuid]),
    }),
    button({
      ...quiet,
      text: 'Download original',
      icon: 'download',
      onclick: () => actions.download([photo]),
    }),
    button({
      ...quiet,
      text: 'Move to trash',
      icon: 'trash',
      onclick: () => actions.trash(source, [photo.uuid]),
    }),
  ];
  const keys = { f: toggleFavorite, Delete: (photos) => actions.trash(source, ids(photos)) };
  return { items, tools, keys };
}

/** Creates a button that starts a selection, for devices without hover. */
export function selectButton(gallery) {
  return button({ text: 'Select', icon: 'select', onclick: () => gallery().selection.begin() });
}

function own({ title, text, filter, nothing }) {
  const source = new Source((after) => api.page(filter, after));
  let gallery;
  const { items, tools, keys } = ownActions(source, () => gallery);
  const head = h(
    'div',
    { class: 'head' },
    h('div', {}, h('h1', {}, title), text),
    selectButton(() => gallery),
  );
  gallery = new Gallery({ source, head, nothing, items, tools, months: () => api.months(filter) });
  gallery.keys = keys;
  source.addEventListener('change', () => {
    head.lastChild.hidden = source.photos.length === 0;
  });
  return gallery;
}

export const all = () =>
  own({
    title: 'Photos',
    filter: {},
    nothing: () =>
      empty({
        icon: 'photos',
        title: 'No photos yet',
        text: `${hasMouse ? 'Drop photos anywhere on this page, or choose some.' : 'Choose some to begin.'} They stay on this server, exactly as they are.`,
        action: button({ text: 'Choose photos', icon: 'upload', kind: 'is-primary', onclick: chooseFiles }),
      }),
  });

export const favorites = () =>
  own({
    title: 'Favorites',
    filter: { favorite: true },
    nothing: () =>
      empty({
        icon: 'heart',
        title: 'No favorites yet',
        text: `Open a photo and press the heart${hasMouse ? ', or the key F' : ''}. Your favorites are collected here.`,
      }),
  });

export function search({ query }) {
  const words = query.get('q') ?? '';
  const filter = { q: words };
  const number = h('p', { role: 'status' });
  const gallery = own({
    title: words ? `“${words}”` : 'Search',
    text: number,
    filter,
    nothing: () =>
      empty({
        icon: 'search',
        title: 'Nothing found',
        text: `No photo has ${words ? `“${words}”` : 'this'} in its title, description, keywords, file name or place. Try fewer or different words.`,
      }),
  });
  gallery.source.addEventListener('change', async () => {
    const { months } = await api.months(filter).catch(() => ({ months: [] }));
    number.textContent = count(
      months.reduce((sum, month) => sum + month.count, 0),
      'photo',
    );
  });
  return gallery;
}

export function trash() {
  const source = new Source((after) => api.page({ trash: true }, after));
  let gallery;
  const done = (run) => async (uuids) => {
    await run(source, uuids);
    gallery.selection.clear();
  };
  const clear = button({
    text: 'Empty trash',
    icon: 'trash',
    kind: 'is-danger',
    onclick: () => actions.emptyTrash(source),
  });
  const select = selectButton(() => gallery);
  const head = h(
    'div',
    { class: 'head' },
    h('div', {}, h('h1', {}, 'Trash'), h('p', {}, 'Photos stay here until you delete them permanently.')),
    h('div', { class: 'actions' }, select, clear),
  );
  gallery = new Gallery({
    source,
    head,
    canEdit: false,
    nothing: () =>
      empty({
        icon: 'trash',
        title: 'The trash is empty',
        text: 'Photos that you delete are moved here first. You can restore them or delete them permanently.',
      }),
    items: [
      { text: 'Restore', icon: 'restore', run: done(actions.restore) },
      { text: 'Delete permanently', icon: 'trash', kind: 'is-danger', run: done(actions.purge) },
    ],
    tools: (photo) => [
      button({
        text: 'Restore',
        icon: 'restore',
        kind: 'is-quiet',
        onclick: () => actions.restore(source, [photo.uuid]),
      }),
      button({
        text: 'Delete permanently',
        icon: 'trash',
        isShort: true,
        kind: 'is-quiet',
        onclick: () => actions.purge(source, [photo.uuid]),
      }),
    ],
  });
  gallery.keys = {
    Delete: (photos) => actions.purge(source, ids(photos)),
    r: (photos) => actions.restore(source, ids(photos)),
  };
  source.addEventListener('change', () => {
    clear.hidden = select.hidden = source.photos.length === 0;
  });
  return gallery;
}
