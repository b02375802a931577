// The app's home tab: a surface like a modal's, that stays.
import { h, fill, icon } from './dom.js';
import { call, store } from './store.js';
import { problem } from './message.js';

let kept = { id: '', values: {} };

// homeSurface is where the blocks of a home tab stand; what was entered outlives an update.
export function homeSurface(view) {
  if (kept.id !== view.id) kept = { id: view.id, values: {} };
  const note = h('div', { class: 'message-note', role: 'status' });
  return {
    values: kept.values, note, of: { view_id: view.id },
    act: async (action, control) => {
      control?.classList.add('busy');
      fill(note);
      const answer = await call('sandbox.click', { user: store.me, view_id: view.id, ...action, state: kept.values });
      control?.classList.remove('busy');
      if (!answer.ok) fill(note, icon('warn'), problem(answer));
    },
  };
}

// openedHome tells the app which of its tabs is open; then is called when it had its time.
export function openedHome(tab, then) {
  call('sandbox.home', { user: store.me, tab, wait_ms: tab === 'home' ? 3000 : 0 }).then(then);
}
