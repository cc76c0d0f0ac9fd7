// The actions on photos. Each one reports its result in a note.

import { albums as albumApi, photos as api } from './api.js';
import { button, field, focusMain, form, h, input } from './dom.js';
import { confirm, openDialog } from './dialog.js';
import { count } from './format.js';
import { attempt, note } from './notes.js';
import { go } from './router.js';

/** Fires `change` after photos are moved, so that the counts are reloaded. */
export const library = new EventTarget();

const changed = () => library.dispatchEvent(new Event('change'));

export async function favorite(source, uuids, isFavorite) {
  await attempt(async () => {
    await api.bulk(uuids, isFavorite ? 'favorite' : 'unfavorite');
    source.update(uuids, { favorite: isFavorite });
  });
}

export async function trash(source, uuids) {
  await attempt(async () => {
    await api.bulk(uuids, 'trash');
    source.remove(uuids);
    changed();
    const undo = () =>
      attempt(async () => {
        await api.bulk(uuids, 'restore');
        await source.reload();
        changed();
      });
    note(`Moved ${count(uuids.length, 'photo')} to the trash`, { action: { text: 'Undo', run: undo } });
  });
}

export async function restore(source, uuids) {
  await attempt(async () => {
    await api.bulk(uuids, 'restore');
    source.remove(uuids);
    changed();
    note(`Restored ${count(uuids.length, 'photo')}`, { action: { text: 'Show photos', run: () => go('/') } });
  });
}

export async function purge(source, uuids) {
  const what = count(uuids.length, 'photo');
  const isWanted = await confirm({
    title: `Delete ${what} permanently?`,
    text: 'The originals are deleted from the server. This cannot be undone.',
    action: `Delete ${what}`,
  });
  if (!isWanted) return;
  await attempt(async () => {
    await api.bulk(uuids, 'purge');
    source.remove(uuids);
    changed();
    note(`Deleted ${what}`);
  });
}

export async function emptyTrash(source) {
  const isWanted = await confirm({
    title: 'Empty the trash?',
    text: 'All photos in the trash are deleted from the server. This cannot be undone.',
    action: 'Empty trash',
  });
  if (!isWanted) return;
  await attempt(async () => {
    await api.emptyTrash();
    await source.reload();
    changed();
    note('The trash is empty');
  });
}

/** Downloads a single photo as it is, or several photos as a ZIP archive. */
export async function download(photos) {
  if (photos.length === 1) {
    save(photos[0].original_url, photos[0].original_filename);
    return;
  }
  await attempt(async () => {
    note(`Preparing ${count(photos.length, 'photo')}…`);
    const response = await api.zip(photos.map(({ uuid }) => uuid));
    const address = URL.createObjectURL(await response.blob());
    save(address, 'photos.zip');
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  });
}

function save(address, name) {
  const link = h('a', { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

/** Asks for an existing or a new album, and adds photos to it. */
export async function addToAlbum(uuids) {
  const all = await attempt(() => albumApi.all());
  if (!all) return;
  let close;
  const added = ({ uuid, title }) => {
    close();
    changed();
    note(`Added ${count(uuids.length, 'photo')} to “${title}”`, {
      action: { text: 'Show album', run: () => go(`/albums/${uuid}`) },
    });
  };
  const choose = (album) =>
    attempt(async () => {
      await api.bulk(uuids, 'add_to_album', album.uuid);
      added(album);
    });
  const submit = h('button', { class: 'button is-primary' }, 'Create album');
  const create = form(
    async ({ title }) => added(await albumApi.create(title, uuids)),
    [
      field(
        'New album',
        input({ name: 'title', required: true, maxlength: 200, placeholder: 'Summer in Norway' }),
      ),
      h('div', { class: 'actions is-end' }, submit),
    ],
    submit,
  );
  close = openDialog({
    title: `Add ${count(uuids.length, 'photo')} to an album`,
    body: [
      all.length > 0 &&
        h(
          'ul',
          { class: 'choices' },
          all.map((album) =>
            h(
              'li',
              {},
              choice(album, () => choose(album)),
            ),
          ),
        ),
      create,
    ],
  });
}

function choice(album, onclick) {
  return h(
    'button',
    { type: 'button', onclick },
    album.cover_url
      ? h('img', { class: 'thumb', src: album.cover_url, alt: '' })
      : h('span', { class: 'thumb' }),
    h('span', { class: 'name' }, album.title),
    h('span', { class: 'muted small' }, count(album.count, 'photo')),
  );
}

/** Creates the bar with the actions for the selected photos. */
export function selectionBar(selection, items) {
  const number = h('span', { class: 'count', 'aria-live': 'polite' });
  const buttons = items.map(({ run, isAlways, ...item }) =>
    Object.assign(
      button({ ...item, kind: `is-quiet ${item.kind ?? ''}`, onclick: () => run(selection.uuids) }),
      { isAlways },
    ),
  );
  const close = button({
    text: 'Clear selection',
    icon: 'close',
    isShort: true,
    kind: 'is-quiet',
    onclick: () => selection.clear(),
  });
  const element = h(
    'div',
    { class: 'selection', role: 'toolbar', 'aria-label': 'Selected photos', hidden: true },
    close,
    number,
    buttons,
  );
  selection.addEventListener('change', () => {
    if (!selection.isActive && element.contains(document.activeElement)) focusMain();
    element.hidden = !selection.isActive;
    number.textContent = `${selection.size} selected`;
    for (const item of buttons) item.disabled = selection.size === 0 && !item.isAlways;
  });
  return element;
}
