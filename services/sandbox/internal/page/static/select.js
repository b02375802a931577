// Menus to choose from: fixed options, people, conversations, or what the app suggests.
import { h, fill, icon } from './dom.js';
import { textOf } from './mrkdwn.js';
import { openMenu } from './menu.js';
import { call, store } from './store.js';
import { title } from './place.js';

const textIn = (o) => (o ? o.text : '');

const option = (o, group) => ({
  label: textOf(o.text), text: o.text.text, note: o.description ? textOf(o.description) : null, value: o.value, url: o.url, group, option: o,
});

export const options = (e) => (e.option_groups ? e.option_groups.flatMap((g) => g.options.map((o) => option(o, g.label.text))) : (e.options || []).map((o) => option(o)));

const person = (u) => ({ label: u.real_name, text: u.real_name, value: u.id, note: u.profile.title });
const conversation = (c) => ({ label: (c.is_im ? '' : '#') + title(c), text: title(c), value: c.id });

// conversations are those that a filter lets through.
function conversations(e) {
  const kinds = e.filter?.include;
  const kind = (c) => (c.is_im ? 'im' : c.is_private ? 'private' : 'public');
  return store.channels.filter((c) => (kinds ? kinds.includes(kind(c)) : true) && !(e.filter?.exclude_bot_users && c.user)).map(conversation);
}

// sources are, by the kind of menu: what it offers, and the fields in which it keeps its choice.
const sources = {
  static_select: (e) => ({ items: options(e), one: 'initial_option', of: (o) => o?.value }),
  external_select: (e) => ({ items: [], one: 'initial_option', of: (o) => o?.value, external: true }),
  users_select: () => ({ items: store.people().map(person), one: 'initial_user', of: (v) => v }),
  channels_select: () => ({ items: store.channels.filter((c) => !c.is_im && !c.is_private).map(conversation), one: 'initial_channel', of: (v) => v }),
  conversations_select: (e) => ({ items: conversations(e), one: 'initial_conversation', of: (v) => v }),
};

export function select(e, on) {
  const many = e.type.startsWith('multi_');
  const { items, one, of, external } = sources[e.type.replace('multi_', '')](e);
  let begin = (many ? e[one + 's'] || [] : [e[one]]).map(of).filter((v) => v !== undefined);
  if (e.default_to_current_conversation && !begin.length && on.surface.channel) begin = [on.surface.channel.id];
  // Options by value: an external menu's are known only once they were offered.
  const known = new Map(items.map((i) => [i.value, i]));
  const learn = (list) => list.forEach((i) => known.set(i.value, i));
  if (external) learn([...(e.initial_options || []), ...[e.initial_option].filter(Boolean), ...(on.kept?.selected_options || []), ...[on.kept?.selected_option].filter(Boolean)].map((o) => option(o)));
  const keptValues = external && on.kept ? (many ? on.kept.selected_options : [on.kept.selected_option]).filter(Boolean).map((o) => o.value) : on.kept;
  let chosen = keptValues === undefined ? begin : [].concat(keptValues).filter((v) => v !== '');
  // What is kept and sent: a value or values, and for what the app offered the options themselves.
  const held = () => {
    if (!external) return many ? chosen : chosen[0];
    const picked = chosen.map((v) => known.get(v).option);
    return many ? { type: e.type, selected_options: picked } : { type: e.type, selected_option: picked[0] || null };
  };
  const face = h('span', { class: 'select-face' });
  const label = () => {
    const picked = chosen.map((v) => known.get(v)?.text || v);
    fill(face, picked.length ? picked.join(', ') : h('span', { class: 'placeholder' }, textIn(e.placeholder) || 'Choose…'));
  };
  label();
  const load = external ? async (query) => {
    if (query.length < (e.min_query_length ?? 3)) return { note: 'Type at least ' + (e.min_query_length ?? 3) + ' letters' };
    const answer = await call('sandbox.options', { user: store.me, ...on.surface.of, block_id: on.block.block_id, action_id: e.action_id, query });
    if (!answer.ok) return { note: 'The app did not offer anything: ' + (answer.message || answer.error) };
    const list = options({ options: answer.options || [], option_groups: answer.option_groups });
    learn(list);
    return { items: list.map((i) => ({ ...i, checked: chosen.includes(i.value) })) };
  } : null;
  return h('button', {
    type: 'button', class: 'btn select', 'aria-haspopup': 'listbox', dataset: { action: e.action_id }, autofocus: e.focus_on_load,
    onclick: (ev) => {
      const anchor = ev.currentTarget;
      const before = chosen;
      openMenu(anchor, items.map((i) => ({ ...i, checked: chosen.includes(i.value) })), {
        many, load, full: () => many && e.max_selected_items && chosen.length >= e.max_selected_items,
        pick: async (item) => {
          if (many) chosen = chosen.includes(item.value) ? chosen.filter((v) => v !== item.value) : [...chosen, item.value];
          else chosen = [item.value];
          label();
          if (!(await on.set(held(), anchor))) { chosen = before; label(); }
        },
      });
    },
  }, face, icon('down'));
}
