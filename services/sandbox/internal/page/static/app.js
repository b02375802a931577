// The page: top bar, channels, the open channel and thread, and what comes in.
import { h, fill, icon } from './dom.js';
import { load, on, store, unread, markRead, call, known } from './store.js';
import { avatar, replay } from './message.js';
import { channelPane, homePane, threadPane } from './panes.js';
import { blocks } from './blocks.js';
import { openMenu } from './menu.js';
import { showViews, viewErrors } from './dialog.js';
import { address, title, withPerson } from './place.js';
import { searchBox } from './search.js';
import { openedHome, homeSurface } from './home.js';

const $ = (id) => document.getElementById(id);
const shown = { channel: null, home: false, thread: null, pane: null, threadPane: null };
let offline = false;
const search = searchBox((channel, m) => { history.pushState(null, '', '/' + location.search + address(channel)); show(channel, m.ts); });

function drawTop() {
  const me = store.user(store.me);
  const theme = localStorage.getItem('parley.theme');
  const dark = theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  const there = store.connections > 0 || store.http_mode;
  fill($('top'),
    h('div', { class: 'brand' }, h('img', { src: '/logo.svg', alt: '' }), h('b', null, store.team.name)),
    search,
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
  const others = store.people().filter((u) => u.id !== store.me);
  openMenu(anchor, [
    ...store.people().map((u) => ({
      label: [avatar(u.id, 'small'), ' ', u.real_name], text: u.real_name, value: u.id, checked: u.id === store.me, group: 'Be someone else',
      note: store.usergroups.filter((g) => g.users.includes(u.id)).map((g) => '@' + g.handle).join(' ') || 'in no group',
    })),
    ...others.map((u) => ({ label: [icon('window'), ' as ', u.real_name], text: u.real_name, value: 'window ' + u.id, person: u, group: 'A second window' })),
  ], { filter: false, pick: (item) => (item.person ? window.open('/?user=' + encodeURIComponent(item.person.name) + location.hash, '_blank') : become(item.value)) });
}

// become looks at the workspace as another person, in this window; the next one opened begins so.
function become(person) {
  const named = new URLSearchParams(location.search).has('user');
  if (named) history.replaceState(null, '', '/?user=' + encodeURIComponent(store.user(person)?.name || person) + location.hash);
  else localStorage.setItem('parley.person', person);
  sessionStorage.setItem('parley.person', person);
  load(person);
}

// whoami is the person that the address names, or this window's, or the last one chosen.
const whoami = () => new URLSearchParams(location.search).get('user') || sessionStorage.getItem('parley.person') || localStorage.getItem('parley.person') || '';

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
  const dm = withPerson(store.bot);
  const here = (c) => !shown.home && !!c && shown.channel?.id === c.id;
  fill($('side'),
    h('h2', null, 'Channels'),
    store.channels.filter((c) => !c.is_im).map((c) => row(c, icon('hash'), c.name, '#' + c.name, here(c))),
    h('h2', null, 'Direct messages'),
    store.people().filter((u) => u.id !== store.me).map((u) => {
      const c = withPerson(u.id);
      return row(c, avatar(u.id, 'small'), u.real_name, c ? address(c) : '#@' + u.name, here(c));
    }),
    h('h2', null, 'Apps'),
    row(dm, avatar(store.bot, 'small'), 'Parley', '#@parley', here(dm) || shown.home),
    h('p', { class: 'side-foot' }, 'A local stand-in for Slack: everything here stays on this machine.'));
  const fresh = store.channels.reduce((sum, c) => sum + (c === shown.channel ? 0 : unread(c).mentions), 0);
  document.title = (fresh ? '(' + fresh + ') ' : '') + (shown.home ? 'Parley · ' : shown.channel ? (shown.channel.is_im ? '' : '#') + title(shown.channel) + ' · ' : '') + store.team.name;
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

function openHome(opened = true) {
  shown.home = true;
  shown.pane = null;
  openThread(null);
  const scroll = opened ? 0 : $('main').querySelector('.feed')?.scrollTop || 0;
  fill($('main'), homePane(store.home, (v) => {
    const surface = homeSurface(v);
    return [h('div', { class: 'blocks' }, blocks(v.blocks, surface)), surface.note];
  }, openDrawer, opened && (store.connections > 0 || store.http_mode)));
  $('main').querySelector('.feed').scrollTop = scroll;
  if (opened) openedHome('home', () => { if (shown.home && !store.home) openHome(false); });
  drawSide();
}

// show opens a channel, or the thread in it, at one message.
function show(channel, ts) {
  const m = channel.messages.find((x) => x.ts === ts);
  openChannel(channel, m?.thread_ts && m.thread_ts !== m.ts ? m.thread_ts : null);
  const node = shown.pane.find(ts) || shown.threadPane?.find(ts);
  node?.scrollIntoView({ block: 'center' });
  node?.classList.add('found');
}

// route opens what the address names: #ops, a channel's id, #home, #@someone, or a permalink.
async function route() {
  const link = location.pathname.match(/^\/archives\/(\w+)\/p(\d{10})(\d{6})$/);
  if (link) {
    const channel = store.channel(link[1]);
    history.replaceState(null, '', '/' + location.search + (channel ? address(channel) : ''));
    if (channel) return show(channel, link[2] + '.' + link[3]);
  }
  const name = decodeURIComponent(location.hash.slice(1));
  if (name === 'home') return openHome();
  if (name.startsWith('@')) return openDirect(name.slice(1));
  openChannel(store.channel(name) || store.channels[0]);
}

// openDirect opens the conversation with someone, or with the app.
async function openDirect(name) {
  const answer = await call('sandbox.open', { user: store.me, with: name });
  if (!answer.ok) return openChannel(store.channels[0]);
  openChannel(known(answer.channel));
  if (shown.channel.user) openedHome('messages');
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
    case 'home': if (shown.home) openHome(false); return;
    case 'channel': return drawSide();
    case 'group': case 'person': drawTop(); return soon();
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

addEventListener('keydown', (e) => {
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') {
    e.preventDefault();
    $('search').focus();
  }
});

applyTheme();
load(whoami());
