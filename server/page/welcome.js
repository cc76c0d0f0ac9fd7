// The first visit and the login.

import { accounts as api } from './api.js';
import { brand } from './brand.js';
import { field, form, h, input, svg } from './dom.js';

/** Draws hills in the evening. */
function landscape() {
  const hill = (d, fill) => svg('path', { d, fill });
  return svg(
    'svg',
    { viewBox: '0 0 600 900', preserveAspectRatio: 'xMidYMax slice', 'aria-hidden': 'true' },
    svg(
      'defs',
      {},
      svg(
        'linearGradient',
        { id: 'sky', x1: 0, y1: 0, x2: 0, y2: 1 },
        svg('stop', { offset: '0', 'stop-color': '#0d3b42' }),
        svg('stop', { offset: '.5', 'stop-color': '#3f7f7b' }),
        svg('stop', { offset: '.72', 'stop-color': '#f0c48a' }),
      ),
    ),
    svg('rect', { width: 600, height: 900, fill: 'url(#sky)' }),
    svg('circle', { cx: 408, cy: 470, r: 54, fill: '#f9e3b8' }),
    hill('M0 560 120 470 210 535 330 420 470 560 600 480V900H0z', '#5f9086'),
    hill('M0 640 90 590 220 650 380 540 520 640 600 600V900H0z', '#2f6a63'),
    hill('M0 730C120 660 240 720 340 690S520 640 600 690V900H0z', '#17504a'),
    hill('M0 800C140 740 300 800 420 770S560 740 600 760V900H0z', '#0b3733'),
  );
}

function frame(title, text, ...content) {
  return h(
    'div',
    { class: 'welcome' },
    h(
      'aside',
      { class: 'art', 'aria-label': 'About PhotoSafe' },
      landscape(),
      h('h2', {}, 'Your photos, on your own server.'),
      h('p', {}, 'The originals stay exactly as they are. Nothing leaves this machine unless you share it.'),
    ),
    h(
      'main',
      { id: 'main' },
      h(
        'div',
        { class: 'card' },
        h('header', {}, brand(), h('h1', {}, title), text && h('p', {}, text)),
        content,
      ),
    ),
  );
}

const username = (properties) =>
  field(
    'Username',
    input({
      name: 'username',
      required: true,
      maxlength: 64,
      autocomplete: 'username',
      autocapitalize: 'none',
      spellcheck: 'false',
      ...properties,
    }),
  );

function registration(state, done, other) {
  const isFirst = !state.accounts;
  const submit = h('button', { class: 'button is-primary' }, 'Create account');
  const fields = [
    isFirst &&
      field(
        'Code',
        input({
          name: 'code',
          class: 'input code',
          required: true,
          autocomplete: 'one-time-code',
          autocapitalize: 'none',
          spellcheck: 'false',
          placeholder: '00000-00000-00000-00000',
          'data-focus': true,
        }),
        'The server printed it when it started. It proves that the server is yours.',
      ),
    username({ 'data-focus': !isFirst }),
    field('Email', input({ name: 'email', type: 'email', required: true, autocomplete: 'email' })),
    field(
      'Password',
      input({
        name: 'password',
        type: 'password',
        required: true,
        minlength: 8,
        autocomplete: 'new-password',
      }),
      'At least 8 characters',
    ),
    submit,
  ];
  const create = form(
    async (account) => {
      await api.register(account);
      await api.logIn(account.username, account.password);
      await done();
    },
    fields.filter(Boolean),
    submit,
  );
  const title = isFirst ? 'Welcome' : 'Create an account';
  return frame(
    title,
    isFirst && 'Create the first account. It owns this server.',
    create,
    !isFirst && h('p', { class: 'foot' }, 'Already have an account? ', other('Log in')),
  );
}

function login(state, done, other) {
  const submit = h('button', { class: 'button is-primary' }, 'Log in');
  const enter = form(
    async ({ username: name, password }) => {
      await api.logIn(name, password);
      await done();
    },
    [
      username({ 'data-focus': true }),
      field(
        'Password',
        input({ name: 'password', type: 'password', required: true, autocomplete: 'current-password' }),
      ),
      submit,
    ],
    submit,
  );
  return frame(
    'Log in',
    undefined,
    enter,
    state.registration === 'open'
      ? h('p', { class: 'foot' }, 'New here? ', other('Create an account'))
      : h(
          'p',
          { class: 'foot small' },
          'No account, or a forgotten password? The operator of this server can help, with ',
          h('code', {}, 'server user'),
          '.',
        ),
  );
}

/** Creates the view for people who are not logged in. `done` is called once they are. */
export function welcome(state, done) {
  const place = h('div');
  const show = (view) => {
    const other = (text) =>
      h(
        'a',
        {
          href: '#',
          onclick: (event) => {
            event.preventDefault();
            show(view === login ? registration : login);
          },
        },
        text,
      );
    place.replaceChildren(view(state, done, other));
    place.querySelector('[data-focus]')?.focus();
  };
  show(state.accounts ? login : registration);
  return place;
}
