// The frame: navigation, search, the button for adding photos, and keys that work everywhere.

import { library } from './actions.js';
import { photos as api } from './api.js';
import { brand } from './brand.js';
import { button, h, icon, isTyping } from './dom.js';
import { bytes, count } from './format.js';
import { openDialog } from './dialog.js';
import { go } from './router.js';
import { chooseFiles } from './upload.js';

const KEYS = [
  [['/'], 'Search'],
  [['u'], 'Add photos'],
  [['←', '→', '↑', '↓'], 'Move between photos'],
  [['Enter'], 'Open a photo'],
  [['Space'], 'Select a photo; Shift selects a range'],
  [['Ctrl', 'A'], 'Select all'],
  [['f'], 'Favorite'],
  [['i'], 'Show details of the open photo'],
  [['Delete'], 'Move to the trash'],
  [['Esc'], 'Close, or clear the selection'],
  [['?'], 'Show this list'],
];

function showKeys() {
  openDialog({
    title: 'Keyboard shortcuts',
    body: h(
      'dl',
      { class: 'keys' },
      KEYS.flatMap(([keys, text]) => [
        h(
          'dt',
          {},
          keys.map((key) => h('kbd', {}, key)),
        ),
        h('dd', {}, text),
      ]),
    ),
  });
}

function links(user) {
  return [
    ['/', 'photos', 'Photos'],
    ['/favorites', 'heart', 'Favorites'],
    ['/albums', 'album', 'Albums'],
    ['/trash', 'trash', 'Trash'],
    user.is_superuser && ['/admin/migrations', 'database', 'Migrations', 'push is-rare'],
    ['/account', 'user', 'Account', user.is_superuser ? '' : 'push'],
  ]
    .filter(Boolean)
    .map(([href, name, text, kind]) => h('a', { href, class: kind }, icon(name), text));
}

/** Creates the frame. `show` places a view with a title in it. */
export function shell(user) {
  const navigation = links(user);
  const usage = h('p', { class: 'usage' });
  const box = h('input', {
    class: 'input',
    type: 'search',
    name: 'q',
    placeholder: 'Search photos',
    'aria-label': 'Search photos',
    autocomplete: 'off',
  });
  const search = h(
    'form',
    {
      class: 'search',
      role: 'search',
      onsubmit: (event) => {
        event.preventDefault();
        const words = box.value.trim();
        go(words ? `/search?q=${encodeURIComponent(words)}` : '/');
        box.blur();
      },
    },
    icon('search'),
    box,
    h('kbd', { 'aria-hidden': 'true' }, '/'),
  );
  const main = h('main', { id: 'main', tabindex: '-1' });
  const element = h(
    'div',
    { class: 'shell' },
    h(
      'a',
      {
        class: 'button skip',
        href: '#main',
        onclick: (event) => {
          event.preventDefault();
          main.focus();
        },
      },
      'Skip to content',
    ),
    h(
      'header',
      { class: 'sidebar' },
      brand(),
      h('nav', { class: 'nav', 'aria-label': 'Main' }, navigation),
      usage,
    ),
    h(
      'div',
      {},
      h(
        'div',
        { class: 'bar' },
        search,
        h('div', { class: 'spacer' }),
        button({ text: 'Add photos', icon: 'upload', kind: 'is-primary', onclick: chooseFiles }),
      ),
      main,
    ),
  );

  const abort = new AbortController();
  const measure = async () => {
    const { photos, bytes: size, jobs } = await api.status().catch(() => ({}));
    if (photos === undefined) return;
    const work = jobs?.pending ? `\n${count(jobs.pending, 'thumbnail')} to make` : '';
    usage.textContent = `${count(photos, 'photo')} · ${bytes(size)}${work}`;
    if (jobs?.pending) setTimeout(measure, 2000);
  };
  measure();
  library.addEventListener('change', measure, { signal: abort.signal });
  document.addEventListener(
    'keydown',
    (event) => {
      if (
        isTyping(event) ||
        event.metaKey ||
        event.ctrlKey ||
        event.altKey ||
        document.querySelector('dialog[open]')
      )
        return;
      const run = { '/': () => box.focus(), '?': showKeys, u: chooseFiles }[event.key];
      if (!run) return;
      event.preventDefault();
      run();
    },
    { signal: abort.signal },
  );

  return {
    element,
    close: () => abort.abort(),
    show(view, route, title) {
      main.replaceChildren(view.element);
      // Each new view gets the focus, and screen readers read only this label.
      main.setAttribute('aria-label', title);
      box.value = route.name === 'search' ? (route.query.get('q') ?? '') : '';
      for (const link of navigation) {
        const isHere = link.pathname === '/' ? route.path === '/' : route.path.startsWith(link.pathname);
        if (isHere) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
      }
    },
  };
}
