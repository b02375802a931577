// The page: top bar, channels, the open channel and thread, and what comes in.
import { h, fill, icon } from './dom.js';
import { load, on, store, unread, markRead, call } from './store.js';
import { avatar, replay } from './message.js';
import { channelPane, homePane, threadPane } from './panes.js';
import { blocks } from './blocks.js';
import { openMenu } from './menu.js';
import { showViews, viewErrors } from './dialog.js';

const $ = (id) => document.getElementById(id);
const shown = { channel: null, home: false, thread: null, pane: null, threadPane: null };
let offline = false;

function drawTop() {
  const me = store.user(store.me);
  const theme = localStorage.getItem('parley.theme');
  const dark = theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  const there = store.connections > 0 || store.http_mode;
  fill($('top'),
    h('div', { class: 'brand' }, h('img', { src: '/logo.svg', alt: '' }), h('b', null, store.team.name)),
    h('div', { class: 'status ' + (offline ? 'off' : there ? 'on' : 'none'), role: 'status' }, h('i'),
      h('span', { class: 'long' }, offline ? 'Reconnecting…' : there ? 'Parley is connected' : 'Waiting for the app to connect'),
      h('span', { class: 'short' }, offline ? 'Reconnecting…' : there ? 'Connected' : 'No app yet')),
    h('button', {
      type: 'button', class: 'top-button' + (replay.times > 1 ? ' pressed' : ''), id: 'replay', 'aria-pressed': String(replay.times > 1),
      title: 'For developers: send every click three times, as a network may', onclick: () => { replay.times = replay.times > 1 ? 1 : 3; drawTop(); },
    }, icon('replay'), h('span', null, 'Clicks ×' + replay.times)),
    h('button', {
      type: 'button', class: 'top-button', id: 'theme', 'aria-label': dark ? 'Light theme' : 'Dark theme', title: dark ? 'Light theme' : 'Dark theme',
      onclick: () => { localStorage.setItem('parley.theme', dark ? 'light' : 'dark'); applyTheme(); drawTop(); },
    }, icon(dark ? 'sun' : 'moon')),
    h('button', { type: 'button', class: 'top-button person', id: 'person', title: 'Be someone else', 'aria-haspopup': 'listbox', onclick: (e) => switchPerson(e.currentTarget) },
      avatar(store.me, 'small'), h('span', null, me?.real_name), icon('down')));
}

function switchPerson(anchor) {
  openMenu(anchor, store.people().map((u) => ({
    label: [avatar(u.id, 'small'), ' ', u.real_name], text: u.real_name, value: u.id, checked: u.id === store.me,
    note: store.usergroups.filter((g) => g.users.includes(u.id)).map((g) => '@' + g.handle).join(' ') || 'in no group',
  })), { pick: (item) => become(item.value) });
}

// become looks at the workspace as another person.
function become(person) {
  localStorage.setItem('parley.person', person);
  load(person);
}

