// rich_text and tables.
import { h, put } from './dom.js';
import { userMention, groupMention, channelMention, emojiNode, link, plain } from './mrkdwn.js';
import { formatDate } from './time.js';

export function richText(e) {
  switch (e.type) {
    case 'rich_text_section': return h('div', { class: 'b-text' }, e.elements.map(piece));
    case 'rich_text_preformatted': return h('pre', { class: 'code' }, e.elements.map(piece));
    case 'rich_text_quote': return h('blockquote', { class: 'quote' }, e.elements.map(piece));
    case 'rich_text_list': return h(e.style === 'ordered' ? 'ol' : 'ul', { class: 'rich-list indent-' + (e.indent || 0), start: e.offset ? e.offset + 1 : undefined },
      e.elements.map((item) => h('li', null, (item.elements || []).map(piece))));
    default: return h('span', { class: 'unknown' }, e.type);
  }
}

function piece(e) {
  const node = bare(e);
  const s = e.style || {};
  let out = node;
  for (const [on, tag] of [[s.code, 'code'], [s.strike, 's'], [s.underline, 'u'], [s.italic, 'i'], [s.bold, 'b']]) {
    if (on) out = h(tag, tag === 'code' ? { class: 'code' } : null, out);
  }
  return out;
}

function bare(e) {
  switch (e.type) {
    case 'text': return e.text.split('\n').flatMap((line, i) => (i ? [h('br'), line] : [line]));
    case 'link': return link(e.url, e.text || e.url);
    case 'user': return userMention(e.user_id);
    case 'usergroup': return groupMention(e.usergroup_id, '');
    case 'channel': return channelMention(e.channel_id);
    case 'emoji': return emojiNode(e.name);
    case 'broadcast': return h('span', { class: 'mention me' }, '@' + e.range);
    case 'date': return h('time', null, formatDate(Number(e.timestamp), e.format));
    case 'color': return h('code', { class: 'code' }, e.value);
    default: return e.text || e.type;
  }
}

// table renders rows of cells, the first as its head; special may draw a cell itself.
export function table(rows, settings = [], special = () => null) {
  const cell = (c, tag, i) => h(tag, { class: 'align-' + (settings[i]?.align || (c?.type === 'raw_number' ? 'right' : 'left')) + (settings[i]?.is_wrapped ? ' wrapped' : '') },
    c && (special(c) || (c.type === 'rich_text' ? c.elements.map(richText) : plain(c.text ?? String(c.value ?? '')))));
  const [head, ...body] = rows;
  return h('div', { class: 'b-table' }, put(h('table'),
    h('thead', null, h('tr', null, head.map((c, i) => cell(c, 'th', i)))),
    h('tbody', null, body.map((r) => h('tr', null, r.map((c, i) => cell(c, 'td', i)))))));
}
