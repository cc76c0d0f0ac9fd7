// The links of an album: the dialog that manages them, and the view that they show.

import { albums as api, shared as sharedApi } from './api.js';
import { brand } from './brand.js';
import { button, field, form, h, icon } from './dom.js';
import { openDialog } from './dialog.js';
import { count, instant, period } from './format.js';
import { Gallery, empty } from './gallery.js';
import { attempt, note } from './notes.js';
import { download } from './actions.js';
import { Source } from './source.js';

const PERIODS = [
  [7, '7 days'],
  [30, '30 days'],
  [90, '90 days'],
  [365, 'a year'],
];

/** Creates a text box with a button that copies its content. */
export function copyable(label, text) {
  const box = h('input', {
    class: 'input',
    readonly: true,
    value: text,
    'aria-label': label,
    onfocus: () => box.select(),
  });
  const copy = async () => {
    await navigator.clipboard?.writeText(text).catch(() => undefined);
    box.select();
    note('Copied');
  };
  return h('div', { class: 'copy' }, box, button({ text: 'Copy', icon: 'copy', onclick: copy }));
}

/** Opens the dialog with the links of an album. */
export function share(album) {
  const created = h('div', { class: 'group', role: 'status' });
  const list = h('div', { class: 'group' });
  const days = h(
    'select',
    { class: 'input', name: 'days', id: 'days' },
    PERIODS.map(([value, text]) => h('option', { value, selected: value === 30 }, text)),
  );
  const submit = h('button', { class: 'button is-primary' }, 'Create link');
  const load = () => attempt(async () => drawLinks(list, await api.shares(album.uuid), load));
  const create = form(
    async (values) => {
      const { url } = await api.share(album.uuid, Number(values.days));
      created.replaceChildren(
        copyable('Link', new URL(url, location.origin).href),
        h(
          'p',
          { class: 'muted small' },
          'Copy it now. The server stores only its hash, so it cannot be shown again.',
        ),
      );
      await load();
    },
    [
      h(
        'div',
        { class: 'field' },
        h('label', { for: days.id }, 'Valid for'),
        h('div', { class: 'inline' }, days, submit),
      ),
    ],
    submit,
  );
  openDialog({
    title: `Share “${album.title}”`,
    isWide: true,
    body: [
      h(
        'p',
        { class: 'muted' },
        'Anyone with the link can view and download the photos in this album, without an account. They cannot change anything.',
      ),
      create,
      created,
      list,
    ],
  });
  load();
}

function drawLinks(list, shares, load) {
  if (!shares.length) {
    list.replaceChildren();
    return;
  }
  const revoke = (id) =>
    attempt(async () => {
      await api.unshare(id);
      await load();
    });
  list.replaceChildren(
    h('h3', {}, 'Links'),
    h(
      'ul',
      { class: 'rows' },
      shares.map(({ id, created_at: created, expires_at: expires }) =>
        h(
          'li',
          {},
          h(
            'div',
            {},
            h('div', {}, `Expires ${instant(expires)}`),
            created && h('div', { class: 'muted small' }, `Created ${instant(created)}`),
          ),
          button({ text: 'Revoke', kind: 'is-danger', onclick: () => revoke(id) }),
        ),
      ),
    ),
  );
}

/** Creates the view of a shared album, for people without an account. */
export function sharedAlbum({ key }) {
  const head = h('div', { class: 'head' }, h('div', {}, h('h1', {}, '\u00a0')));
  const source = new Source(async () => {
    const { album, photos } = await sharedApi.album(key);
    document.title = `${album.title} · PhotoSafe`;
    head.replaceChildren(
      h(
        'div',
        {},
        h('h1', {}, album.title),
        h(
          'p',
          {},
          [count(photos.length, 'photo'), period(album.start_date, album.end_date)]
            .filter(Boolean)
            .join(' · '),
        ),
        album.description && h('p', {}, album.description),
      ),
      photos.length > 0 &&
        h(
          'a',
          { class: 'button', href: sharedApi.zip(key), download: `${album.title}.zip` },
          icon('download'),
          'Download all',
        ),
    );
    return { photos, next: null };
  });
  const gallery = new Gallery({
    source,
    head,
    canEdit: false,
    nothing: () =>
      empty({ icon: 'album', title: 'This album is empty', text: 'Its owner has not added photos yet.' }),
    tools: (photo) => [
      button({
        text: 'Download original',
        icon: 'download',
        isShort: true,
        kind: 'is-quiet',
        onclick: () => download([photo]),
      }),
    ],
  });
  source.addEventListener('fail', ({ failure }) => {
    if (failure.status !== 404) return;
    head.replaceChildren();
    gallery.content.replaceChildren(
      empty({
        icon: 'share',
        title: 'This link does not work',
        isPage: true,
        text: 'It may have expired, been revoked, or been copied incompletely. Ask the sender for a new one.',
      }),
    );
  });
  gallery.element = h(
    'div',
    { class: 'shared' },
    h('header', {}, brand()),
    h('main', { id: 'main', tabindex: '-1' }, gallery.element),
  );
  return gallery;
}
