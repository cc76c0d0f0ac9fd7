// Creates elements. Strings always become text, never markup.

const SVG = 'http://www.w3.org/2000/svg';

/** Creates an element. Properties that start with `on` are listeners; `style` is an object. */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** Creates an element of an SVG image. */
export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    const isAbsent = value === undefined || value === null || (value === false && !name.startsWith('aria-'));
    if (isAbsent) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'style') Object.assign(element.style, value);
    else if (name === 'value' || name === 'checked' || name === 'selected') element[name] = value;
    else element.setAttribute(name, value === true && !name.startsWith('aria-') ? '' : value);
  }
  element.append(
    ...children.flat(3).filter((child) => child !== undefined && child !== null && child !== false),
  );
  return element;
}

const PATHS = {
  photos: 'M4 5h16v14H4z M4 16l4.5-5 4 4.5 2.5-2.5 5 5 M15.5 9.2v.1',
  heart: 'M12 20s-7.5-4.6-7.5-10.2A4.3 4.3 0 0 1 12 7a4.3 4.3 0 0 1 7.5 2.8C19.500 15.400 12 20 12 20z',
  album: 'M4 8h16v12H4z M6.500 5h11 M9 2.500h6',
  trash: 'M4 6.500h16 M9 6.500V4h6v2.500 M6 6.500l1 14h10l1-14 M10 11v5.500 M14 11v5.500',
  search: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13z M15.500 15.500 20 20',
  upload: 'M12 16V4.500 M7 9l5-5 5 5 M4 15.500V20h16v-4.500',
  download: 'M12 4v11.500 M7 11l5 5 5-5 M4 16v4h16v-4',
  close: 'M5.500 5.500l13 13 M18.500 5.500l-13 13',
  back: 'M15 5l-7 7 7 7',
  forward: 'M9 5l7 7-7 7',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 11v5.500 M12 7.600v.1',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  plus: 'M12 5v14 M5 12h14',
  share:
    'M8 12.500 16 8 M8 12.500 16 17 M5.500 15a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z M18 9.300a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z M18 20.700a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M4.500 20.500c.8-3.600 3.800-5.500 7.500-5.500s6.700 1.900 7.500 5.500',
  database:
    'M4.500 6c0-1.700 3.400-3 7.500-3s7.500 1.300 7.500 3-3.400 3-7.500 3-7.500-1.300-7.500-3z M4.500 6v12c0 1.700 3.400 3 7.500 3s7.500-1.300 7.500-3V6 M4.500 12c0 1.700 3.400 3 7.500 3s7.500-1.300 7.500-3',
  edit: 'M4 20l1-4.500L16.500 4l3.500 3.500L8.500 19z M14 6.500l3.500 3.500',
  restore: 'M4.500 12a7.500 7.500 0 1 0 2.400-5.500L4.500 9 M4.500 4v5h5',
  pin: 'M12 21s-6.500-6-6.500-11a6.500 6.500 0 0 1 13 0c0 5-6.500 11-6.500 11z M12 12.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400z',
  calendar: 'M4.500 6h15v14h-15z M4.500 10.500h15 M8.500 3.500V7 M15.500 3.500V7',
  camera: 'M4 7.500h3.500L9 5h6l1.500 2.500H20V19H4z M12 16.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z',
  file: 'M6 3h8l4 4v14H6z M14 3v4h4',
  order: 'M7 4v16 M4 17l3 3 3-3 M17 20V4 M14 7l3-3 3 3',
  select: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M8 12.200l3 3 5-5.700',
  cover: 'M5 4h14v16l-7-4.500L5 20z',
  copy: 'M8.500 8.500H20V20H8.500z M15.500 8.500V4H4v11.500h4.500',
  out: 'M14 4H5v16h9 M10.500 12H20 M16.500 8.500 20 12l-3.500 3.500',
};

/** Creates an icon. It has no name for screen readers, because its button has one. */
export function icon(name, isFilled = false) {
  return svg(
    'svg',
    { viewBox: '0 0 24 24', class: isFilled ? 'icon is-filled' : 'icon', 'aria-hidden': 'true' },
    svg('path', { d: PATHS[name] }),
  );
}

/** Creates a button with an icon and text. With `isShort`, the text is only for screen readers. */
export function button({ text, icon: name, kind = '', isShort = false, isFilled = false, ...properties }) {
  const classes = `button ${kind} ${isShort ? 'is-icon' : ''}`;
  return h(
    'button',
    { type: 'button', class: classes, title: isShort ? text : undefined, ...properties },
    name && icon(name, isFilled),
    h('span', { class: isShort ? 'hidden' : 'text' }, text),
  );
}

/** Creates a labeled field around an input. */
export function field(label, input, hint) {
  input.id ||= `field-${(field.count = (field.count ?? 0) + 1)}`;
  if (hint) input.setAttribute('aria-describedby', `${input.id}-hint`);
  return h(
    'div',
    { class: 'field' },
    h('label', { for: input.id }, label),
    input,
    hint && h('span', { class: 'hint', id: `${input.id}-hint` }, hint),
  );
}

/** Creates an input. */
export function input(properties) {
  return h(properties.rows ? 'textarea' : 'input', { class: 'input', ...properties });
}

/** Creates a form that is busy while its handler runs, and shows the handler's error. */
export function form(handler, children, submit) {
  const error = h('p', { class: 'form-error', role: 'alert', hidden: true });
  const element = h(
    'form',
    {
      class: 'form',
      onsubmit: async (event) => {
        event.preventDefault();
        error.hidden = true;
        submit.disabled = true;
        try {
          await handler(Object.fromEntries(new FormData(element)));
        } catch (failure) {
          error.textContent = failure.message;
          error.hidden = false;
        } finally {
          submit.disabled = false;
        }
      },
    },
    error,
    children,
  );
  return element;
}

/** `true` if there is a mouse, and so probably a keyboard. */
export const hasMouse = matchMedia('(hover: hover)').matches;

/** Announces text to screen readers. */
export function announce(text) {
  document.getElementById('announcer').textContent = text;
}

/** Moves the focus to the main content, for example before the element that has it is removed. */
export function focusMain() {
  document.getElementById('main')?.focus({ preventScroll: true });
}

/** Returns `true` if nothing has the focus. */
export const hasNoFocus = () => document.activeElement === document.body;

/** Returns `true` if the focused field handles a key itself. */
export function isTyping(event) {
  return event.target.closest?.('input, textarea, select, [contenteditable]') !== null;
}