function applyTheme() {
  const theme = localStorage.getItem('parley.theme');
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function drawSide() {
  const row = (c, face, label, href, current) => {
    const n = c ? unread(c) : { count: 0, mentions: 0 };
    return h('a', { class: 'side-row' + (current ? ' current' : '') + (n.count && !current ? ' unread' : ''), href, 'aria-current': current ? 'page' : undefined, onclick: closeDrawer, dataset: { channel: c?.name || '' } },
      face, h('span', { class: 'side-name' }, label), n.mentions && !current ? h('span', { class: 'badge' }, n.mentions) : null);
  };
  const dm = store.channels.find((c) => c.is_im);
  fill($('side'),
    h('h2', null, 'Channels'),
    store.channels.filter((c) => !c.is_im).map((c) => row(c, icon('hash'), c.name, '#' + c.name, !shown.home && shown.channel?.id === c.id)),
    h('h2', null, 'Apps'),
    row(dm, avatar(store.bot, 'small'), 'Parley', dm ? '#' + dm.id : '#@parley', !shown.home && shown.channel?.is_im),
    store.home ? row(null, icon('image'), 'Home', '#home', shown.home) : null,
    h('h2', null, 'People'),
    store.people().map((u) => h('button', {
      type: 'button', class: 'side-row', title: u.id === store.me ? 'This is you' : 'Be ' + u.real_name, onclick: () => { closeDrawer(); become(u.id); },
    }, avatar(u.id, 'small'), h('span', { class: 'side-name' }, u.real_name, u.id === store.me ? h('span', { class: 'you' }, ' you') : null))),
    h('p', { class: 'side-foot' }, 'A local stand-in for Slack: everything here stays on this machine.'));
  const fresh = store.channels.reduce((sum, c) => sum + (c === shown.channel ? 0 : unread(c).mentions), 0);
  document.title = (fresh ? '(' + fresh + ') ' : '') + (shown.channel && !shown.channel.is_im ? '#' + shown.channel.name + ' · ' : '') + store.team.name;
}

const openDrawer = () => $('app').classList.add('drawer-open');
const closeDrawer = () => $('app').classList.remove('drawer-open');

// seen marks the open channel as read while the page is looked at.
function seen() {
  if (shown.channel && !shown.home && document.visibilityState === 'visible') markRead(shown.channel);
}

function openChannel(channel, thread) {
  shown.home = false;
  shown.channel = channel;
  shown.pane = channelPane(channel, { openThread, openMenu: openDrawer });
  fill($('main'), shown.pane.el);
  shown.pane.end();
  openThread(thread || null);
  seen();
  drawSide();
}

function openThread(ts) {
  shown.thread = ts;
  $('thread').hidden = !ts;
  $('app').classList.toggle('with-thread', !!ts);
  shown.threadPane = ts ? threadPane(shown.channel, ts, () => openThread(null)) : null;
  fill($('thread'), shown.threadPane?.el);
  shown.threadPane?.end();
}

function openHome() {
  shown.home = true;
  shown.pane = null;
  openThread(null);
  const surface = {
    values: {},
    act: (action) => call('sandbox.click', { user: store.me, view_id: store.home.id, ...action, state: surface.values }),
  };
  fill($('main'), homePane(store.home, (v) => h('div', { class: 'blocks' }, blocks(v.blocks, surface)), openDrawer));
  drawSide();
}

// route opens what the address names: #ops, a channel's id, #home, or a permalink.
async function route() {
  const link = location.pathname.match(/^\/archives\/(\w+)\/p(\d{10})(\d{6})$/);
  if (link) {
    const channel = store.channel(link[1]);
    const ts = link[2] + '.' + link[3];
    history.replaceState(null, '', '/#' + (channel?.name || ''));
    if (channel) {
      const m = channel.messages.find((x) => x.ts === ts);
      openChannel(channel, m?.thread_ts);
      const node = shown.pane.find(ts) || shown.threadPane?.find(ts);
      node?.scrollIntoView({ block: 'center' });
      node?.classList.add('found');
      return;
    }
  }
  const name = decodeURIComponent(location.hash.slice(1));
  if (name === 'home' && store.home) return openHome();
  if (name === '@parley') return openDirect();
  openChannel(store.channel(name) || store.channels[0]);
}

// openDirect begins a conversation with the app by its first message's box.
function openDirect() {
  openChannel({
    id: store.bot, name: '', is_im: true, messages: [], topic: { value: '' }, purpose: { value: '' }, num_members: 2,
  });
}

// soon redraws what messages change, once for many of them.
let waiting = 0;
function soon() {
  waiting ||= setTimeout(() => {
    waiting = 0;
    if (!shown.home) {
      shown.pane?.refresh();
      shown.threadPane?.refresh();
      seen();
    }
    drawSide();
  }, 20);
}

on((kind, data) => {
  switch (kind) {
    case 'state':
      applyTheme();
      drawTop();
      route();
      showViews();
      return;
    case 'offline': {
      if (offline === data) return;
      offline = data;
      if (store.me) drawTop();
      return;
    }
    case 'app': return drawTop();
    case 'views': return showViews();
    case 'view_errors': return viewErrors(data);
    case 'home': return shown.home ? openHome() : drawSide();
    case 'channel':
      if (data.is_im && shown.channel?.id === store.bot) location.hash = data.id;
      return drawSide();
    case 'message': case 'gone': return soon();
    case 'file':
      for (const img of document.querySelectorAll('img[src*="' + CSS.escape(data.id) + '"]')) if (!img.naturalWidth) img.src = img.getAttribute('src');
  }
});

addEventListener('hashchange', () => { closeDrawer(); if (store.me) route(); });
addEventListener('visibilitychange', () => { seen(); if (store.me) drawSide(); });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { if (store.me) drawTop(); });
$('shade').addEventListener('click', closeDrawer);
addEventListener('keydown', (e) => { if (e.key === 'Escape' && !e.defaultPrevented && shown.thread && !document.querySelector('dialog[open]')) openThread(null); });

applyTheme();
load(localStorage.getItem('parley.person') || '');
