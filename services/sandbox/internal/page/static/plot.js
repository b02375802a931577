// data_visualization: small line, area, bar and pie charts.
import { h, svg } from './dom.js';

const W = 520, H = 200, L = 44, B = 24, T = 8;

export function visualization(b) {
  const c = b.chart;
  const draw = c.type === 'pie' ? pie : axes;
  const names = c.type === 'pie' ? c.segments.map((s) => s.label) : c.series.map((s) => s.name);
  return h('figure', { class: 'b-plot', role: 'img', 'aria-label': b.title },
    h('figcaption', null, b.title), draw(c),
    h('div', { class: 'legend' }, names.map((n, i) => h('span', { class: 'series-' + i }, n))));
}

function axes(c) {
  const categories = c.axis_config.categories;
  const all = c.series.flatMap((s) => s.data.map((p) => Number(p.value)));
  const tick = nice((Math.max(...all, 1e-9) - Math.min(0, ...all)) / 4);
  const min = Math.floor(Math.min(0, ...all) / tick) * tick, max = Math.ceil(Math.max(...all, 1e-9) / tick) * tick;
  const step = (W - L - 8) / Math.max(1, categories.length - (c.type === 'bar' ? 0 : 1));
  const x = (i) => L + i * step;
  const y = (v) => T + (H - T - B) * (1 - (v - min) / (max - min));
  const value = (s, name) => Number(s.data.find((p) => p.label === name)?.value ?? 0);
  const g = [];
  for (let v = min; v <= max + tick / 2; v += tick) {
    g.push(svg('line', { x1: L, x2: W - 8, y1: y(v), y2: y(v), class: 'grid' }), svg('text', { x: L - 6, y: y(v) + 4, class: 'tick end' }, Number(v.toPrecision(10)).toLocaleString()));
  }
  const every = Math.ceil(categories.length / 8);
  categories.forEach((n, i) => { if (i % every === 0) g.push(svg('text', { x: x(i) + (c.type === 'bar' ? step / 2 : 0), y: H - 6, class: 'tick mid' }, n)); });
  c.series.forEach((s, n) => {
    if (c.type === 'bar') {
      const w = (step * 0.72) / c.series.length;
      categories.forEach((name, i) => {
        const v = value(s, name);
        g.push(svg('rect', { x: x(i) + step * 0.14 + n * w, width: Math.max(1, w - 1), y: Math.min(y(v), y(0)), height: Math.abs(y(0) - y(v)), rx: 2, class: 'fill series-' + n }));
      });
      return;
    }
    const line = categories.map((name, i) => (i ? 'L' : 'M') + x(i) + ' ' + y(value(s, name))).join(' ');
    if (c.type === 'area') g.push(svg('path', { d: line + ` L${x(categories.length - 1)} ${y(min)} L${x(0)} ${y(min)} Z`, class: 'area series-' + n }));
    g.push(svg('path', { d: line, class: 'line series-' + n }));
  });
  return svg('svg', { viewBox: `0 0 ${W} ${H}` }, g);
}

// nice rounds a step up to 1, 2, 2.5 or 5 times a power of ten.
function nice(step) {
  const power = 10 ** Math.floor(Math.log10(step));
  return [1, 2, 2.5, 5, 10].find((n) => n * power >= step * 0.999) * power;
}

function pie(c) {
  const total = c.segments.reduce((sum, s) => sum + Number(s.value), 0);
  let at = -Math.PI / 2;
  const point = (a) => `${100 + 84 * Math.cos(a)} ${100 + 84 * Math.sin(a)}`;
  return svg('svg', { viewBox: '0 0 200 200', class: 'pie' }, c.segments.map((s, i) => {
    const part = Math.min(0.9999, Number(s.value) / total) * 2 * Math.PI;
    const d = `M100 100 L${point(at)} A84 84 0 ${part > Math.PI ? 1 : 0} 1 ${point(at + part)} Z`;
    at += part;
    return svg('path', { d, class: 'fill series-' + i });
  }));
}
