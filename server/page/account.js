// The account, its sessions and its access tokens.

import { accounts as api } from './api.js';
import { button, field, form, h, input } from './dom.js';
import { confirm, openDialog } from './dialog.js';
import { date, instant } from './format.js';
import { attempt } from './notes.js';
import { copyable } from './share.js';

/** Returns a short name for a browser from its `User-Agent`. */
function clientName(text) {
  const browser = [
    ['Firefox/', 'Firefox'],
    ['Edg/', 'Edge'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
    ['curl/', 'curl'],
  ].find(([mark]) => text.includes(mark));
  const system = [
    ['Android', 'Android'],
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Windows', 'Windows'],
    ['Mac OS', 'macOS'],
    ['Linux', 'Linux'],
  ].find(([mark]) => text.includes(mark));
  return browser ? [browser[1], system?.[1]].filter(Boolean).join(' on ') : text;
}

function row(token, reload) {
  const name = token.kind === 'session' ? clientName(token.name) : token.name;
  const revoke = async () => {
    const isWanted = await confirm({
      title: `Revoke “${name}”?`,
      text: 'It will no longer have access to your photos.',
      action: 'Revoke',
    });
    if (!isWanted) return;
    await attempt(() => api.revokeToken(token.id));
    await reload();
  };
  return h(
    'li',
    {},
    h(
      'div',
      {},
      h('div', {}, name, ' ', token.is_current && h('span', { class: 'badge is-good' }, 'This browser')),
      h(
        'div',
        { class: 'muted small' },
        `Used ${instant(token.last_used_at)} · valid until ${date(token.expires_at)}`,
      ),
    ),
    !token.is_current && button({ text: 'Revoke', kind: 'is-danger', onclick: revoke }),
  );
}

function createToken(reload) {
  const days = h(
    'select',
    { class: 'input', name: 'days' },
    [
      [30, '30 days'],
      [365, 'a year'],
      [3650, '10 years'],
    ].map(([value, text]) => h('option', { value, selected: value === 365 }, text)),
  );
  const submit = h('button', { class: 'button is-primary' }, 'Create token');
  const body = h('div', { class: 'form' });
  body.append(
    form(
      async (values) => {
        const { access_token: secret } = await api.createToken(values.name, Number(values.days));
        body.replaceChildren(
          copyable('Access token', secret),
          h(
            'p',
            { class: 'muted' },
            'Copy it now. The server stores only its hash, so it cannot be shown again.',
          ),
        );
        await reload();
      },
      [
        field(
          'Name',
          input({ name: 'name', required: true, maxlength: 100, placeholder: 'Laptop backup' }),
        ),
        field('Valid for', days),
        h('div', { class: 'actions is-end' }, submit),
      ],
      submit,
    ),
  );
  openDialog({ title: 'New access token', body });
}

/** Creates the view. */
export function account({ user, signOut }) {
  const sessions = h('ul', { class: 'rows' });
  const tokens = h('ul', { class: 'rows' });
  const none = h('p', { class: 'muted' }, 'No tokens.');
  const reload = () =>
    attempt(async () => {
      const all = await api.tokens();
      const of = (kind) => all.filter((token) => token.kind === kind).map((token) => row(token, reload));
      sessions.replaceChildren(...of('session'));
      tokens.replaceChildren(...of('token'));
      tokens.hidden = !tokens.children.length;
      none.hidden = !tokens.hidden;
    });
  reload();
  const name = user.name || user.username;
  return {
    reload,
    element: h(
      'div',
      {},
      h('div', { class: 'head' }, h('div', {}, h('h1', {}, 'Account'))),
      h(
        'div',
        { class: 'sections' },
        h(
          'section',
          {},
          h(
            'div',
            { class: 'person' },
            h('div', { class: 'face', 'aria-hidden': 'true' }, name.slice(0, 1).toUpperCase()),
            h(
              'div',
              {},
              h('h2', {}, name),
              h(
                'p',
                { class: 'muted' },
                [user.email, user.is_superuser && 'owner of this server'].filter(Boolean).join(' · '),
              ),
            ),
            button({ text: 'Log out', icon: 'out', onclick: signOut }),
          ),
        ),
        user.is_superuser &&
          h(
            'section',
            {},
            h(
              'header',
              {},
              h('div', {}, h('h2', {}, 'Server'), h('p', {}, 'The database, its migrations and its schema.')),
              h('a', { class: 'button', href: '/admin/migrations' }, 'Show migrations'),
            ),
          ),
        h(
          'section',
          {},
          h(
            'header',
            {},
            h('div', {}, h('h2', {}, 'Sessions'), h('p', {}, 'Browsers where you are logged in.')),
          ),
          sessions,
        ),
        h(
          'section',
          {},
          h(
            'header',
            {},
            h(
              'div',
              {},
              h('h2', {}, 'Access tokens'),
              h('p', {}, 'For programs that use the API on your behalf.'),
            ),
            button({ text: 'New token', icon: 'plus', onclick: () => createToken(reload) }),
          ),
          none,
          tokens,
        ),
      ),
    ),
  };
}
