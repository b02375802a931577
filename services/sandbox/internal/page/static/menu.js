// One pop-up menu for everything: overflow, selects, people, reactions, completion.
import { h, fill, icon } from './dom.js';

let current = null;

export function closeMenu() {
  current?.remove();
  current?.anchor?.setAttribute('aria-expanded', 'false');
  current = null;
}

addEventListener('pointerdown', (e) => {
  if (current && !current.contains(e.target) && !current.anchor.contains(e.target)) closeMenu();
}, true);
addEventListener('keydown', (e) => {
  if (e.key !== 'Escape' || !current) return;
  const { anchor } = current;
  closeMenu();
  anchor.focus();
  e.preventDefault();
  e.stopPropagation();
}, true);
addEventListener('resize', closeMenu);

// place puts a box beside its anchor, within the window.
function place(box, anchor) {
  const a = anchor.getBoundingClientRect();
  const width = box.offsetWidth, height = box.offsetHeight;
  const below = innerHeight - a.bottom - 8, above = a.top - 8;
  const up = height > below && above > below;
  box.style.maxHeight = Math.max(120, up ? above : below) + 'px';
  box.style.left = Math.max(8, Math.min(a.left, innerWidth - width - 8)) + 'px';
  if (up) box.style.bottom = innerHeight - a.top + 4 + 'px';
  else box.style.top = a.bottom + 4 + 'px';
}

// popUp shows content beside an anchor until something else is touched.
export function popUp(anchor, content, kind = '') {
  const again = current && current.anchor === anchor;
  closeMenu();
  if (again) return null;
  const box = h('div', { class: 'menu ' + kind }, content);
  box.anchor = anchor;
  current = box;
  anchor.setAttribute('aria-expanded', 'true');
  // Within an open dialog, or it would lie under it.
  (anchor.closest('dialog') || document.body).append(box);
  place(box, anchor);
  return box;
}

// openMenu offers items {label, note, value, group, danger, checked}; pick is called
// with an item. With many, the menu stays and items are ticked while it is not full(). load
// finds the items for a text, or says in a note why there are none.
export function openMenu(anchor, items, { pick, many = false, load = null, filter = load || items.length > 9, empty = 'Nothing fits', full = () => false }) {
  const list = h('div', { class: 'menu-list', role: 'listbox', 'aria-multiselectable': many || undefined });
  const rows = () => [...list.querySelectorAll('[role=option]')];
  const show = (text) => {
    let group;
    const found = items.filter((i) => load || i.search.includes(text.toLowerCase()));
    fill(list, found.length ? found.map((item) => {
      const head = item.group !== group && item.group ? h('div', { class: 'menu-group' }, item.group) : null;
      group = item.group;
      return [head, h('button', {
        type: 'button', class: 'menu-item' + (item.danger ? ' danger' : ''), role: 'option',
        'aria-selected': String(!!item.checked), dataset: { value: item.value ?? '' },
        onclick: () => {
          if (many && !item.checked && full()) return;
          if (many) {
            item.checked = !item.checked;
            show(text);
          } else closeMenu();
          pick(item);
        },
      }, many || item.checked ? h('span', { class: 'menu-tick' }, item.checked ? icon('check') : null) : null,
      h('span', { class: 'menu-label' }, item.label, item.note ? h('span', { class: 'menu-note' }, item.note) : null))];
    }) : h('div', { class: 'menu-empty' }, empty));
  };
  for (const i of items) i.search = (i.text || (typeof i.label === 'string' ? i.label : '')).toLowerCase();
  let asked = 0, pause;
  // ask loads what fits, a moment after the last key, and shows the last answer only.
  const ask = (text, after) => {
    const mine = ++asked;
    clearTimeout(pause);
    pause = setTimeout(async () => {
      fill(list, h('div', { class: 'menu-empty', role: 'status' }, h('span', { class: 'dots' }), ' Loading…'));
      const answer = await load(text);
      if (mine !== asked) return;
      if (answer.note) return fill(list, h('div', { class: 'menu-empty', role: 'status' }, answer.note));
      items = answer.items;
      show(text);
    }, after);
  };
  const input = filter ? h('input', {
    class: 'menu-filter', type: 'search', placeholder: 'Find…', 'aria-label': 'Find', oninput: (e) => (load ? ask(e.target.value, 200) : show(e.target.value)),
  }) : null;
  if (load) ask('', 0);
  else show('');
  const box = popUp(anchor, [input, list]);
  if (!box) return;
  (input || rows()[0])?.focus({ preventScroll: true });
  box.addEventListener('keydown', (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const all = rows();
    const at = all.indexOf(document.activeElement);
    all[(at + step + all.length) % all.length]?.focus();
  });
}
