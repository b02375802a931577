// An app made with Slack's own JavaScript clients, against the sandbox's workspace.
// usage: node client.mjs http://127.0.0.1:8080
// Each step prints a line; the first that fails ends the process with status 1.
import assert from 'node:assert/strict';
import { LogLevel, WebClient, WebClientEvent } from '@slack/web-api';
import { SocketModeClient } from '@slack/socket-mode';

const base = process.argv[2];
const [ops, operator, viewer] = ['C0000000OPS', 'U00OPERATOR', 'U0000VIEWER'];
const slackApiUrl = base + '/api/';
const web = new WebClient('xoxb-sandbox', { slackApiUrl, logLevel: LogLevel.ERROR });
const strict = new WebClient('xoxb-sandbox', { slackApiUrl, logLevel: LogLevel.ERROR, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true });
const socket = new SocketModeClient({ appToken: 'xapp-sandbox', clientOptions: { slackApiUrl, logLevel: LogLevel.ERROR }, logLevel: LogLevel.ERROR });

// drive does what a person does.
async function drive(method, args, ok = true) {
  const resp = await fetch(base + '/api/sandbox.' + method, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(args) });
  const answer = await resp.json();
  if (ok) assert.equal(answer.ok, true, method + ': ' + JSON.stringify(answer));
  return answer;
}

// refused expects a call to be refused with an error of Slack's, and returns its data.
async function refused(promise, error) {
  const e = await promise.then(() => assert.fail('not refused: ' + error), (x) => x);
  assert.equal(e.data?.error, error, String(e));
  return e.data;
}

// next waits for something that an event brings.
const waiting = new Map();
const next = (name) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error('no ' + name + ' within 8 s')), 8000);
  waiting.set(name, (v) => { clearTimeout(timer); waiting.delete(name); resolve(v); });
});
const arrived = (name, v) => waiting.get(name)?.(v);

const text = (s) => ({ type: 'plain_text', text: s });
const button = (action_id, value) => ({ type: 'button', action_id, value, text: text(action_id) });
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

socket.on('interactive', async ({ ack, body }) => {
  switch (body.type) {
    case 'block_actions': {
      await ack();
      const [action] = body.actions;
      if (action.action_id === 'ask') {
        const answer = await web.views.open({ trigger_id: body.trigger_id, view: reason() });
        arrived('opened', { view: answer.view, trigger: body.trigger_id });
      } else if (action.action_id === 'respond') {
        const resp = await fetch(body.response_url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text: 'only you: ' + action.value, response_type: 'ephemeral' }) });
        arrived('responded', await resp.text());
      } else arrived('action', body);
      return;
    }
    case 'block_suggestion':
      return ack({ options: ['checkout', 'cart', 'search'].filter((s) => s.includes(body.value)).map((s) => ({ text: text(s), value: s })) });
    case 'view_submission': {
      const values = body.view.state.values;
      if (body.view.callback_id === 'done') return ack({ response_action: 'clear' });
      if (values.why.reason.value === 'no') return ack({ response_action: 'errors', errors: { why: 'That is no reason.' } });
      arrived('submitted', values);
      return ack({ response_action: 'push', view: { type: 'modal', callback_id: 'done', title: text('Sure?'), submit: text('Yes'), notify_on_close: true, blocks: [{ type: 'divider' }] } });
    }
    case 'view_closed':
      await ack();
      return arrived('closed', body);
  }
});
socket.on('slash_commands', async ({ ack, body }) => ack({ text: 'heard ' + body.text }));
socket.on('message', async ({ ack, event }) => { await ack(); if (!event.bot_id) arrived('message', event); });
socket.on('app_mention', async ({ ack, event }) => { await ack(); arrived('app_mention', event); });
socket.on('app_home_opened', async ({ ack, event }) => {
  await ack();
  if (event.tab === 'home') await web.views.publish({ user_id: event.user, view: { type: 'home', blocks: [{ type: 'header', text: text('Home of ' + event.user) }, { type: 'actions', elements: [button('at home', 'h')] }] } });
});

function reason() {
  return {
    type: 'modal', callback_id: 'reason', title: text('Why?'), submit: text('Send'), private_metadata: 'kept',
    blocks: [
      { type: 'input', block_id: 'why', label: text('Reason'), element: { type: 'plain_text_input', action_id: 'reason', focus_on_load: true } },
      { type: 'input', block_id: 'app', label: text('Application'), element: { type: 'external_select', action_id: 'which', min_query_length: 1 } },
      { type: 'input', block_id: 'until', optional: true, label: text('Until'), element: { type: 'datetimepicker', action_id: 'at', initial_date_time: 1795340000 } },
      { type: 'input', block_id: 'who', optional: true, label: text('Who'), element: { type: 'multi_users_select', action_id: 'people' } },
    ],
  };
}

