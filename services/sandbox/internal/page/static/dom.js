// The only way nodes are made here: by hand, never from HTML text.

// h makes an element: h('button', {class: 'x', onclick: f, dataset: {a: 1}}, 'text', node, [more]).
export function h(tag, props, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) el.addEventListener(key.slice(2), value);
    else if (key === 'dataset') Object.assign(el.dataset, value);
    else if (key === 'value' || key === 'checked' || key === 'selected') el[key] = value;
    else el.setAttribute(key, value === true ? '' : value);
  }
  put(el, children);
  return el;
}

// put appends strings, nodes and lists of them.
export function put(el, ...children) {
  for (const c of children.flat(Infinity)) {
    if (c !== undefined && c !== null && c !== false) el.append(c);
  }
  return el;
}

// fill replaces what is in el.
export function fill(el, ...children) {
  el.replaceChildren();
  return put(el, children);
}

const paths = {
  send: 'M3 11.5 20.5 4l-6 17-3.2-7.2L3 11.5Z',
  close: 'M6 6l12 12M18 6 6 18',
  menu: 'M4 7h16M4 12h16M4 17h16',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  reply: 'M4 5h16v11H11l-5 4v-4H4V5ZM8 9h8M8 12h5',
  smile: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.5 14.5c1 1.3 2.1 2 3.5 2s2.500-.7 3.500-2M9 9.500v.01M15 9.500v.01',
  eye: 'M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12ZM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z',
  down: 'M6 9.500l6 6 6-6',
  right: 'M9.500 6l6 6-6 6',
  sun: 'M12 16.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9ZM12 2v2.500M12 19.500V22M2 12h2.500M19.500 12H22M5 5l1.700 1.700M17.300 17.300 19 19M5 19l1.700-1.700M17.300 6.700 19 5',
  moon: 'M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500Z',
  replay: 'M4 12a8 8 0 1 1 2.400 5.700M4 19v-5.500h5.500',
  back: 'M15 5l-7 7 7 7',
  warn: 'M12 4 2.800 20h18.400L12 4ZM12 10v4.500M12 17.200v.01',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  hash: 'M9.500 4 7.500 20M16.500 4l-2 16M4.500 9h15.500M4 15h15.500',
  slash: 'M15 4 9 20',
  find: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM15.500 15.500 20.500 20.500',
  home: 'M4 11 12 4l8 7v9h-5.500v-6h-5v6H4v-9Z',
  window: 'M4 6h12v12H4zM8 6V3h13v12h-5',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.500 9.500v.01',
};

// icon draws one of the page's line icons.
export function icon(name) {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon icon-' + name);
  svg.setAttribute('aria-hidden', 'true');
  const p = document.createElementNS(ns, 'path');
  p.setAttribute('d', paths[name]);
  svg.append(p);
  return svg;
}

// svg makes an SVG element.
export function svg(tag, props, ...children) {
  const el = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(props || {})) el.setAttribute(key, value);
  return put(el, children);
}
