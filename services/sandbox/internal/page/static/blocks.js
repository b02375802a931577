// Block Kit as people see it.
import { h, put } from './dom.js';
import { mrkdwn, textOf, plain } from './mrkdwn.js';
import { element } from './elements.js';
import { richText, table } from './rich.js';
import { visualization } from './plot.js';
import { lightbox } from './dialog.js';

// blocks renders a list on a surface (see elements.js).
export const blocks = (list, surface) => (list || []).map((b) => {
  const make = makers[b.type];
  const el = make ? make(b, surface) : h('div', { class: 'unknown' }, 'A ' + b.type + ' block, which this page does not draw');
  if (el instanceof Element) el.dataset.block = b.block_id || '';
  return el;
});

const makers = {
  divider: () => h('hr', { class: 'divider' }),
  header: (b) => h(b.level > 1 ? 'h4' : 'h3', { class: 'b-header' }, textOf(b.text)),
  section: (b, s) => h('div', { class: 'b-section' },
    h('div', { class: 'b-body' },
      b.text ? h('div', { class: 'b-text' }, textOf(b.text)) : null,
      b.fields ? h('div', { class: 'b-fields' }, b.fields.map((f) => h('div', { class: 'b-field' }, textOf(f)))) : null),
    b.accessory ? h('div', { class: 'b-accessory' }, b.accessory.type === 'image' ? picture(b.accessory, 'thumb') : element(b.accessory, b, s)) : null),
  context: (b) => h('div', { class: 'b-context' }, b.elements.map((e) => (e.type === 'image'
    ? picture(e, 'tiny') : h('span', { class: 'b-context-text' }, textOf(e))))),
  actions: (b, s) => h('div', { class: 'b-actions' }, b.elements.map((e) => element(e, b, s))),
  context_actions: (b, s) => h('div', { class: 'b-actions' }, b.elements.map((e) => element(e, b, s))),
  image: (b) => h('figure', { class: 'b-image' }, b.title ? h('figcaption', null, textOf(b.title)) : null, picture(b, 'large')),
  input: input,
  rich_text: (b) => h('div', { class: 'b-rich' }, b.elements.map(richText)),
  markdown: (b) => h('div', { class: 'b-text' }, markdown(b.text)),
  table: (b) => table(b.rows, b.column_settings),
  data_table: (b, s) => h('div', null, b.caption ? h('div', { class: 'b-caption' }, b.caption) : null,
    table(b.rows, [], (cell) => (cell.element ? element(cell.element, b, s) : null))),
  data_visualization: (b) => visualization(b),
  alert: (b) => h('div', { class: 'b-alert ' + (b.level || 'default') }, textOf(b.text)),
  container: (b, s) => h('details', { class: 'b-container', open: !b.default_collapsed }, h('summary', null, textOf(b.title)), blocks(b.child_blocks, s)),
  card: (b, s) => h('div', { class: 'b-card' },
    b.hero_image ? picture(b.hero_image, 'large') : null, b.title ? h('b', null, textOf(b.title)) : null,
    b.subtitle ? h('div', { class: 'b-hint' }, textOf(b.subtitle)) : null, b.body ? h('div', null, textOf(b.body)) : null,
    b.actions ? h('div', { class: 'b-actions' }, b.actions.map((e) => element(e, b, s))) : null),
};

let inputs = 0;

function input(b, s) {
  const id = 'in-' + ++inputs;
  const control = element(b.element, b, s, true);
  control.setAttribute('aria-labelledby', id + (control.matches('.select') ? ' ' + id + '-v' : ''));
  control.setAttribute('aria-describedby', id + '-e ' + id + '-h');
  if (control.matches('.select')) control.firstElementChild.id = id + '-v';
  if (!b.optional) control.setAttribute('aria-required', 'true');
  return h('div', { class: 'b-input' },
    h('div', { class: 'b-label', id, onclick: () => (control.matches('.boxes') ? control.querySelector('input') : control).focus() },
      textOf(b.label), b.optional ? h('span', { class: 'optional' }, ' (optional)') : null),
    control,
    h('div', { class: 'b-error', role: 'alert', id: id + '-e' }),
    b.hint ? h('div', { class: 'b-hint', id: id + '-h' }, textOf(b.hint)) : null);
}

