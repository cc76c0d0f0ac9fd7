// Uploads: files that are chosen or dropped are sent a few at a time.

import { message } from './api.js';
import { button, h, icon } from './dom.js';
import { count } from './format.js';

const AT_ONCE = 3;

/** The time between two announcements of added photos while others are still being sent. */
const INTERVAL = 2000;

/** Fires `added` when photos are added. */
export const uploads = new EventTarget();

const waiting = [];
const sending = new Set();
const ended = { added: 0, known: 0, failed: 0 };

const picker = h('input', {
  type: 'file',
  accept: 'image/*',
  multiple: true,
  class: 'hidden',
  'aria-hidden': 'true',
  tabindex: '-1',
  id: 'files',
  onchange: () => {
    add([...picker.files]);
    picker.value = '';
  },
});
const title = h('h3', { 'aria-live': 'polite' });
const list = h('ul', { tabindex: '0', 'aria-label': 'Files' });
const close = button({
  text: 'Close',
  icon: 'close',
  isShort: true,
  kind: 'is-quiet',
  onclick: () => closePanel(),
});
const panel = h(
  'section',
  { class: 'uploads', 'aria-label': 'Uploads' },
  h('header', {}, title, close),
  list,
);

/** Opens the browser's dialog for choosing files. */
export const chooseFiles = () => picker.click();

let listening;

/** Starts accepting dropped files. */
export function start() {
  listening = new AbortController();
  const { signal } = listening;
  document.body.append(picker);
  const target = h('div', { class: 'drop', hidden: true }, icon('upload'), 'Drop photos to add them');
  document.body.append(target);
  let depth = 0;
  const hasFiles = (event) => event.dataTransfer?.types.includes('Files');
  const enter = (by) => {
    depth = Math.max(depth + by, 0);
    target.hidden = depth === 0;
  };
  window.addEventListener('dragenter', (event) => hasFiles(event) && enter(1), { signal });
  window.addEventListener('dragleave', (event) => hasFiles(event) && enter(-1), { signal });
  window.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault(), { signal });
  window.addEventListener(
    'drop',
    (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      enter(-depth);
      add([...event.dataTransfer.files]);
    },
    { signal },
  );
  window.addEventListener(
    'beforeunload',
    (event) => {
      if (waiting.length || sending.size) event.preventDefault();
    },
    { signal },
  );
}

/** Stops accepting files after the user logs out. */
export function stop() {
  listening?.abort();
  for (const selector of ['#files', '.drop', '.uploads']) document.querySelector(selector)?.remove();
}

function add(files) {
  for (const file of files) {
    const state = h('span', { class: 'state' }, 'Waiting');
    const bar = h('progress', { max: 1, value: 0, 'aria-label': `Upload of ${file.name}` });
    const element = h('li', {}, h('span', { class: 'file', title: file.name }, file.name), state, bar);
    list.append(element);
    waiting.push({ file, element, state, bar });
  }
  if (!panel.isConnected) document.body.append(panel);
  proceed();
}

function proceed() {
  while (sending.size < AT_ONCE && waiting.length) {
    const upload = waiting.shift();
    upload.element.scrollIntoView({ block: 'nearest' });
    sending.add(upload);
    send(upload).then((outcome) => {
      sending.delete(upload);
      ended[outcome] += 1;
      if (outcome === 'added') announceAdded();
      proceed();
    });
  }
  const rest = waiting.length + sending.size;
  close.hidden = rest > 0;
  title.textContent = rest ? `Adding ${count(rest, 'photo')}…` : summary();
  if (!rest) list.querySelector('.is-failed')?.scrollIntoView({ block: 'nearest' });
}

let announced;

/** Announces added photos from time to time, and immediately after the last one. */
function announceAdded() {
  const isLast = !sending.size && !waiting.length;
  const announceNow = () => {
    announced = undefined;
    uploads.dispatchEvent(new Event('added'));
  };
  if (isLast) {
    clearTimeout(announced);
    announceNow();
  } else {
    announced ??= setTimeout(announceNow, INTERVAL);
  }
}

function summary() {
  const parts = [
    ended.added && `${count(ended.added, 'photo')} added`,
    ended.known && `${ended.known.toLocaleString()} already here`,
    ended.failed && `${ended.failed.toLocaleString()} refused`,
  ];
  return parts.filter(Boolean).join(', ');
}

function closePanel() {
  panel.remove();
  list.replaceChildren();
  Object.assign(ended, { added: 0, known: 0, failed: 0 });
}

/** Sends a file. Resolves to its outcome: `added`, `known` or `failed`. */
function send({ file, element, state, bar }) {
  return new Promise((resolve) => {
    // `fetch` does not report the progress of an upload.
    const request = new XMLHttpRequest();
    const end = (outcome, text) => {
      element.classList.add(outcome === 'failed' ? 'is-failed' : 'is-done');
      state.textContent = text;
      bar.remove();
      resolve(outcome);
    };
    request.upload.onprogress = ({ loaded, total }) => {
      bar.value = total ? loaded / total : 0;
      state.textContent = loaded < total ? `${Math.floor((loaded / total) * 100)} %` : 'Checking';
    };
    request.onload = () => {
      if (request.status === 201) end('added', 'Added');
      else if (request.status === 200) end('known', 'Already here');
      else end('failed', message(request.status, request.responseText));
    };
    request.onerror = () => end('failed', message(0, ''));
    request.open('PUT', `/api/photos/${encodeURIComponent(file.name)}`);
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
    request.send(file);
  });
}
