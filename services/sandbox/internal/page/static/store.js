// What the page knows: the workspace as one person sees it, kept current by events.

export const store = {
  me: '', bot: '', team: { name: '' }, users: [], usergroups: [], channels: [], commands: [], views: [], home: null,
  connections: 0, httpMode: false,
  user: (id) => store.users.find((u) => u.id === id),
  channel: (id) => store.channels.find((c) => c.id === id || (c.name && c.name === id)),
  people: () => store.users.filter((u) => !u.is_bot && !u.deleted),
};

const maxKept = 2000; // messages of a channel, threads included

const listeners = [];
// on calls f(kind, data) after every change.
export const on = (f) => listeners.push(f);
const tell = (kind, data) => listeners.forEach((f) => f(kind, data));

// call makes a driving call and returns its answer; a lost connection is an answer too.
export async function call(method, args) {
  try {
    const resp = await fetch('/api/' + method, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(args || {}),
    });
    return await resp.json();
  } catch {
    return { ok: false, error: 'offline', message: 'the workspace cannot be reached' };
  }
}

// read marks: the last message seen, by channel, kept in this browser for each person.
const readKey = () => 'parley.read.' + store.me;
const reads = () => JSON.parse(localStorage.getItem(readKey()) || '{}');
export const lastRead = (channel) => reads()[channel.id] || '0';
export function markRead(channel) {
  const all = reads();
  all[channel.id] = newest(channel);
  localStorage.setItem(readKey(), JSON.stringify(all));
}
const newest = (channel) => channel.messages.reduce((ts, m) => (m.ts > ts ? m.ts : ts), '0');

// unread counts what a person has not seen in a channel, and what mentions them.
export function unread(channel) {
  const after = lastRead(channel);
  const fresh = channel.messages.filter((m) => m.ts > after && m.user !== store.me && top(m));
  return { count: fresh.length, mentions: fresh.filter((m) => mentionsMe(m) || m.is_ephemeral || channel.is_im).length };
}

// top tells whether a message stands in the channel itself, not only in a thread.
export const top = (m) => !m.thread_ts || m.thread_ts === m.ts || m.subtype === 'thread_broadcast';

export function mentionsMe(m) {
  const text = m.text + JSON.stringify(m.blocks || '');
  return text.includes('<@' + store.me + '>') || /<!(here|channel|everyone)/.test(text)
    || store.usergroups.some((g) => g.users.includes(store.me) && text.includes('<!subteam^' + g.id));
}

let stream, retry;

// load reads the workspace as a person, and follows it from there.
export async function load(person) {
  clearTimeout(retry);
  stream?.close();
  let state;
  try {
    const resp = await fetch('/api/sandbox.state?user=' + encodeURIComponent(person || ''));
    state = await resp.json();
  } catch {
    tell('offline', true);
    retry = setTimeout(() => load(person), 1000);
    return;
  }
  Object.assign(store, state, { httpMode: state.http_mode, home: state.home || null });
  tell('state');
  follow(state.position);
}

function follow(position) {
  const me = store.me;
  stream = new EventSource('/api/sandbox.events?user=' + encodeURIComponent(me) + '&after=' + encodeURIComponent(position));
  stream.onopen = () => tell('offline', false);
  stream.onerror = () => {
    tell('offline', true);
    if (stream.readyState === EventSource.CLOSED) retry = setTimeout(() => load(me), 1000);
  };
  stream.onmessage = (e) => {
    const { kind, data } = JSON.parse(e.data);
    if (kind === 'reload') load(me);
    else apply(kind, data);
  };
}

function settle(list, one) {
  const i = list.findIndex((x) => x.id === one.id);
  if (i < 0) list.push(one);
  else list[i] = one;
}

// known adds a channel that an answer brought before its event.
export function known(channel) {
  if (!store.channel(channel.id)) store.channels.push({ ...channel, messages: [] });
  return store.channel(channel.id);
}

// apply brings one change into the store.
function apply(kind, data) {
  const channel = data.channel && store.channel(data.channel);
  switch (kind) {
    case 'message': {
      if (!channel) return;
      const i = channel.messages.findIndex((m) => m.ts === data.message.ts);
      if (i >= 0) channel.messages[i] = data.message;
      else channel.messages.push(data.message);
      if (channel.messages.length > maxKept) channel.messages.splice(0, maxKept / 4);
      break;
    }
    case 'gone':
      if (!channel) return;
      channel.messages = channel.messages.filter((m) => m.ts !== data.ts);
      break;
    case 'channel':
      if (data.user && data.user !== store.me) return;
      if (store.channel(data.id)) Object.assign(store.channel(data.id), data);
      else store.channels.push({ ...data, messages: [] });
      break;
    case 'views': store.views = data; break;
    case 'home': store.home = data; break;
    case 'group': settle(store.usergroups, data); break;
    case 'person': settle(store.users, data); break;
    case 'app': store.connections = data.connections; break;
  }
  tell(kind, data);
}
