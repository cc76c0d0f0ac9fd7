// The list of albums.

import { albums as api } from './api.js';
import { button, field, form, h, icon, input } from './dom.js';
import { openDialog } from './dialog.js';
import { count, period } from './format.js';
import { empty } from './gallery.js';
import { go } from './router.js';

/** Asks for a title, and creates an album. */
function create() {
  const submit = h('button', { class: 'button is-primary' }, 'Create album');
  let close;
  const body = form(
    async ({ title }) => {
      const album = await api.create(title);
      close();
      go(`/albums/${album.uuid}`);
    },
    [
      field(
        'Title',
        input({ name: 'title', required: true, maxlength: 200, placeholder: 'Summer in Norway' }),
      ),
      h('div', { class: 'actions is-end' }, submit),
    ],
    submit,
  );
  close = openDialog({ title: 'New album', body });
}

function card(album) {
  return h(
    'li',
    {},
    h(
      'a',
      { class: 'card-link', href: `/albums/${album.uuid}` },
      h(
        'div',
        { class: 'cover' },
        album.cover_url ? h('img', { src: album.cover_url, alt: '', loading: 'lazy' }) : icon('album'),
      ),
      h('strong', {}, album.title),
      h(
        'span',
        { class: 'muted small' },
        [count(album.count, 'photo'), period(album.start_date, album.end_date)].filter(Boolean).join(' · '),
      ),
    ),
  );
}

/** Creates the view. */
export function albumList() {
  const content = h(
    'div',
    {},
    h(
      'div',
      { class: 'loading' },
      h('div', { class: 'spinner', role: 'status', 'aria-label': 'Loading albums' }),
    ),
  );
  const add = () => button({ text: 'New album', icon: 'plus', kind: 'is-primary', onclick: create });
  const head = h('div', { class: 'head' }, h('div', {}, h('h1', {}, 'Albums')), add());
  const load = async () => {
    try {
      const all = await api.all();
      head.lastChild.hidden = all.length === 0;
      content.replaceChildren(
        all.length
          ? h('ul', { class: 'cards' }, all.map(card))
          : empty({
              icon: 'album',
              title: 'No albums yet',
              text: 'Collect photos in an album, in any order, and share it with a link.',
              action: add(),
            }),
      );
    } catch (failure) {
      content.replaceChildren(
        empty({
          icon: 'info',
          title: 'Albums could not be loaded',
          text: failure.message,
          action: button({ text: 'Try again', onclick: load }),
        }),
      );
    }
  };
  load();
  return { element: h('div', {}, head, content), reload: load };
}