// picture shows a workspace file, or names a picture from elsewhere, which the page
// does not fetch.
function picture(o, size) {
  const file = o.slack_file;
  const src = file ? '/files/' + encodeURIComponent(file.id || file.url.match(/-(F[A-Z0-9]{8,})\//)?.[1] || '') : sameOrigin(o.image_url);
  if (!src) return h('a', { class: 'outside', href: o.image_url, target: '_blank', rel: 'noopener noreferrer' }, 'Picture from elsewhere: ' + o.alt_text);
  const img = h('img', { src, alt: o.alt_text || '', class: size, title: o.alt_text || '', loading: size === 'large' ? 'eager' : 'lazy' });
  if (size === 'large') keepRoom(img, o.image_width, o.image_height);
  if (size === 'tiny') return img;
  return h('button', { type: 'button', class: 'pic ' + size, 'aria-label': 'Enlarge: ' + (o.alt_text || 'picture'), onclick: () => lightbox(src, o.alt_text) }, img);
}

// keepRoom gives a picture its size before it has come, or what stands below would jump
// away from under a pointer. It is drawn 380 px high at most.
export function keepRoom(img, width, height) {
  if (!width || !height) return img;
  img.width = Math.round(width * Math.min(1, 380 / height));
  img.style.aspectRatio = width + ' / ' + height;
  return img;
}

function sameOrigin(url) {
  try {
    const u = new URL(url, location.href);
    return u.origin === location.origin ? u.pathname + u.search : '';
  } catch {
    return '';
  }
}

// markdown is the little of Markdown that apps use, by way of mrkdwn.
function markdown(text) {
  return text.split('\n').flatMap((line, i) => {
    const head = line.match(/^#{1,6} (.*)/);
    if (head) return [h('h4', { class: 'b-header' }, plain(head[1]))];
    const slackish = line.replace(/^(\s*)[-*] /, '$1• ').replace(/\*\*(.+?)\*\*/g, '*$1*').replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, '<$2|$1>');
    return [i ? h('br') : null, ...mrkdwn(slackish)];
  });
}

// attachment renders a legacy attachment with its bar of colour.
export function attachment(a, surface) {
  const el = h('div', { class: 'attachment' });
  const color = { good: '#2eb67d', warning: '#ecb22e', danger: '#e01e5a' }[a.color] || (/^#?[0-9a-f]{6}$/i.test(a.color || '') ? '#' + a.color.replace('#', '') : '');
  if (color) el.style.setProperty('--bar', color);
  if (a.blocks?.length) return put(el, blocks(a.blocks, surface));
  return put(el,
    a.pretext ? h('div', { class: 'b-text' }, mrkdwn(a.pretext)) : null,
    a.author_name ? h('div', { class: 'b-hint' }, a.author_name) : null,
    a.title ? h('div', { class: 'attachment-title' }, a.title_link ? mrkdwn('<' + a.title_link + '|' + a.title + '>') : plain(a.title)) : null,
    a.text ? h('div', { class: 'b-text' }, mrkdwn(a.text)) : null,
    a.fields?.length ? h('div', { class: 'b-fields' }, a.fields.map((f) => h('div', { class: 'b-field' + (f.short ? '' : ' wide') }, h('b', null, f.title), h('div', null, mrkdwn(f.value))))) : null,
    a.image_url ? picture({ image_url: a.image_url, alt_text: a.fallback }, 'large') : null,
    a.footer ? h('div', { class: 'b-hint' }, plain(a.footer)) : null);
}
