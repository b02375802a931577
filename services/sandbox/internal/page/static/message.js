// One message: who, when, what, and what can be done with it.
import { h, fill, icon, put } from './dom.js';
import { mrkdwn, emojiNode } from './mrkdwn.js';
import { emoji, frequent, search } from './emoji.js';
import { blocks, attachment, keepRoom } from './blocks.js';
import { lightbox } from './dialog.js';
import { openMenu } from './menu.js';
import { time, exact, ago } from './time.js';
import { call, store } from './store.js';

// replay is how often a click is sent: the switch for developers.
export const replay = { times: 1 };

const hue = (id) => [...id].reduce((n, c) => (n * 31 + c.charCodeAt(0)) % 360, 7);

// avatar draws a person as initials, the app as its logo.
export function avatar(id, size = '') {
  const u = store.user(id);
  if (id === store.bot) return h('img', { class: 'avatar ' + size, src: '/logo.svg', alt: '' });
  const el = h('span', { class: 'avatar letters ' + size, 'aria-hidden': 'true' },
    (u?.real_name || '?').split(/\s+/).map((w) => w[0]).slice(0, 2).join('').toUpperCase());
  el.style.setProperty('--hue', hue(id));
  return el;
}

export const nameOf = (m) => m.username || store.user(m.user)?.real_name || m.user;

// message renders m; follows is true where the same author spoke just before, openThread
// is absent within a thread.
export function message(m, channel, { follows = false, openThread } = {}) {
  const el = h('article', {
    class: 'message' + (follows ? ' follows' : '') + (m.is_ephemeral ? ' private' : ''),
    dataset: { ts: m.ts, user: m.user },
  });
  const note = h('div', { class: 'message-note', role: 'status' });
  const values = {};
  const surface = {
    values, of: { channel: channel.id, ts: m.ts }, channel,
    act: async (action, control) => {
      control?.classList.add('busy');
      fill(note);
      const send = (a) => call('sandbox.click', { user: store.me, channel: channel.id, ts: m.ts, ...a, state: values, times: replay.times });
      let answer = await send(action);
      // The message was edited while its dialog was open: its blocks have other ids now.
      if (answer.error === 'action_not_found') answer = await send({ ...action, block_id: undefined });
      control?.classList.remove('busy');
      const said = note.isConnected ? note : document.querySelector('.message[data-ts="' + m.ts + '"] .message-note') || note;
      if (!answer.ok) fill(said, icon('warn'), problem(answer));
      else if (replay.times > 1) fill(said, icon('replay'), `Sent ${answer.sent} times, acknowledged ${answer.acked} times.`);
    },
  };
  return put(el,
    h('div', { class: 'gutter' }, follows ? h('time', { class: 'hover-time' }, time(m.ts)) : avatar(m.user)),
    h('div', { class: 'message-body' },
      m.is_ephemeral ? h('div', { class: 'only-you' }, icon('eye'), 'Only visible to you') : null,
      m.subtype === 'thread_broadcast' ? h('div', { class: 'only-you' }, icon('reply'), 'also sent from a thread') : null,
      follows ? null : h('header', { class: 'message-head' },
        h('b', { class: 'author' }, nameOf(m)),
        m.bot_id ? h('span', { class: 'app-badge' }, 'APP') : null,
        h('time', { class: 'stamp', title: exact(m.ts) }, time(m.ts))),
      body(m, surface), note,
      reactions(m, channel),
      openThread && m.reply_count ? threadLink(m, openThread) : null),
    toolbar(m, channel, openThread));
}

export function problem(answer) {
  return {
    operation_timeout: 'This app didn’t respond in time. Its author has to fix that.',
    no_app_connected: 'No app is connected to this workspace, so nothing happened.',
    action_not_found: 'This message has changed meanwhile, and does not offer that any more.',
    dispatch_failed: 'This app answered with an error.',
  }[answer.error] || answer.message || answer.error;
}

