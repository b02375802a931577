// Conversations by name: what a channel or a direct message is called, and its address.
import { store } from './store.js';

// other is who a direct message is with: the app, or a person.
export const other = (c) => (c.members ? c.members.find((id) => id !== store.me) || store.me : store.bot);

export const title = (c) => (c.is_im ? store.user(other(c))?.real_name || 'Direct message' : c.name);

export const address = (c) => '#' + (c.is_im ? c.id : c.name);

// withPerson is the direct message with someone, where there is one.
export const withPerson = (id) => store.channels.find((c) => c.is_im && other(c) === id);
