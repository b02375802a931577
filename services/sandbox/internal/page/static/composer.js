// The message box: text, mentions, emoji and slash commands with their help.
import { h, fill, icon } from './dom.js';
import { call, store } from './store.js';
import { search } from './emoji.js';
import { avatar } from './message.js';
import { title } from './place.js';

// composer makes a box for a channel, or for a thread in it.
export function composer(channel, threadTS) {
  const name = (channel.is_im ? '' : '#') + title(channel);
  const key = 'parley.draft.' + channel.id + (threadTS || '');
  const input = h('textarea', {
    class: 'composer-input', rows: 1, placeholder: threadTS ? 'Reply…' : 'Message ' + name, 'aria-label': threadTS ? 'Reply' : 'Message ' + name,
    value: sessionStorage.getItem(key) || '', enterkeyhint: 'send', autocomplete: 'off',
  });
  const help = h('div', { class: 'complete', role: 'listbox', hidden: true });
  const note = h('div', { class: 'composer-note', role: 'status' });
  const send = h('button', { type: 'button', class: 'send', 'aria-label': 'Send', onclick: submit }, icon('send'));
  let offers = [], at = 0;

  function grow() {
    input.style.height = 'auto';
    input.style.height = Math.min(input.scrollHeight, 220) + 'px';
    send.classList.toggle('ready', input.value.trim() !== '');
    sessionStorage.setItem(key, input.value);
  }

  // complete offers what may follow the text before the caret.
  function complete() {
    offers = suggestions(input.value.slice(0, input.selectionStart), !threadTS);
    at = 0;
    draw();
  }
  function draw() {
    help.hidden = !offers.length;
    fill(help, offers.map((o, i) => h('button', {
      type: 'button', class: 'complete-row' + (i === at ? ' on' : ''), role: 'option', 'aria-selected': String(i === at),
      onpointerdown: (e) => { e.preventDefault(); accept(o); },
    }, o.face, h('span', { class: 'complete-label' }, h('b', null, o.label), o.hint ? h('span', { class: 'complete-hint' }, ' ' + o.hint) : null),
    o.note ? h('span', { class: 'complete-note' }, o.note) : null)),
    offers.length ? h('div', { class: 'complete-keys' }, 'Tab or Enter to choose · Esc to close') : null);
  }
  function accept(o) {
    const before = input.value.slice(0, input.selectionStart), after = input.value.slice(input.selectionStart);
    const head = before.slice(0, before.length - o.replace) + o.insert;
    input.value = head + after;
    input.setSelectionRange(head.length, head.length);
    offers = [];
    draw();
    grow();
    input.focus();
  }

  async function submit() {
    const text = input.value.trim();
    if (!text) return;
    input.value = '';
    offers = [];
    draw();
    grow();
    fill(note);
    const answer = /^\/\w/.test(text) && !threadTS
      ? await command(text) : await call('sandbox.post', { user: store.me, channel: channel.id, text, thread_ts: threadTS });
    if (answer.ok) return;
    if (!/^\//.test(text)) input.value = text; // nothing is lost
    grow();
    fill(note, icon('warn'), answer.message || answer.error);
  }
  function command(text) {
    const [name, ...rest] = text.split(' ');
    fill(note, h('span', { class: 'dots' }), 'Sent to the app…');
    return call('sandbox.command', { user: store.me, channel: channel.id, command: name, text: rest.join(' ') })
      .then((answer) => { fill(note); return answer; });
  }

  input.addEventListener('input', () => { if (!input.value.trim()) input.value = ''; grow(); complete(); });
  input.addEventListener('blur', () => { offers = []; draw(); });
  input.addEventListener('keydown', (e) => {
    if (e.isComposing) return;
    if (offers.length) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (step) { at = (at + step + offers.length) % offers.length; draw(); e.preventDefault(); return; }
      const chosen = offers[at];
      if (e.key === 'Tab' || (e.key === 'Enter' && !chosen.whole(input.value))) { accept(chosen); e.preventDefault(); return; }
      if (e.key === 'Escape') { offers = []; draw(); e.preventDefault(); return; }
    }
    if (e.key === 'Enter' && !e.shiftKey) { e.preventDefault(); submit(); }
  });

  const insert = (s) => () => {
    input.setRangeText(s, input.selectionStart, input.selectionEnd, 'end');
    input.focus();
    grow();
    complete();
  };
  requestAnimationFrame(grow);
  return h('div', { class: 'composer' }, help,
    h('div', { class: 'composer-box' }, input,
      h('div', { class: 'composer-bar' },
        threadTS ? null : h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Slash command', title: 'Slash commands', onclick: insert('/') }, icon('slash')),
        h('button', { type: 'button', class: 'icon-button text', 'aria-label': 'Mention someone', title: 'Mention someone', onclick: insert('@') }, '@'),
        h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Emoji', title: 'Emoji', onclick: insert(':') }, icon('smile')),
        h('span', { class: 'as' }, 'as ', h('b', null, store.user(store.me)?.real_name || '')), send)),
    note);
}

const never = () => false;

function suggestions(before, commands) {
  if (commands && /^\/\S*$/.test(before)) {
    return store.commands.filter((c) => c.command.startsWith(before)).map((c) => ({
      face: h('span', { class: 'complete-face' }, icon('slash')), label: c.command, hint: c.usage_hint, note: c.description,
      insert: c.command + ' ', replace: before.length, whole: (v) => v === c.command,
    }));
  }
  const word = before.match(/(?:^|\s)([@#:])([^\s@#:]*)$/);
  if (!word) return [];
  const [, sign, text] = word;
  const low = text.toLowerCase();
  const row = (face, label, note, insert) => ({ face, label, note, insert: insert + ' ', replace: text.length + 1, whole: never });
  if (sign === '@') {
    return [
      ...store.users.filter((u) => u.id !== 'USLACKBOT' && !u.deleted && u.real_name.toLowerCase().includes(low)).map((u) => row(avatar(u.id, 'small'), u.real_name, u.profile.title, '@' + (u.is_bot ? u.name : u.real_name))),
      ...store.usergroups.filter((g) => g.handle.includes(low)).map((g) => row(h('span', { class: 'complete-face' }, '@'), '@' + g.handle, g.name, '@' + g.handle)),
      ...['here', 'channel'].filter((n) => n.startsWith(low)).map((n) => row(h('span', { class: 'complete-face' }, '@'), '@' + n, 'Notify everyone here', '@' + n)),
    ].slice(0, 7);
  }
  if (sign === '#') return store.channels.filter((c) => !c.is_im && c.name.includes(low)).map((c) => row(h('span', { class: 'complete-face' }, icon('hash')), c.name, c.topic.value, '#' + c.name));
  if (low.length < 2) return [];
  return search(low, 7).map((e) => row(h('span', { class: 'complete-face' }, e.char), ':' + e.name + ':', '', ':' + e.name + ':'));
}
