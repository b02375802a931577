// Interactive elements of Block Kit. A surface is where they stand: it has act(action)
// for what goes to the app at once, values, {block_id: {action_id: value}}, for what is
// entered there, and of, which names it in a call.
import { h, icon } from './dom.js';
import { textOf, plain } from './mrkdwn.js';
import { confirm } from './dialog.js';
import { openMenu } from './menu.js';
import { options, select } from './select.js';

const textIn = (o) => (o ? o.text : '');

// element renders one; input is true where it stands in an input block.
export function element(e, block, surface, input = false) {
  const make = makers[e.type] || makers[e.type.replace(/^multi_/, '')];
  if (!make) return h('span', { class: 'unknown' }, e.type + ' is not drawn here');
  const kept = surface.values?.[block.block_id]?.[e.action_id];
  return make(e, {
    kept, surface, block,
    // keep remembers what is entered, and tells nobody.
    keep: (value) => { (surface.values[block.block_id] ||= {})[e.action_id] = value; },
    // set is called when a person has chosen.
    set: async (value, control) => {
      if (value !== undefined && e.type !== 'overflow' && e.type !== 'feedback_buttons') (surface.values[block.block_id] ||= {})[e.action_id] = value;
      if (input && !block.dispatch_action) return true;
      if (e.confirm && !(await confirm(e.confirm))) return false;
      // A button is sent as the person saw it, whatever the message says by now.
      await surface.act({ action_id: e.action_id, block_id: block.block_id, value: value ?? (e.type === 'button' ? e.value : undefined) }, control);
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
  static_select: select, external_select: select, users_select: select, channels_select: select, conversations_select: select,
  datepicker: (e, on) => native(e, on, 'date', e.initial_date),
  timepicker: (e, on) => native(e, on, 'time', e.initial_time),
  datetimepicker: (e, on) => native(e, on, 'datetime-local', e.initial_date_time, (v) => v && Math.floor(new Date(v).getTime() / 1000), local),
  plain_text_input: text, email_text_input: text, url_text_input: text, number_input: text,
  rich_text_input: richInput,
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

const local = (seconds) => {
  const d = new Date(seconds * 1000);
  return new Date(d.getTime() - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
};

function native(e, on, type, initial, convert = (v) => v, show = (v) => v) {
  const now = on.kept ?? initial;
  return h('input', {
    class: 'field narrow', type, value: now ? show(now) : '', dataset: { action: e.action_id }, 'aria-label': textIn(e.placeholder) || type,
    autofocus: e.focus_on_load, onchange: (ev) => on.set(convert(ev.target.value), ev.target),
  });
}

// text tells the app of what is typed where the input's block asks for it: on Enter, or
// while typing.
function text(e, on) {
  const type = { email_text_input: 'email', url_text_input: 'url', number_input: 'text' }[e.type] || 'text';
  const when = e.dispatch_action_config?.trigger_actions_on || ['on_enter_pressed'];
  let pause;
  const props = {
    class: 'field', placeholder: textIn(e.placeholder), dataset: { action: e.action_id }, autofocus: e.focus_on_load, autocomplete: 'off',
    value: on.kept ?? (typeof e.initial_value === 'string' ? e.initial_value : ''), maxlength: e.max_length,
    inputmode: e.type === 'number_input' ? 'decimal' : undefined,
    oninput: (ev) => {
      on.keep(ev.target.value);
      clearTimeout(pause);
      if (on.block.dispatch_action && when.includes('on_character_entered')) pause = setTimeout(() => on.set(ev.target.value), 300);
    },
    onkeydown: (ev) => {
      if (ev.key !== 'Enter' || ev.shiftKey || ev.isComposing || !on.block.dispatch_action || !when.includes('on_enter_pressed')) return;
      ev.preventDefault();
      on.set(ev.target.value);
    },
  };
  return e.multiline ? h('textarea', { ...props, rows: 4 }) : h('input', { ...props, type });
}

// richInput sends rich text, though only plain text can be typed into it here.
function richInput(e, on) {
  const rich = (s) => ({ type: 'rich_text_input', rich_text_value: s && { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: s }] }] } });
  const words = (v) => (v?.elements || []).map((s) => (s.elements || []).map((x) => x.text || '').join('')).join('\n');
  return h('textarea', {
    class: 'field', rows: 4, placeholder: textIn(e.placeholder), dataset: { action: e.action_id }, autofocus: e.focus_on_load,
    value: words(on.kept ? on.kept.rich_text_value : e.initial_value), oninput: (ev) => on.keep(rich(ev.target.value)),
  });
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
