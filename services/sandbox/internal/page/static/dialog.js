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

// showViews brings the top one of a person's modals to the screen.
export function showViews() {
  const view = store.views.at(-1);
  if (!view) {
    open?.el.close();
    open = null;
    return;
  }
  if (open?.id === view.id && open.hash === view.hash) return;
  const values = open?.id === view.id ? open.surface.values : {};
  if (open) {
    open.moved = true;
    open.el.close();
  }
  open = build(view, values);
}

// errors shows what the app objects to in a modal.
export function viewErrors({ view, errors }) {
  if (open?.id !== view) return;
  for (const box of open.el.querySelectorAll('.b-input')) {
    box.querySelector('.b-error').textContent = errors[box.dataset.block] || '';
    box.classList.toggle('wrong', !!errors[box.dataset.block]);
  }
  open.el.querySelector('.b-input.wrong')?.scrollIntoView({ block: 'nearest' });
}

function build(view, kept) {
  // What was typed stays while its block does.
  const here = new Set(view.blocks.map((b) => b.block_id));
  const values = Object.fromEntries(Object.entries(kept).filter(([id]) => here.has(id)));
  const note = h('div', { class: 'dialog-note', role: 'alert' });
  const surface = {
    values,
    act: async (action) => {
      const answer = await call('sandbox.click', { user: store.me, view_id: view.id, ...action, state: values });
      if (!answer.ok) fill(note, icon('warn'), answer.message || answer.error);
    },
  };
  const submit = view.submit && h('button', { type: 'submit', class: 'btn primary submit' }, plain(view.submit.text));
  const form = h('form', { class: 'dialog-body' }, blocks(view.blocks, surface));
  const el = h('dialog', { class: 'dialog view', oncancel: (e) => { e.preventDefault(); close(false); } },
    h('div', { class: 'dialog-head' },
      store.views.length > 1 ? h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Back', onclick: () => close(false) }, icon('back')) : null,
      h('h2', null, plain(view.title?.text || '')), closer(() => close(true))),
    form, note,
    h('div', { class: 'dialog-foot' },
      h('button', { type: 'button', class: 'btn', onclick: () => close(false) }, plain(view.close?.text || 'Cancel')), submit));
  submit?.setAttribute('form', form.id = 'view-' + view.id);
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    fill(note);
    submit.disabled = true;
    const answer = await call('sandbox.submit', { user: store.me, view_id: view.id, values });
    submit.disabled = false;
    if (answer.errors) viewErrors({ view: view.id, errors: answer.errors });
    else if (!answer.ok) fill(note, icon('warn'), answer.error === 'operation_timeout' ? 'We had some trouble connecting. Try again?' : answer.message || answer.error);
  });
  const close = (all) => call('sandbox.close', { user: store.me, view_id: view.id, all });
  const state = { id: view.id, hash: view.hash, el, surface };
  show(el);
  el.querySelector('input, textarea')?.focus();
  return state;
}
