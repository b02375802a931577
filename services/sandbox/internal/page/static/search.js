// The search box: what was said, anywhere this person may look.
import { h, icon } from './dom.js';
import { store } from './store.js';
import { popUp, closeMenu } from './menu.js';
import { nameOf } from './message.js';
import { title } from './place.js';
import { ago } from './time.js';

const most = 20;

// words is all the text of a message, blocks and attachments included.
function words(m) {
  const out = [m.text];
  const dig = (v, key) => {
    if (typeof v === 'string') { if (['text', 'alt_text', 'title', 'fallback', 'value'].includes(key)) out.push(v); }
    else if (v && typeof v === 'object') for (const [k, x] of Object.entries(v)) dig(x, k);
  };
  dig(m.blocks);
  dig(m.attachments);
  return out.join(' ');
}

// found lists the messages that have every word of a query, the newest first.
export function found(query) {
  const all = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!all.length) return [];
  return store.channels.flatMap((channel) => channel.messages.map((m) => ({ channel, m, text: words(m) })))
    .filter(({ text, m }) => { const low = (text + ' ' + nameOf(m)).toLowerCase(); return all.every((w) => low.includes(w)); })
    .sort((a, b) => (a.m.ts < b.m.ts ? 1 : -1)).slice(0, most);
}

const snippet = (text, query) => {
  const clean = text.replace(/<[^>|]*\|([^>]*)>/g, '$1').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&').replace(/\s+/g, ' ');
  const at = Math.max(0, clean.toLowerCase().indexOf(query.toLowerCase().split(/\s+/)[0]) - 30);
  return (at ? '…' : '') + clean.slice(at, at + 120);
};

// searchBox makes the box; go opens a message of a channel.
export function searchBox(go) {
  const input = h('input', {
    type: 'search', class: 'search', id: 'search', placeholder: 'Search messages', 'aria-label': 'Search messages', autocomplete: 'off',
    oninput: () => show(), onfocus: () => show(),
    onkeydown: (e) => { if (e.key === 'ArrowDown') { e.preventDefault(); document.querySelector('.results .result')?.focus(); } },
  });
  function show() {
    const query = input.value.trim();
    closeMenu();
    if (!query) return;
    const list = found(query);
    const box = popUp(input, h('div', { role: 'list', 'aria-label': 'Messages found' }, list.length ? list.map(({ channel, m, text }) => h('button', {
      type: 'button', class: 'menu-item result', role: 'listitem', onclick: () => { closeMenu(); input.value = ''; go(channel, m); },
    }, h('span', { class: 'menu-label' },
      h('span', { class: 'menu-note' }, h('b', null, nameOf(m)), ' in ', channel.is_im ? '' : '#', title(channel), ' · ', ago(m.ts)),
      snippet(text, query)))) : h('div', { class: 'menu-empty' }, 'No message has “' + query + '”')), 'results');
    box?.addEventListener('keydown', (e) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (!step) return;
      e.preventDefault();
      const all = [...box.querySelectorAll('.result')];
      const next = all[all.indexOf(document.activeElement) + step];
      (next || input).focus();
    });
  }
  return h('div', { class: 'search-box', role: 'search' }, icon('find'), input);
}
