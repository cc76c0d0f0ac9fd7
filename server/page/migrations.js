// The migrations of the database, for the owner of the server.

import { admin } from './api.js';
import { chainPicture } from './chain-picture.js';
import { button, h } from './dom.js';
import { count, instant } from './format.js';
import { empty } from './gallery.js';
import { schemaPicture } from './schema-picture.js';

const STATES = {
  at_head: ['is-good', 'Up to date', 'The database is at the head.'],
  fresh: ['is-warning', 'Empty', 'The database is empty.'],
  behind: [
    'is-bad',
    'Behind',
    'Another process downgraded the database. Restart the server to migrate it again.',
  ],
  ahead: [
    'is-bad',
    'Ahead',
    'A newer program migrated the database. Stop this server and start the newer one.',
  ],
  diverged: [
    'is-bad',
    'Edited',
    'A script was edited after it was applied. Run “server db check” for details.',
  ],
  unversioned: ['is-bad', 'No revision', 'The database has tables but no revision.'],
};

const milliseconds = (value) => `${value.toLocaleString(undefined, { maximumFractionDigits: 1 })} ms`;

function panel(title, ...content) {
  return h('section', { class: 'panel', 'aria-label': title }, h('h2', {}, title), content);
}

function fact(name, value, isCode = false) {
  return h('div', {}, h('dt', {}, name), h('dd', { class: isCode ? 'mono' : undefined }, value));
}

function statePanel(data) {
  const [kind, name, text] = STATES[data.state] ?? STATES.unversioned;
  return h(
    'section',
    { class: 'panel', 'aria-label': 'State' },
    h(
      'div',
      { class: 'state' },
      h('div', {}, h('h2', {}, text), data.state !== 'at_head' && h('p', { class: 'muted' }, data.summary)),
      h('span', { class: `badge ${kind}` }, name),
    ),
    h(
      'dl',
      { class: 'facts' },
      fact('Database', data.database, true),
      fact('Revision', data.revision.join(', ') || 'none', true),
      fact('Head of this program', data.head.join(', '), true),
      fact(
        'Applied',
        `${data.chain.filter(({ applied }) => applied).length} of ${count(data.chain.length, 'revision')}`,
      ),
    ),
  );
}

/** Describes the differences between the database and the head. */
function separation({ pending, unknown, difference, chain }) {
  const describe = (id) => {
    const found = chain.find(({ revision }) => revision === id);
    return h('li', {}, h('code', {}, id), found?.message ? `  ${found.message}` : '');
  };
  if (!pending.length && !unknown.length && !difference.length) return undefined;
  return panel(
    'Differences from the head',
    pending.length > 0 && [
      h('p', {}, 'The database lacks these revisions:'),
      h('ul', { class: 'plain' }, pending.map(describe)),
    ],
    unknown.length > 0 && [
      h('p', {}, 'This program lacks these revisions:'),
      h('ul', { class: 'plain' }, unknown.map(describe)),
    ],
    difference.length > 0 && [
      h('p', {}, 'The schema differs from the schema that the migrations produce:'),
      h(
        'ul',
        { class: 'plain' },
        difference.map((text) => h('li', {}, text)),
      ),
    ],
  );
}

function upgradePanel({ last_upgrade: last, ledger }) {
  if (!last) {
    const entry = ledger.at(-1);
    return panel(
      'The last upgrade',
      h('p', {}, 'Nothing had to be migrated when this server started.'),
      entry &&
        h(
          'p',
          { class: 'muted' },
          `The latest step was the ${entry.action} of ${entry.revision} on ${instant(entry.applied_at)}.`,
        ),
    );
  }
  const time = last.ran.reduce((sum, run) => sum + run.milliseconds, 0);
  const lost = last.ran.flatMap((run) => run.lost);
  return panel(
    'The last upgrade',
    h(
      'p',
      {},
      `When this server started, it applied ${count(last.ran.length, 'revision')} in ${milliseconds(time)}.`,
    ),
    h(
      'p',
      { class: 'muted' },
      last.backup
        ? ['The database was first copied to ', h('code', {}, last.backup), '.']
        : 'No copy was made, because the database was empty or copies are turned off.',
    ),
    lost.length > 0 && h('p', {}, `Data lost, as declared in the scripts: ${lost.join(', ')}.`),
    last.warnings.map((text) => h('p', {}, text)),
  );
}

function ledgerPanel({ ledger }) {
  const rows = [...ledger]
    .reverse()
    .map((entry) =>
      h(
        'tr',
        {},
        h('td', { class: 'fixed' }, instant(entry.applied_at)),
        h(
          'td',
          {},
          h(
            'span',
            { class: entry.action === 'upgrade' ? 'badge is-good' : 'badge is-warning' },
            entry.action,
          ),
        ),
        h('td', { class: 'mono fixed' }, entry.revision),
        h('td', {}, entry.message),
        h('td', { class: 'number' }, milliseconds(entry.milliseconds)),
      ),
    );
  const head = ['Time', 'Step', 'Revision', 'Script', 'Took'].map((text, at) =>
    h('th', { scope: 'col', class: at === 4 ? 'number' : undefined }, text),
  );
  return panel(
    'Ledger',
    h('p', { class: 'muted' }, 'Every step that ran on this database, newest first.'),
    h(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Ledger rows' },
      h('table', { class: 'table' }, h('thead', {}, h('tr', {}, head)), h('tbody', {}, rows)),
    ),
  );
}

/** Creates the view. */
export function migrations() {
  const content = h(
    'div',
    { class: 'migrations' },
    h('div', { class: 'loading' }, h('div', { class: 'spinner', role: 'status', 'aria-label': 'Loading' })),
  );
  const load = async () => {
    try {
      const data = await admin.migrations();
      content.replaceChildren(
        ...[
          statePanel(data),
          separation(data),
          upgradePanel(data),
          panel('Chain', chainPicture(data.chain)),
          ledgerPanel(data),
          panel(
            'Schema',
            h(
              'p',
              { class: 'muted' },
              'The tables of the database. Bold columns are primary keys, and a question mark means that a column can be NULL.',
            ),
            h(
              'div',
              { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Schema diagram' },
              schemaPicture(data.schema.tables),
            ),
          ),
        ].filter(Boolean),
      );
    } catch (failure) {
      content.replaceChildren(
        empty({
          icon: 'database',
          title: 'Migrations could not be loaded',
          text: failure.message,
          action: button({ text: 'Try again', onclick: load }),
        }),
      );
    }
  };
  load();
  return {
    element: h(
      'div',
      {},
      h(
        'div',
        { class: 'head' },
        h('div', {}, h('h1', {}, 'Migrations')),
        button({ text: 'Refresh', icon: 'restore', onclick: load }),
      ),
      content,
    ),
    reload: load,
  };
}
