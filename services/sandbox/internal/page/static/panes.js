// The message list of a channel and the thread beside it.
import { h, icon, put } from './dom.js';
import { avatar, message } from './message.js';
import { composer } from './composer.js';
import { day, dayKey } from './time.js';
import { lastRead, store, top } from './store.js';
import { mrkdwn } from './mrkdwn.js';
import { other, title } from './place.js';

// near tells whether a list is scrolled to its end, or almost.
const near = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 80;
const toEnd = (list) => { list.scrollTop = list.scrollHeight; };

// What is drawn anew between a press and its release swallows the click: a list under
// a pressed pointer waits.
let pressed = null, later = null;
addEventListener('pointerdown', (e) => { pressed = e.button === 0 ? e.target.closest('.feed') : null; }, true);
for (const end of ['pointerup', 'pointercancel']) {
  addEventListener(end, () => {
    pressed = null;
    if (later) setTimeout(later, 50); // a touch's click comes after its release
    later = null;
  }, true);
}

// feed keeps a scrolling list of messages current. pick chooses the messages, options
// are those of message().
function feed(channel, pick, options, { before = () => null, days = true, mark = null } = {}) {
  const list = h('div', { class: 'feed', tabindex: 0, role: 'log', 'aria-live': 'polite' });
  const inner = h('div', { class: 'feed-inner' });
  const jump = h('button', { type: 'button', class: 'jump', hidden: true, onclick: () => toEnd(list) }, 'New messages', icon('down'));
  list.append(inner);
  const nodes = new Map(); // ts → {node, key}

  function refresh() {
    if (pressed === list) {
      later = refresh;
      return;
    }
    const stick = near(list);
    const shown = pick().sort((a, b) => (a.ts < b.ts ? -1 : 1));
    const children = [before()];
    const alive = new Set();
    let last = null, marked = false;
    for (const m of shown) {
      const newDay = days && (!last || dayKey(m.ts) !== dayKey(last.ts));
      if (newDay) children.push(h('div', { class: 'day' }, h('span', null, day(m.ts))));
      if (mark && !marked && m.ts > mark && m.user !== store.me) {
        marked = true;
        if (last) children.push(h('div', { class: 'new-mark' }, h('span', null, 'New')));
        last = null;
      }
      const follows = !!last && !newDay && last.user === m.user && !last.is_ephemeral && !m.is_ephemeral
        && m.subtype !== 'thread_broadcast' && nameKey(last) === nameKey(m) && m.ts - last.ts < 300 && !last.blocks?.length;
      const key = JSON.stringify([m, follows]);
      let kept = nodes.get(m.ts);
      if (kept?.key !== key) {
        kept = { key, node: message(m, channel, { ...options, follows }) };
        nodes.set(m.ts, kept);
      }
      alive.add(m.ts);
      children.push(kept.node);
      last = m;
    }
    for (const ts of nodes.keys()) if (!alive.has(ts)) nodes.delete(ts);
    settle(inner, children.filter(Boolean));
    if (stick) toEnd(list);
    else jump.hidden = false;
  }

  list.addEventListener('scroll', () => { if (near(list)) jump.hidden = true; });
  // Pictures arrive later, and would push the end out of sight.
  const watch = new ResizeObserver(() => { if (jump.hidden && !list.dataset.held) toEnd(list); });
  watch.observe(inner);
  watch.observe(list);
  list.addEventListener('wheel', () => { if (near(list)) delete list.dataset.held; else list.dataset.held = '1'; }, { passive: true });
  list.addEventListener('touchmove', () => { if (near(list)) delete list.dataset.held; else list.dataset.held = '1'; }, { passive: true });
  return { el: h('div', { class: 'feed-wrap' }, list, jump), refresh, end: () => toEnd(list), find: (ts) => nodes.get(ts)?.node };
}

const nameKey = (m) => (m.username || '') + (m.bot_id || '');

// settle makes children the content of el and moves as little as it can, so that
// focus and open menus stay.
function settle(el, children) {
  const want = new Set(children);
  for (const c of [...el.children]) if (!want.has(c)) c.remove();
  children.forEach((c, i) => { if (el.children[i] !== c) el.insertBefore(c, el.children[i] || null); });
}

// channelPane shows a channel: its head, messages and box.
export function channelPane(channel, { openThread, openMenu }) {
  const seen = lastRead(channel);
  const messages = feed(channel, () => channel.messages.filter(top), { openThread }, {
    mark: seen === '0' ? null : seen,
    before: () => (channel.messages.length >= 150 ? null : welcome(channel)),
  });
  const el = [
    h('header', { class: 'pane-head' },
      h('button', { type: 'button', class: 'icon-button drawer', 'aria-label': 'Channels', onclick: openMenu }, icon('menu')),
      h('h1', null, channel.is_im ? [avatar(other(channel), 'small'), title(channel)] : [icon('hash'), channel.name]),
      channel.is_im && other(channel) === store.bot ? tabs('messages') : null,
      h('span', { class: 'topic' }, mrkdwn(channel.topic.value)),
      channel.is_im ? null : h('span', { class: 'members', title: 'Members' }, channel.num_members + ' members')),
    messages.el,
    composer(channel),
  ];
  messages.refresh();
  return { ...messages, el };
}

function welcome(channel) {
  return put(h('div', { class: 'welcome' }), channel.is_im
    ? [h('h2', null, title(channel)), h('p', null, other(channel) === store.bot ? 'This is the very beginning of your conversation with the app.' : 'Only the two of you see this.')]
    : [h('h2', null, icon('hash'), channel.name), h('p', null, channel.purpose.value ? channel.purpose.value + '. ' : '', 'This is the very beginning of the channel.')]);
}

// tabs are the two that an app has.
const tabs = (at) => h('nav', { class: 'tabs', 'aria-label': 'Parley' }, [['home', '#home', 'Home'], ['messages', '#@parley', 'Messages']].map(([id, href, name]) => h('a', {
  href, class: at === id ? 'on' : '', 'aria-current': at === id ? 'page' : undefined,
}, name)));

// homePane shows the app's home tab; waits tells that the app may still publish it.
export function homePane(view, render, openMenu, waits) {
  return [
    h('header', { class: 'pane-head' },
      h('button', { type: 'button', class: 'icon-button drawer', 'aria-label': 'Channels', onclick: openMenu }, icon('menu')),
      h('h1', null, avatar(store.bot, 'small'), 'Parley'), tabs('home'), h('span', { class: 'topic' })),
    h('div', { class: 'feed-wrap' }, h('div', { class: 'feed', tabindex: 0, role: 'region', 'aria-label': 'Home' }, h('div', { class: 'home' }, view ? render(view)
      : waits ? h('div', { class: 'welcome waits', role: 'status' }, h('span', { class: 'dots' }), 'Waiting for the app…')
        : h('div', { class: 'welcome' }, h('h2', null, 'Nothing here yet'), h('p', null, 'The app has not published a home tab.'))))),
  ];
}

// threadPane shows a thread: its first message, the replies, and a box.
export function threadPane(channel, ts, close) {
  const replies = feed(channel, () => channel.messages.filter((m) => m.ts === ts || m.thread_ts === ts), {}, { days: false });
  const el = [
    h('header', { class: 'pane-head' },
      h('h1', null, 'Thread'), h('span', { class: 'topic' }, (channel.is_im ? '' : '#') + title(channel)),
      h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close thread', onclick: close }, icon('close'))),
    replies.el, composer(channel, ts),
  ];
  replies.refresh();
  return { ...replies, el };
}

