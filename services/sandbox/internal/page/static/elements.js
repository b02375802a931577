// Interactive elements of Block Kit. A surface is where they stand: it has act(action)
// for what goes to the app at once, and values, {block_id: {action_id: value}}, for
// what is sent with a modal.
import { h, fill, icon } from './dom.js';
import { textOf, plain } from './mrkdwn.js';
import { confirm } from './dialog.js';
import { openMenu } from './menu.js';
import { store } from './store.js';

const textIn = (o) => (o ? o.text : '');

// element renders one; input is true where it stands in an input block.
export function element(e, block, surface, input = false) {
  const make = makers[e.type] || makers[e.type.replace(/^multi_/, '')];
  if (!make) return h('span', { class: 'unknown' }, e.type + ' is not drawn here');
  const kept = surface.values?.[block.block_id]?.[e.action_id];
  return make(e, {
    kept,
    // set is called when a person has chosen.
    set: async (value, control) => {
      if (surface.values) (surface.values[block.block_id] ||= {})[e.action_id] = value;
      if (input && !block.dispatch_action) return true;
      if (e.confirm && !(await confirm(e.confirm))) return false;
      await surface.act({ action_id: e.action_id, block_id: block.block_id, value }, control);
      return true;
    },
  });
}

const makers = {
  button: button, workflow_button: button,
  icon_button: (e, on) => h('button', {
    type: 'button', class: 'btn icon-btn', title: textIn(e.text), dataset: { action: e.action_id }, onclick: (ev) => on.set(undefined, ev.currentTarget),
  }, e.icon === 'trash' ? '🗑' : textIn(e.text)),
  feedback_buttons: (e, on) => [e.positive_button, e.negative_button].map((b) => h('button', {
    type: 'button', class: 'btn', dataset: { action: e.action_id }, onclick: (ev) => on.set(b.value, ev.currentTarget),
  }, plain(textIn(b.text)))),
  overflow: (e, on) => h('button', {
    type: 'button', class: 'btn overflow', 'aria-label': 'More actions', 'aria-haspopup': 'listbox', dataset: { action: e.action_id },
    onclick: (ev) => {
      const anchor = ev.currentTarget;
      openMenu(anchor, options(e), {
        pick: (item) => {
          if (item.url) window.open(item.url, '_blank', 'noopener');
          on.set(item.value, anchor);
        },
      });
    },
  }, icon('more')),
  static_select: (e, on) => select(e, on, options(e)),
  external_select: (e, on) => select(e, on, []),
  users_select: (e, on) => select(e, on, people(), e.initial_user, e.initial_users),
  channels_select: (e, on) => select(e, on, channels(), e.initial_channel, e.initial_channels),
  conversations_select: (e, on) => select(e, on, [...channels(), ...people()], e.initial_conversation, e.initial_conversations),
  datepicker: (e, on) => native(e, on, 'date', e.initial_date),
  timepicker: (e, on) => native(e, on, 'time', e.initial_time),
  datetimepicker: (e, on) => native(e, on, 'datetime-local', e.initial_date_time && local(e.initial_date_time), (v) => Math.floor(new Date(v).getTime() / 1000)),
  plain_text_input: text, email_text_input: text, url_text_input: text, number_input: text,
  rich_text_input: text,
  radio_buttons: (e, on) => boxes(e, on, 'radio'),
  checkboxes: (e, on) => boxes(e, on, 'checkbox'),
};

function button(e, on) {
  const props = {
    class: 'btn ' + (e.style || ''), dataset: { action: e.action_id }, 'aria-label': e.accessibility_label,
    onclick: (ev) => on.set(undefined, ev.currentTarget),
  };
  if (e.url && /^https?:/i.test(e.url)) return h('a', { ...props, href: e.url, target: '_blank', rel: 'noopener noreferrer' }, textOf(e.text));
  return h('button', { type: 'button', ...props }, textOf(e.text));
}