function body(m, surface) {
  if (m.subtype === 'tombstone') return h('div', { class: 'b-text tombstone' }, 'This message was deleted.');
  const edited = m.edited ? h('span', { class: 'edited', title: exact(m.edited.ts) }, ' (edited)') : null;
  const parts = [];
  if (m.blocks?.length) {
    const list = h('div', { class: 'blocks' }, blocks(m.blocks, surface));
    // At the end of the last text, as in Slack, or below whatever else is last.
    const last = list.lastElementChild;
    put((last.matches('.b-section:not(:has(.b-fields)), .b-rich') && [...last.querySelectorAll('.b-text')].at(-1)) || (last.matches('.b-context') ? last : list), edited);
    parts.push(list);
  }
  else if (m.text) parts.push(h('div', { class: 'b-text' }, mrkdwn(m.text), edited));
  for (const a of m.attachments || []) parts.push(attachment(a, surface));
  for (const f of m.files || []) parts.push(file(f));
  return parts;
}

function file(f) {
  if (/^image\/(png|jpeg|gif)/.test(f.mimetype)) {
    return h('figure', { class: 'b-image' }, h('figcaption', null, f.title),
      h('button', { type: 'button', class: 'pic large', onclick: () => lightbox('/files/' + f.id, f.title) }, keepRoom(h('img', { class: 'large', src: '/files/' + f.id, alt: f.alt_txt || f.title }), f.original_w, f.original_h)));
  }
  return h('a', { class: 'file-link', href: '/files/' + f.id, target: '_blank', rel: 'noopener' }, icon('image'),
    h('span', null, h('b', null, f.title), h('span', { class: 'b-hint' }, f.mimetype ? f.pretty_type + ', ' + f.size + ' bytes' : 'Being processed…')));
}

function reactions(m, channel) {
  if (!m.reactions?.length) return null;
  return h('div', { class: 'reactions' }, m.reactions.map((r) => {
    const mine = r.users.includes(store.me);
    return h('button', {
      type: 'button', class: 'reaction' + (mine ? ' mine' : ''), title: r.users.map((u) => store.user(u)?.real_name || u).join(', ') + ' reacted with :' + r.name + ':',
      onclick: () => call('sandbox.react', { user: store.me, channel: channel.id, ts: m.ts, name: r.name, remove: mine }),
    }, emojiNode(r.name), h('span', null, r.count));
  }), h('button', { type: 'button', class: 'reaction add', 'aria-label': 'Add a reaction', onclick: (e) => pickReaction(e.currentTarget, m, channel) }, icon('smile')));
}

function pickReaction(anchor, m, channel) {
  const names = [...frequent, ...search('', 1000).map((s) => s.name).filter((n) => !frequent.includes(n))];
  openMenu(anchor, names.map((n) => ({ label: [emoji(n), ' ', h('span', { class: 'menu-note' }, ':' + n + ':')], text: n, value: n })), {
    filter: true, pick: (item) => call('sandbox.react', { user: store.me, channel: channel.id, ts: m.ts, name: item.value }),
  });
}

function threadLink(m, openThread) {
  return h('button', { type: 'button', class: 'thread-link', onclick: () => openThread(m.ts) },
    h('span', { class: 'thread-faces' }, (m.reply_users || []).slice(0, 4).map((u) => avatar(u, 'small'))),
    h('b', null, m.reply_count === 1 ? '1 reply' : m.reply_count + ' replies'),
    h('span', { class: 'thread-last' }, 'Last reply ' + ago(m.latest_reply)), icon('right'));
}

function toolbar(m, channel, openThread) {
  if (m.subtype === 'tombstone' || m.is_ephemeral) return null;
  return h('div', { class: 'toolbar' },
    ['white_check_mark', 'eyes', 'raised_hands'].map((n) => h('button', {
      type: 'button', class: 'icon-button quick', title: ':' + n + ':', onclick: () => call('sandbox.react', { user: store.me, channel: channel.id, ts: m.ts, name: n }),
    }, emoji(n))),
    h('button', { type: 'button', class: 'icon-button', 'aria-label': 'React', title: 'Find another reaction', onclick: (e) => pickReaction(e.currentTarget, m, channel) }, icon('smile')),
    openThread ? h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Reply in thread', title: 'Reply in thread', onclick: () => openThread(m.thread_ts || m.ts) }, icon('reply')) : null);
}
