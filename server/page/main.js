// Starts the page: shows the view for the address, and updates it when the address changes.

import { account } from './account.js';
import { library } from './actions.js';
import { album } from './album.js';
import { albumList } from './albums.js';
import { accounts, session } from './api.js';
import { button, focusMain, h } from './dom.js';
import { all, favorites, search, trash } from './library.js';
import { empty } from './gallery.js';
import { migrations } from './migrations.js';
import { attempt } from './notes.js';
import { current, router, start as followLinks } from './router.js';
import { sharedAlbum } from './share.js';
import { shell } from './shell.js';
import * as upload from './upload.js';
import { welcome } from './welcome.js';

const VIEWS = {
  library: ['Photos', all],
  favorites: ['Favorites', favorites],
  search: ['Search', search],
  albums: ['Albums', albumList],
  album: ['Album', album],
  trash: ['Trash', trash],
  account: ['Account', account],
  migrations: ['Migrations', migrations],
  nowhere: [
    'Not found',
    () => ({
      element: empty({
        icon: 'search',
        title: 'Page not found',
        isPage: true,
        text: 'Check the address for typos.',
        action: h('a', { class: 'button is-primary', href: '/' }, 'Show photos'),
      }),
    }),
  ],
};

const app = document.getElementById('app');
let frame;
let view;
let shown;
let user;

/** Shows the view for the address. Keeps the view if only the open photo differs. */
function show() {
  const route = current();
  const address = `${route.path}?${route.query.get('q') ?? ''}`;
  if (address === shown) {
    view?.update?.();
    return;
  }
  const isFirst = shown === undefined;
  shown = address;
  view?.close?.();
  const [title, create] = VIEWS[route.name] ?? VIEWS.nowhere;
  document.title = `${title} · PhotoSafe`;
  view = create({ ...route, user, signOut });
  frame.show(view, route, title);
  scrollTo(0, 0);
  if (!isFirst) focusMain();
}

async function signOut() {
  await attempt(() => accounts.logOut());
  history.replaceState(null, '', '/');
  await begin();
}

function leave() {
  view?.close?.();
  frame?.close();
  upload.stop();
  [view, shown, frame] = [undefined, undefined, undefined];
}

/** Asks the server who the user is, and shows photos, or the form to register or log in. */
async function begin() {
  leave();
  const route = current();
  app.removeAttribute('aria-busy');
  if (route.name === 'shared') {
    view = sharedAlbum(route);
    app.replaceChildren(view.element);
    return;
  }
  let state;
  try {
    state = await accounts.state();
  } catch (failure) {
    app.replaceChildren(
      empty({
        icon: 'info',
        title: 'PhotoSafe is not ready',
        isPage: true,
        text: failure.message,
        action: button({ text: 'Try again', onclick: begin }),
      }),
    );
    return;
  }
  if (!state.user) {
    document.title = 'PhotoSafe';
    app.replaceChildren(welcome(state, enter));
    app.querySelector('[data-focus]')?.focus();
    return;
  }
  user = state.user;
  frame = shell(user);
  app.replaceChildren(frame.element);
  upload.start();
  show();
}

/** Shows the photos after a login. The form had the focus, and is gone. */
async function enter() {
  await begin();
  focusMain();
}

/** Shows the view for a new address, inside or outside the frame. */
function follow() {
  const isShared = current().name === 'shared';
  if (frame && !isShared) show();
  else if (!frame && isShared && view) view.update();
  else begin();
}

followLinks();
router.addEventListener('change', follow);
session.addEventListener('signed-out', () => frame && begin());
upload.uploads.addEventListener('added', () => {
  view?.reload?.();
  library.dispatchEvent(new Event('change'));
});
begin();
