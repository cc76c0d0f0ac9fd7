// One of the user's albums: its photos, their order, and its links.

import * as actions from './actions.js';
import { albums as api, photos } from './api.js';
import { arrange } from './arrange.js';
import { button, field, form, h, icon, input } from './dom.js';
import { confirm, openDialog } from './dialog.js';
import { count, period } from './format.js';
import { Gallery, empty } from './gallery.js';
import { ownActions, selectButton } from './library.js';
import { attempt, note } from './notes.js';
import { go } from './router.js';
import { share } from './share.js';
import { Source } from './source.js';

/** Creates the view of an album. */
export function album({ key }) {
  const source = new Source((after) => photos.page({ album: key }, after));
  let gallery;
  let known;
  const head = h('div', { class: 'head' }, h('div', {}, h('h1', {}, '\u00a0')));
  const read = async () => {
    const found = await attempt(() => api.one(key));
    if (!found) return go('/albums', true);
    known = found;
    return drawHead(head, found, { gallery: () => gallery, source, read });
  };
  const extra = [
    {
      text: 'Use as cover',
      icon: 'cover',
      run: (uuids) =>
        attempt(async () => {
          await api.edit(key, { cover: uuids[0] });
          gallery.selection.clear();
          note('The album has a new cover');
        }),
    },
    {
      text: 'Remove from album',
      icon: 'close',
      run: (uuids) =>
        attempt(async () => {
          await photos.bulk(uuids, 'remove_from_album', key);
          source.remove(uuids);
          gallery.selection.clear();
          await read();
          note(`Removed ${count(uuids.length, 'photo')} from “${known.title}”`);
        }),
    },
  ];
  const { items, tools, keys } = ownActions(source, () => gallery, extra);
  gallery = new Gallery({
    source,
    head,
    items,
    tools,
    nothing: () =>
      empty({
        icon: 'album',
        title: 'This album is empty',
        text: 'Select photos and choose “Add to album”.',
        action: h('a', { class: 'button is-primary', href: '/' }, 'Show photos'),
      }),
  });
  gallery.keys = keys;
  read();
  return gallery;
}

function drawHead(head, found, { gallery, source, read }) {
  const { uuid, title, description } = found;
  const facts = [count(found.count, 'photo'), period(found.start_date, found.end_date)]
    .filter(Boolean)
    .join(' · ');
  head.replaceChildren(
    h('div', {}, h('h1', {}, title), h('p', {}, facts), description && h('p', {}, description)),
    h(
      'div',
      { class: 'actions is-dense' },
      button({ text: 'Share', icon: 'share', kind: 'is-primary', onclick: () => share(found) }),
      found.count > 1 &&
        button({
          text: 'Arrange',
          icon: 'order',
          onclick: () => startArranging(head, found, { gallery, source, read }),
        }),
      found.count > 0 &&
        h(
          'a',
          { class: 'button', href: api.zip(uuid), download: `${title}.zip` },
          icon('download'),
          h('span', { class: 'text' }, 'Download'),
        ),
      found.count > 0 && selectButton(gallery),
      button({ text: 'Edit album', icon: 'edit', isShort: true, onclick: () => edit(found, read) }),
      button({
        text: 'Delete album',
        icon: 'trash',
        isShort: true,
        kind: 'is-danger',
        onclick: () => remove(found),
      }),
    ),
  );
}

async function startArranging(head, found, { gallery, source, read }) {
  while (!source.isComplete) await source.more();
  const { content, grid } = gallery();
  const board = arrange(source.photos);
  const end = async (isSaved) => {
    if (isSaved) await api.edit(found.uuid, { photos: board.uuids() });
    content.replaceChildren(grid.element);
    await read();
    await source.reload();
  };
  head.replaceChildren(
    h(
      'div',
      {},
      h('h1', {}, `Arrange “${found.title}”`),
      h('p', {}, 'Drag photos, or move them with the arrows.'),
    ),
    h(
      'div',
      { class: 'actions' },
      button({
        text: 'Save order',
        icon: 'check',
        kind: 'is-primary',
        onclick: () => attempt(() => end(true)),
      }),
      button({ text: 'Cancel', onclick: () => attempt(() => end(false)) }),
    ),
  );
  content.replaceChildren(board.element);
}

function edit(found, read) {
  const submit = h('button', { class: 'button is-primary' }, 'Save');
  let close;
  const body = form(
    async ({ title, description }) => {
      await api.edit(found.uuid, { title: title.trim(), description: description.trim() || null });
      close();
      await read();
    },
    [
      field('Title', input({ name: 'title', required: true, maxlength: 200, value: found.title })),
      field('Description', input({ name: 'description', rows: 3, value: found.description ?? '' })),
      h('div', { class: 'actions is-end' }, submit),
    ],
    submit,
  );
  close = openDialog({ title: 'Edit album', body });
}

async function remove({ uuid, title }) {
  const isWanted = await confirm({
    title: `Delete “${title}”?`,
    text: 'Its photos stay in your library. Its links stop working.',
    action: 'Delete album',
  });
  if (!isWanted) return;
  await attempt(async () => {
    await api.remove(uuid);
    actions.library.dispatchEvent(new Event('change'));
    note(`Deleted the album “${title}”`);
    go('/albums', true);
  });
}
