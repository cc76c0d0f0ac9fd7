// The addresses of the page, and the view of each.

const ROUTES = [
  [/^\/$/, 'library'],
  [/^\/favorites$/, 'favorites'],
  [/^\/search$/, 'search'],
  [/^\/albums$/, 'albums'],
  [/^\/albums\/([^/]+)$/, 'album'],
  [/^\/trash$/, 'trash'],
  [/^\/account$/, 'account'],
  [/^\/admin\/migrations$/, 'migrations'],
  [/^\/s\/([^/]+)$/, 'shared'],
];

/** Fires `change` when the address changes. */
export const router = new EventTarget();

/** Returns the view for the current address. */
export function current() {
  const query = new URLSearchParams(location.search);
  for (const [pattern, name] of ROUTES) {
    const found = location.pathname.match(pattern);
    if (found) return { name, key: found[1], query, path: location.pathname };
  }
  return { name: 'nowhere', query, path: location.pathname };
}

/** Goes to an address. With `isReplaced`, the back button skips the current one. */
export function go(address, isReplaced = false) {
  if (address === location.pathname + location.search) return;
  if (isReplaced) history.replaceState(history.state, '', address);
  else history.pushState({ hasEarlier: true }, '', address);
  router.dispatchEvent(new Event('change'));
}

/** Goes back if the previous address is one of this page, and to a given address otherwise. */
export function back(address) {
  if (history.state?.hasEarlier) history.back();
  else go(address, true);
}

/** Returns the current address with the given photo open, or with none. */
export function withPhoto(uuid) {
  const query = new URLSearchParams(location.search);
  if (uuid) query.set('photo', uuid);
  else query.delete('photo');
  return query.size ? `${location.pathname}?${query}` : location.pathname;
}

/** Starts handling links and the browser's back and forward buttons. */
export function start() {
  window.addEventListener('popstate', () => router.dispatchEvent(new Event('change')));
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="/"]');
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (
      !link ||
      !isPlain ||
      event.defaultPrevented ||
      link.target ||
      link.download ||
      link.pathname.startsWith('/api/')
    )
      return;
    event.preventDefault();
    go(link.getAttribute('href'));
  });
}
