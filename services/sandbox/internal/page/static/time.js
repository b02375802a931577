// Times as people read them, in the browser's own zone and language.
const of = (seconds) => new Date(seconds * 1000);
const show = (options) => { const f = new Intl.DateTimeFormat(undefined, options); return (d) => f.format(d); };

const clock = show({ hour: 'numeric', minute: '2-digit' });
const clockSeconds = show({ hour: 'numeric', minute: '2-digit', second: '2-digit' });
const long = show({ weekday: 'long', month: 'long', day: 'numeric' });
const full = show({ weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' });
const short = show({ month: 'short', day: 'numeric', year: 'numeric' });
const medium = show({ month: 'long', day: 'numeric', year: 'numeric' });
const slashes = show({ year: 'numeric', month: '2-digit', day: '2-digit' });

const dayNumber = (d) => Math.floor((d.getTime() - d.getTimezoneOffset() * 60000) / 86400000);

// near is "Today" or "Yesterday", or ''.
function near(d) {
  return { 0: 'Today', 1: 'Yesterday', '-1': 'Tomorrow' }[dayNumber(new Date()) - dayNumber(d)] || '';
}

export const time = (ts) => clock(of(Number(ts)));
export const exact = (ts) => full(of(Number(ts))) + ' at ' + clockSeconds(of(Number(ts)));
export const day = (ts) => near(of(Number(ts))) || long(of(Number(ts)));
export const dayKey = (ts) => dayNumber(of(Number(ts)));

// ago is how long ago a timestamp was, in words.
export function ago(ts) {
  const s = Math.max(0, Date.now() / 1000 - Number(ts));
  const say = (n, unit) => `${n} ${unit}${n === 1 ? '' : 's'} ago`;
  if (s < 45) return 'just now';
  if (s < 3600) return say(Math.max(1, Math.round(s / 60)), 'minute');
  if (s < 86400) return say(Math.round(s / 3600), 'hour');
  if (s < 60 * 86400) return say(Math.round(s / 86400), 'day');
  if (s < 700 * 86400) return say(Math.round(s / 30.44 / 86400), 'month');
  return say(Math.floor(s / 365.25 / 86400), 'year');
}

// formatDate fills in the tokens of <!date^…>, all that Slack documents.
export function formatDate(seconds, format) {
  const d = of(seconds);
  const pretty = (f) => near(d).toLowerCase() || f(d);
  const tokens = {
    date_num: () => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`,
    date_slash: () => slashes(d),
    date: () => medium(d), date_short: () => short(d), date_long: () => full(d), date_long_full: () => full(d), day_divider_pretty: () => near(d) || long(d),
    date_pretty: () => pretty(medium), date_short_pretty: () => pretty(short), date_long_pretty: () => pretty(full),
    time: () => clock(d), time_secs: () => clockSeconds(d), ago: () => ago(seconds),
  };
  const text = format.replace(/\{(\w+)\}/g, (all, name) => (tokens[name] ? tokens[name]() : all));
  return text.charAt(0).toUpperCase() + text.slice(1);
}