const steps = {
  async 'tokens and scopes'() {
    const me = await web.auth.test();
    assert.equal(me.user_id, 'U0000PARLEY');
    assert.ok(me.response_metadata.scopes.includes('chat:write'));
    await refused(new WebClient('xoxb-wrong', { slackApiUrl, logLevel: LogLevel.ERROR }).auth.test(), 'invalid_auth');
    await drive('app', { scopes: ['chat:write', 'commands'] });
    const why = await refused(web.users.list(), 'missing_scope');
    assert.deepEqual([why.needed, why.provided], ['users:read', 'chat:write,commands']);
    await drive('app', { all_scopes: true });
  },
  async 'lists, page by page'() {
    const names = [];
    for await (const page of web.paginate('conversations.list', { limit: 2 })) names.push(...page.channels.map((c) => c.name));
    assert.deepEqual(names, ['ops', 'cost', 'general']);
    assert.equal((await web.users.lookupByEmail({ email: 'viewer@parley.example' })).user.id, viewer);
    await refused(web.users.lookupByEmail({ email: 'nobody@parley.example' }), 'users_not_found');
    const groups = await web.usergroups.list({ include_users: true });
    assert.deepEqual(groups.usergroups[0].users, [operator, 'U0OPERATOR2']);
    assert.equal((await web.conversations.members({ channel: ops })).members.length, 4);
    assert.equal((await web.conversations.info({ channel: ops, include_num_members: true })).channel.name, 'ops');
    assert.equal((await web.users.conversations({ types: 'public_channel' })).channels.length, 3);
  },
  async 'messages, threads, reactions'() {
    const posted = await web.chat.postMessage({ channel: ops, text: 'from node', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '*from* node <!date^1795340000^{date_short} {time}|then>' } }], metadata: { event_type: 'incident', event_payload: { id: 'i-1' } } });
    const reply = await web.chat.postMessage({ channel: ops, thread_ts: posted.ts, text: 'in the thread' });
    assert.equal((await web.conversations.replies({ channel: ops, ts: posted.ts })).messages[1].ts, reply.ts);
    assert.equal((await web.conversations.history({ channel: ops, include_all_metadata: true })).messages[0].metadata.event_payload.id, 'i-1');
    await web.chat.update({ channel: ops, ts: posted.ts, text: 'changed', blocks: [] });
    assert.match((await web.chat.getPermalink({ channel: ops, message_ts: posted.ts })).permalink, /\/archives\/C0000000OPS\/p\d{16}$/);
    await web.reactions.add({ channel: ops, timestamp: posted.ts, name: 'eyes' });
    await refused(web.reactions.add({ channel: ops, timestamp: posted.ts, name: 'eyes' }), 'already_reacted');
    assert.equal((await web.reactions.get({ channel: ops, timestamp: posted.ts })).message.reactions[0].count, 1);
    await web.reactions.remove({ channel: ops, timestamp: posted.ts, name: 'eyes' });
    await web.chat.postEphemeral({ channel: ops, user: viewer, text: 'only you' });
    await web.chat.delete({ channel: ops, ts: reply.ts });
    const bad = await refused(web.chat.postMessage({ channel: ops, text: 'x', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }] }), 'invalid_blocks');
    assert.deepEqual(bad.errors, ['must be less than 3001 characters [json-pointer:/blocks/0/text/text]']);
  },
  async 'files'() {
    const up = await web.filesUploadV2({ channel_id: 'C000000COST', filename: 'chart.png', title: 'A chart', file: png, initial_comment: 'look' });
    const id = up.files[0].files[0].id;
    let info;
    do { info = (await web.files.info({ file: id })).file; await new Promise((r) => setTimeout(r, 20)); } while (!info.mimetype);
    assert.deepEqual([info.mimetype, info.title, info.original_w], ['image/png', 'A chart', 1]);
    const got = await fetch(info.url_private, { headers: { Authorization: 'Bearer xoxb-sandbox' } });
    assert.ok(png.equals(Buffer.from(await got.arrayBuffer())));
    await web.chat.postMessage({ channel: 'C000000COST', text: 'a picture', blocks: [{ type: 'image', slack_file: { id }, alt_text: 'a dot' }] });
    assert.equal((await web.files.list({ channel: 'C000000COST' })).files[0].id, id);
    await web.files.delete({ file: id });
    await refused(web.files.info({ file: id }), 'file_not_found');
  },
  async 'rate limits are waited for'() {
    await drive('faults', { method: 'conversations.info', status: 429, error: 'ratelimited', retry_after: 1, times: 2 });
    await assert.rejects(strict.conversations.info({ channel: ops }), (e) => e.code === 'slack_webapi_rate_limited_error' && e.retryAfter === 1);
    let limited = 0;
    web.once(WebClientEvent.RATE_LIMITED, () => { limited++; });
    await web.conversations.info({ channel: ops });
    assert.equal(limited, 1);
  },
  async 'scheduled messages'() {
    await refused(web.chat.scheduleMessage({ channel: ops, text: 'x', post_at: 1000 }), 'time_in_past');
    const at = Math.floor(Date.now() / 1000) + 3600;
    const later = await web.chat.scheduleMessage({ channel: ops, text: 'in an hour', post_at: at });
    assert.equal((await web.chat.scheduledMessages.list()).scheduled_messages[0].id, later.scheduled_message_id);
    await web.chat.deleteScheduledMessage({ channel: ops, scheduled_message_id: later.scheduled_message_id });
    assert.equal((await web.chat.scheduledMessages.list()).scheduled_messages.length, 0);
  },
  async 'Socket Mode: connected'() { await socket.start(); },
  async 'a command'() {
    const answer = await drive('command', { user: 'operator', channel: '#ops', command: '/parley', text: 'status @viewer' });
    assert.equal(answer.messages[0].text, 'heard status <@' + viewer + '>');
    assert.equal(answer.messages[0].is_ephemeral, true);
  },
  async 'a click and its response_url'() {
    const m = await web.chat.postMessage({ channel: ops, text: 'buttons', blocks: [{ type: 'actions', block_id: 'do', elements: [button('respond', 'v1'), button('ask', '')] }] });
    steps.ts = m.ts;
    const responded = next('responded');
    await drive('click', { user: 'operator', channel: 'ops', ts: m.ts, action_id: 'respond' });
    assert.equal(await responded, 'ok');
  },
  async 'a modal: suggestions, errors, push, close, clear'() {
    const opening = next('opened');
    await drive('click', { user: 'operator', channel: 'ops', ts: steps.ts, action_id: 'ask' });
    const { view, trigger } = await opening;
    await refused(web.views.open({ trigger_id: trigger, view: reason() }), 'exchanged_trigger_id');
    const on = { user: 'operator', view_id: view.id };
    const offered = await drive('options', { ...on, action_id: 'which', query: 'ch' });
    assert.deepEqual(offered.options.map((o) => o.value), ['checkout', 'search']);
    assert.equal((await drive('submit', { ...on, values: { reason: 'no', which: 'cart' } }, false)).errors.why, 'That is no reason.');
    const submitting = next('submitted');
    await drive('submit', { ...on, values: { why: { reason: 'it leaks' }, which: { selected_option: offered.options[0] }, people: ['viewer'] } });
    const values = await submitting;
    assert.equal(values.app.which.selected_option.value, 'checkout');
    assert.equal(values.until.at.selected_date_time, 1795340000);
    assert.deepEqual(values.who.people.selected_users, [viewer]);
    const closing = next('closed');
    await drive('close', { user: 'operator' });
    assert.equal((await closing).is_cleared, false);
    await refused(web.views.update({ view_id: view.id, hash: 'old', view: reason() }), 'hash_conflict');
    await web.views.update({ view_id: view.id, hash: view.hash, view: { ...reason(), title: text('Once more') } });
    await drive('submit', { ...on, values: { reason: 'it leaks', which: 'cart' } });
    await drive('submit', { user: 'operator' });
    assert.equal((await drive('state', { user: 'operator' })).views.length, 0);
  },
  async 'the home tab'() {
    const { view } = await drive('home', { user: 'viewer' });
    assert.equal(view.blocks[0].text.text, 'Home of ' + viewer);
    await refused(web.views.publish({ user_id: viewer, hash: 'old', view: { type: 'home', blocks: [] } }), 'hash_conflict');
    const acting = next('action');
    await drive('click', { user: 'viewer', view_id: view.id, action_id: 'at home' });
    assert.deepEqual([(await acting).view.type, (await drive('state', { user: 'operator' })).home], ['home', undefined]);
  },
  async 'direct messages and mentions'() {
    const { channel } = await web.conversations.open({ users: viewer, return_im: true });
    assert.equal(channel.is_im && channel.user, viewer);
    await web.chat.postMessage({ channel: viewer, text: 'to you alone' });
    const hearing = next('message');
    await drive('post', { user: 'viewer', channel: channel.id, text: 'hello app' });
    const heard = await hearing;
    assert.deepEqual([heard.text, heard.channel_type], ['hello app', 'im']);
    const between = await drive('post', { user: 'viewer', channel: '@operator', text: 'between us' });
    await refused(web.conversations.history({ channel: between.channel }), 'channel_not_found');
    await refused(web.chat.postMessage({ channel: between.channel, text: 'me too' }), 'channel_not_found');
    const mentioned = next('app_mention');
    await drive('post', { user: 'viewer', channel: 'ops', text: '@parley are you there?' });
    assert.match((await mentioned).text, /^<@U0000PARLEY>/);
  },
  async 'it comes back when Slack wants a new connection'() {
    const again = new Promise((resolve) => socket.once('connected', resolve));
    await drive('disconnect', { reason: 'refresh_requested' });
    await again;
    const answer = await drive('command', { user: 'viewer', channel: 'ops', command: '/parley', text: 'again' });
    assert.equal(answer.messages[0].text, 'heard again');
  },
};

for (const [name, step] of Object.entries(steps)) {
  try {
    await step();
    console.log('ok ' + name);
  } catch (e) {
    console.log('FAILED ' + name + ': ' + (e.stack || e));
    process.exit(1);
  }
}
await socket.disconnect();
console.log('all done');
process.exit(0);