const option = (o, group) => ({
  label: textOf(o.text), text: o.text.text, note: o.description ? textOf(o.description) : null, value: o.value, url: o.url, group,
});
const options = (e) => (e.option_groups ? e.option_groups.flatMap((g) => g.options.map((o) => option(o, g.label.text))) : (e.options || []).map((o) => option(o)));
const people = () => store.people().map((u) => ({ label: u.real_name, text: u.real_name, value: u.id, note: u.profile.title }));
const channels = () => store.channels.filter((c) => !c.is_im).map((c) => ({ label: '#' + c.name, text: c.name, value: c.id }));

function select(e, on, items, initial, initials) {
  const many = e.type.startsWith('multi_');
  let chosen = on.kept ?? (many
    ? (initials || (e.initial_options || []).map((o) => o.value))
    : initial ?? e.initial_option?.value);
  const has = (v) => (many ? (chosen || []).includes(v) : chosen === v);
  const face = h('span', { class: 'select-face' });
  const label = () => {
    const picked = items.filter((i) => has(i.value));
    fill(face, picked.length ? picked.map((i, n) => [n ? ', ' : '', i.text || i.value]) : h('span', { class: 'placeholder' }, textIn(e.placeholder) || 'Choose…'));
  };
  label();
  return h('button', {
    type: 'button', class: 'btn select', 'aria-haspopup': 'listbox', dataset: { action: e.action_id },
    onclick: (ev) => {
      const anchor = ev.currentTarget;
      const before = chosen;
      openMenu(anchor, items.map((i) => ({ ...i, checked: has(i.value) })), {
        many,
        pick: async (item) => {
          if (many) chosen = has(item.value) ? chosen.filter((v) => v !== item.value) : [...(chosen || []), item.value];
          else chosen = item.value;
          label();
          if (!(await on.set(chosen, anchor))) { chosen = before; label(); }
        },
      });
    },
  }, face, icon('down'));
}

const local = (seconds) => {
  const d = new Date(seconds * 1000);
  return new Date(d.getTime() - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
};

function native(e, on, type, initial, convert = (v) => v) {
  return h('input', {
    class: 'field narrow', type, value: on.kept ?? initial ?? '', dataset: { action: e.action_id }, 'aria-label': textIn(e.placeholder) || type,
    onchange: (ev) => on.set(convert(ev.target.value), ev.target),
  });
}

function text(e, on) {
  const type = { email_text_input: 'email', url_text_input: 'url', number_input: 'text' }[e.type] || 'text';
  const props = {
    class: 'field', placeholder: textIn(e.placeholder), dataset: { action: e.action_id }, autofocus: e.focus_on_load,
    value: on.kept ?? (typeof e.initial_value === 'string' ? e.initial_value : ''), maxlength: e.max_length,
    inputmode: e.type === 'number_input' ? 'decimal' : undefined, oninput: (ev) => on.set(ev.target.value, ev.target),
  };
  if (e.multiline || e.type === 'rich_text_input') return h('textarea', { ...props, rows: 4 });
  return h('input', { ...props, type });
}

let names = 0;

function boxes(e, on, type) {
  const name = 'box' + ++names;
  const initial = type === 'radio' ? [e.initial_option?.value] : (e.initial_options || []).map((o) => o.value);
  const kept = on.kept === undefined ? initial : [].concat(on.kept);
  const group = h('div', { class: 'boxes', role: type === 'radio' ? 'radiogroup' : 'group', dataset: { action: e.action_id } }, e.options.map((o) => h('label', { class: 'box' },
    h('input', {
      type, name, value: o.value, checked: kept.includes(o.value),
      onchange: (ev) => {
        const ticked = [...group.querySelectorAll('input:checked')].map((i) => i.value);
        on.set(type === 'radio' ? ticked[0] : ticked, ev.target);
      },
    }),
    h('span', null, textOf(o.text), o.description ? h('span', { class: 'menu-note' }, textOf(o.description)) : null))));
  return group;
}
