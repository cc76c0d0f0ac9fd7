// The requests to the server. Every failure is an `ApiError` with a message to show.

/** A failed request. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Fires `signed-out` when the session has ended. */
export const session = new EventTarget();

const ADVICE = {
  0: 'The server cannot be reached. Check that it is running and that you are online, then try again.',
  500: 'The server failed. Try again. If it fails again, its log shows the reason.',
  503: 'The server is busy or starting. Try again in a moment.',
};

/** Returns the message of a failed response. */
export function message(status, text) {
  let detail;
  try {
    detail = JSON.parse(text).detail;
  } catch {
    detail = undefined;
  }
  if (Array.isArray(detail)) detail = detail.map((problem) => problem.msg).join('; ');
  return ADVICE[status] ?? detail ?? `The server answered with status ${status}.`;
}

/** Sends a request and returns the response. */
export async function send(method, path, { query, json, body, headers } = {}) {
  const entries = Object.entries(query ?? {}).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  const address = entries.length ? `${path}?${new URLSearchParams(entries)}` : path;
  const options = { method, headers: { Accept: 'application/json', ...headers }, body };
  if (json !== undefined) {
    options.body = JSON.stringify(json);
    options.headers['Content-Type'] = 'application/json';
  }
  const response = await fetch(address, options).catch(() => {
    throw new ApiError(0, ADVICE[0]);
  });
  if (response.ok) return response;
  if (response.status === 401 && !path.startsWith('/api/auth/session'))
    session.dispatchEvent(new Event('signed-out'));
  throw new ApiError(response.status, message(response.status, await response.text()));
}

const read = async (method, path, options) => (await send(method, path, options)).json();
const get = (path, query) => read('GET', path, { query });

export const accounts = {
  state: () => get('/api/auth/state'),
  register: (account) => read('POST', '/api/auth/register', { json: account }),
  logIn: (username, password) =>
    read('POST', '/api/auth/session', { body: new URLSearchParams({ username, password }) }),
  logOut: () => read('POST', '/api/auth/logout'),
  tokens: () => get('/api/auth/tokens'),
  createToken: (name, days) => read('POST', '/api/auth/tokens', { json: { name, days } }),
  revokeToken: (id) => read('DELETE', `/api/auth/tokens/${id}`),
};

export const photos = {
  page: (filter, after) => get('/api/library/photos', { limit: 200, ...filter, after }),
  one: (uuid) => get(`/api/photos/${uuid}/`),
  edit: (uuid, change) => read('PATCH', `/api/photos/${uuid}/`, { json: change }),
  bulk: (uuids, action, album) => read('POST', '/api/photos/bulk', { json: { uuids, action, album } }),
  emptyTrash: () => read('DELETE', '/api/trash'),
  zip: (uuids) => send('POST', '/api/photos/zip', { json: { uuids } }),
  months: (filter) => get('/api/library/months', filter),
  status: () => get('/api/library/status'),
};

export const albums = {
  all: () => get('/api/albums/'),
  one: (uuid) => get(`/api/albums/${uuid}/`),
  create: (title, uuids = []) => read('POST', '/api/albums/', { json: { title, photos: uuids } }),
  edit: (uuid, change) => read('PATCH', `/api/albums/${uuid}/`, { json: change }),
  remove: (uuid) => send('DELETE', `/api/albums/${uuid}/`),
  zip: (uuid) => `/api/albums/${uuid}/zip`,
  shares: (uuid) => get(`/api/albums/${uuid}/shares`),
  share: (uuid, days) => read('POST', `/api/albums/${uuid}/shares`, { json: { days } }),
  unshare: (id) => send('DELETE', `/api/shares/${id}`),
};

export const shared = {
  album: (token) => get(`/api/shared/${token}`),
  zip: (token) => `/api/shared/${token}/zip`,
};

export const admin = { migrations: () => get('/api/admin/migrations') };
