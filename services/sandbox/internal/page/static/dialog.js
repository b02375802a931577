// Dialogs: confirmation, a picture at full size, and the app's modals.
import { h, fill, icon } from './dom.js';
import { textOf, plain } from './mrkdwn.js';
import { blocks } from './blocks.js';
import { call, store } from './store.js';
import { closeMenu } from './menu.js';

function show(el, onclose) {
  document.body.append(el);
  el.addEventListener('close', () => { closeMenu(); el.remove(); onclose?.(); });
  el.showModal();
  return el;
}

// confirm asks with a confirm object, and resolves to yes or no.
export function confirm(o) {
  return new Promise((resolve) => {
    let yes = false;
    const el = h('dialog', { class: 'dialog confirm' },
      h('div', { class: 'dialog-head' }, h('h2', null, textOf(o.title)), closer(() => el.close())),
      h('div', { class: 'dialog-body b-text' }, textOf(o.text)),
      h('div', { class: 'dialog-foot' },
        h('button', { type: 'button', class: 'btn', onclick: () => el.close() }, textOf(o.deny)),
        h('button', { type: 'button', class: 'btn yes ' + (o.style === 'danger' ? 'danger' : 'primary'), onclick: () => { yes = true; el.close(); } }, textOf(o.confirm))));
    show(el, () => resolve(yes));
  });
}

const closer = (f) => h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', onclick: f }, icon('close'));

// lightbox shows a picture at its full size.
export function lightbox(src, alt) {
  const el = h('dialog', { class: 'dialog lightbox', onclick: (e) => { if (e.target === el) el.close(); } },
    h('div', { class: 'dialog-head' }, h('h2', null, alt || 'Picture'),
      h('a', { class: 'btn', href: src, target: '_blank', rel: 'noopener' }, 'Open'), closer(() => el.close())),
    h('div', { class: 'lightbox-body' }, h('img', { src, alt: alt || '' })));
  show(el);
}

let open = null; // {id, hash, el, surface}
const entered = new Map(); // what was entered, by modal, while it is open

// showViews brings the top one of a person's modals to the screen.
export function showViews() {
  const view = store.views.at(-1);
  for (const id of entered.keys()) if (!store.views.some((v) => v.id === id)) entered.delete(id);
  if (!view) {
    open?.el.close();
    open = null;
    return;
  }
  if (open?.id === view.id && open.hash === view.hash) return;
  // An update keeps what was entered, the place, and the field in which somebody types.
  const same = open?.id === view.id ? open.el : null;
  const at = same && same.contains(document.activeElement) ? document.activeElement : null;
  const caret = at && 'selectionStart' in at ? at.selectionStart : null;
  const scroll = same?.querySelector('form').scrollTop;
  open?.el.close();
  open = build(view, entered.get(view.id) || {}, !!same);
  entered.set(view.id, open.surface.values);
  if (!same) return;
  open.el.querySelector('form').scrollTop = scroll;
  const again = at?.dataset.action && open.el.querySelector('[data-action="' + CSS.escape(at.dataset.action) + '"]');
  again?.focus({ preventScroll: true });
  if (again && caret !== null && /^(text|url|textarea)$/.test(again.type)) again.setSelectionRange(caret, caret);
}

// errors shows what the app objects to in a modal.
export function viewErrors({ view, errors }) {
  if (open?.id !== view) return;
  for (const box of open.el.querySelectorAll('.b-input')) {
    box.querySelector('.b-error').textContent = errors[box.dataset.block] || '';
    box.classList.toggle('wrong', !!errors[box.dataset.block]);
    box.querySelector('[data-action]')?.setAttribute('aria-invalid', String(!!errors[box.dataset.block]));
  }
  const first = open.el.querySelector('.b-input.wrong');
  first?.scrollIntoView({ block: 'nearest' });
  first?.querySelector('.field, .select, input')?.focus({ preventScroll: true });
}

function build(view, kept, again) {
  // What was typed stays while its block does.
  const here = new Set(view.blocks.map((b) => b.block_id));
  const values = Object.fromEntries(Object.entries(kept).filter(([id]) => here.has(id)));
  const note = h('div', { class: 'dialog-note', role: 'alert' });
  const surface = {
    values, of: { view_id: view.id },
    act: async (action, control) => {
      control?.classList.add('busy');
      fill(note);
      const answer = await call('sandbox.click', { user: store.me, view_id: view.id, ...action, state: values });
      control?.classList.remove('busy');
      if (!answer.ok) fill(note, icon('warn'), answer.message || answer.error);
    },
  };
  const submit = view.submit && h('button', { type: 'submit', class: 'btn primary submit' }, plain(view.submit.text));
  const form = h('form', { class: 'dialog-body', novalidate: true }, blocks(view.blocks, surface));
  const el = h('dialog', { class: 'dialog view' + (again ? ' still' : ''), 'aria-labelledby': 'title-' + view.id, oncancel: (e) => { e.preventDefault(); close(false); } },
    h('div', { class: 'dialog-head' },
      store.views.length > 1 ? h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Back', onclick: () => close(false) }, icon('back')) : null,
      h('h2', { id: 'title-' + view.id }, plain(view.title?.text || '')), closer(() => close(true))),
    form, note,
    h('div', { class: 'dialog-foot' },
      h('button', { type: 'button', class: 'btn', onclick: () => close(false) }, plain(view.close?.text || 'Cancel')), submit));
  submit?.setAttribute('form', form.id = 'view-' + view.id);
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    fill(note);
    submit.disabled = true;
    submit.classList.add('busy');
    const answer = await call('sandbox.submit', { user: store.me, view_id: view.id, values });
    submit.disabled = false;
    submit.classList.remove('busy');
    if (answer.errors) viewErrors({ view: view.id, errors: answer.errors });
    else if (!answer.ok) fill(note, icon('warn'), answer.error === 'operation_timeout' ? 'We had some trouble connecting. Try again?' : answer.message || answer.error);
  });
  const close = (all) => call('sandbox.close', { user: store.me, view_id: view.id, all });
  const state = { id: view.id, hash: view.hash, el, surface };
  show(el);
  if (!again) (el.querySelector('[autofocus]') || el.querySelector('.field, .select, form input'))?.focus();
  return state;
}
