// Slack's mrkdwn as nodes.
import { h, put } from './dom.js';
import { emoji } from './emoji.js';
import { store } from './store.js';
import { address, title } from './place.js';
import { formatDate } from './time.js';

const unescape = (s) => s.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

// What stands out in a line: code, <…>, :emoji:, *styled*, and bare addresses.
const token = () => /`([^`\n]+)`|<([^<>\n]+)>|:([a-z0-9_+'-]+(?:::skin-tone-\d)?):|(?<![\p{L}\p{N}])([*_~])(?=[^\s*_~])(.*?[^\s])\4(?![\p{L}\p{N}])|(https?:\/\/[^\s<>]*[^\s<>.,;:!?)\]'"])/gu;

// mrkdwn turns text into a list of nodes.
export function mrkdwn(text) {
  const out = [];
  for (const [i, part] of String(text ?? '').split('```').entries()) {
    if (i % 2) out.push(h('pre', { class: 'code' }, unescape(part.replace(/^\n|\n$/g, ''))));
    else if (part) out.push(...lines(i ? part.replace(/^\n/, '') : part));
  }
  return out;
}

// lines gathers quoted lines and list items.
function lines(text) {
  const out = [];
  let quote = null;
  const all = text.split('\n');
  all.forEach((line, i) => {
    const quoted = line.match(/^(?:&gt;|>) ?(.*)$/);
    if (quoted) {
      if (!quote) out.push(quote = h('blockquote', { class: 'quote' }));
      else quote.append(h('br'));
      put(quote, inline(quoted[1]));
      return;
    }
    quote = null;
    out.push(...inline(line));
    if (i < all.length - 1) out.push(h('br'));
  });
  return out;
}

function inline(text) {
  const out = [];
  let at = 0;
  for (const m of text.matchAll(token())) {
    if (m.index > at) out.push(unescape(text.slice(at, m.index)));
    at = m.index + m[0].length;
    if (m[1] !== undefined) out.push(h('code', { class: 'code' }, unescape(m[1])));
    else if (m[2] !== undefined) out.push(angle(m[2]));
    else if (m[3] !== undefined) out.push(emojiNode(m[3]));
    else if (m[4]) out.push(h({ '*': 'b', _: 'i', '~': 's' }[m[4]], null, inline(m[5])));
    else out.push(link(unescape(m[6]), unescape(m[6])));
  }
  if (at < text.length) out.push(unescape(text.slice(at)));
  return out;
}

// plain is a plain_text object's text: only emoji are special.
export function plain(text) {
  const out = [];
  let at = 0;
  text = String(text ?? '');
  for (const m of text.matchAll(/:([a-z0-9_+'-]+):/g)) {
    if (!emoji(m[1])) continue;
    out.push(text.slice(at, m.index), emojiNode(m[1]));
    at = m.index + m[0].length;
  }
  out.push(text.slice(at));
  return out;
}

// text renders a text object of either type.
export const textOf = (o) => (o ? (o.type === 'mrkdwn' ? mrkdwn(o.text) : plain(o.text)) : []);

export function emojiNode(name) {
  const char = emoji(name);
  return char ? h('span', { class: 'emoji', title: ':' + name + ':', role: 'img', 'aria-label': name }, char) : ':' + name + ':';
}

export function link(url, ...label) {
  if (!/^(https?:|mailto:)/i.test(url)) return h('span', null, label);
  return h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, label);
}

// angle renders what stands between < and >.
function angle(inner) {
  const bar = inner.indexOf('|');
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? '' : unescape(inner.slice(bar + 1));
  if (target.startsWith('@')) return userMention(target.slice(1), label);
  if (target.startsWith('#')) return channelMention(target.slice(1), label);
  if (target.startsWith('!subteam^')) return groupMention(target.slice(9), label);
  if (target.startsWith('!date^')) return date(target.slice(6), label);
  if (target.startsWith('!')) return h('span', { class: 'mention me' }, '@' + target.slice(1).split('^')[0]);
  return link(unescape(target), label ? inline(inner.slice(bar + 1)) : unescape(target).replace(/^mailto:/, ''));
}

export function userMention(id, label) {
  const u = store.user(id);
  return h('span', { class: 'mention' + (id === store.me ? ' me' : ''), title: u?.profile.title }, '@' + (u?.real_name || label || id));
}

export function groupMention(id, label) {
  const g = store.usergroups.find((x) => x.id === id);
  const mine = g?.users.includes(store.me);
  return h('span', { class: 'mention' + (mine ? ' me' : ''), title: g?.name }, '@' + (g?.handle || label.replace(/^@/, '') || id));
}

export function channelMention(id, label) {
  const c = store.channel(id);
  return h('a', { class: 'mention', href: c ? address(c) : '#' }, '#' + ((c && title(c)) || label || id));
}

function date(spec, fallback) {
  const [ts, format, href] = spec.split('^');
  const seconds = Number(ts);
  if (!Number.isFinite(seconds) || !format) return fallback;
  const shown = h('time', { title: new Date(seconds * 1000).toLocaleString() }, formatDate(seconds, format));
  return href ? link(href, shown) : shown;
}
