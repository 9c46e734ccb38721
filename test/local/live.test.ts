import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { type CryptoKey, generateKeyPair, SignJWT } from 'jose';
import type { Change } from '#console/base/changes.ts';
import { connect } from '#console/live/connection.ts';
import { onSubscribeCode } from '#infra/constructs/on-subscribe.ts';
import { type Live, startLive } from '#infra/local/live/live.ts';
import { eventually } from '#test/support/eventually.ts';

const ISSUER = 'https://issuer.example';
const CHANNEL = '/tenants/acme/hints';

describe('the local event API', () => {
  let live: Live;
  let privateKey: CryptoKey;
  before(async () => {
    const keys = await generateKeyPair('RS256');
    privateKey = keys.privateKey;
    live = await startLive();
    const code = onSubscribeCode({ scopePrefix: '' }, 'tenant', 'client-1');
    live.serve({ namespace: 'tenants', issuer: ISSUER, code }, keys.publicKey);
  });
  after(() => live.close());

  const token = (claims: object = {}, expires = '1h', issuer = ISSUER) =>
    new SignJWT({ tenant: 'acme', client_id: 'client-1', scope: 'messages:read', ...claims })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(issuer)
      .setSubject('person-1')
      .setExpirationTime(expires)
      .sign(privateKey);
  const publish = async (channel: string, ...events: string[]) => {
    const body = JSON.stringify({ channel, events });
    const answer = await fetch(`${live.url}/event`, { method: 'POST', body });
    return { status: answer.status, json: await answer.json() };
  };
  const realtime = () => `${live.url.replace('http', 'ws')}/event/realtime`;
  const { host } = new URL('http://events.example');

  /** A client that only speaks the protocol. */
  const open = async (authorization: object) => {
    const header = Buffer.from(JSON.stringify(authorization)).toString('base64url');
    const socket = new WebSocket(realtime(), ['aws-appsync-event-ws', `header-${header}`]);
    const received: Record<string, unknown>[] = [];
    socket.addEventListener('message', ({ data }) => received.push(JSON.parse(data)));
    await once(socket, 'open');
    assert.equal(socket.protocol, 'aws-appsync-event-ws');
    return {
      socket,
      received,
      send: (message: object) => socket.send(JSON.stringify(message)),
      next: (type: string) =>
        eventually(type, () => Promise.resolve(received.find((message) => message.type === type))),
    };
  };
  const authorised = async (claims?: object) => ({ host, Authorization: await token(claims) });

  it('acknowledges a connection, keeps it alive, confirms a subscription, and delivers events to it', async () => {
    const authorization = await authorised();
    const client = await open(authorization);
    client.send({ type: 'connection_init' });
    assert.deepEqual(await client.next('connection_ack'), { type: 'connection_ack', connectionTimeoutMs: 300_000 });
    assert.deepEqual(await client.next('ka'), { type: 'ka' });
    client.send({ type: 'subscribe', id: 'one', channel: CHANNEL, authorization });
    assert.deepEqual(await client.next('subscribe_success'), { type: 'subscribe_success', id: 'one' });
    const { status, json } = await publish(CHANNEL, '{"a":1}', '{"a":2}');
    assert.equal(status, 200);
    assert.deepEqual([json.successful.length, json.failed], [2, []]);
    await eventually('both events', async () => client.received.filter(({ type }) => type === 'data').length === 2);
    assert.deepEqual(
      client.received.filter(({ type }) => type === 'data'),
      [1, 2].map((a) => ({ type: 'data', id: 'one', event: `{"a":${a}}` })),
    );
    client.send({ type: 'subscribe', id: 'one', channel: CHANNEL, authorization });
    await client.next('subscribe_error');
    client.send({ type: 'unsubscribe', id: 'one' });
    assert.deepEqual(await client.next('unsubscribe_success'), { type: 'unsubscribe_success', id: 'one' });
    client.send({ type: 'unsubscribe', id: 'one' });
    await client.next('unsubscribe_error');
    client.send({ type: 'publish', id: 'two', channel: CHANNEL, events: ['{}'] });
    await client.next('error');
    client.socket.close();
  });

  it('refuses a connection without a valid token', async () => {
    const tokens = {
      none: undefined,
      unsigned: 'a.b.c',
      expired: await token({}, '-1s'),
      foreign: await token({}, '1h', 'x'),
    };
    for (const [what, Authorization] of Object.entries(tokens)) {
      const client = await open({ host, Authorization });
      assert.ok(await client.next('connection_error'), what);
      if (client.socket.readyState !== WebSocket.CLOSED) await once(client.socket, 'close');
    }
  });

  it('refuses a subscription to the channel of another tenant, and one with an expired token', async () => {
    const client = await open(await authorised());
    const refused = async (id: string, channel: string, authorization: object) => {
      client.send({ type: 'subscribe', id, channel, authorization });
      const answer = await eventually(id, async () => client.received.find((message) => message.id === id));
      assert.equal(answer.type, 'subscribe_error', id);
    };
    await refused('other', '/tenants/globex/hints', await authorised());
    await refused('all', '/tenants/*', await authorised());
    await refused('expired', CHANNEL, { host, Authorization: await token({}, '-1s') });
    await refused('none', CHANNEL, { host });
    await refused('foreign', CHANNEL, await authorised({ tenant: 'globex' }));
    await refused('invalid', '/tenants/acme/hints/a/b/c', await authorised());
    await refused('namespace', '/others/acme', await authorised());
    await publish(CHANNEL, '{}');
    assert.deepEqual(
      client.received.filter(({ type }) => type === 'data'),
      [],
    );
    client.socket.close();
  });

  it('refuses more than five events, and a channel that is not valid', async () => {
    assert.equal((await publish(CHANNEL, ...Array.from({ length: 6 }, () => '{}'))).status, 400);
    assert.equal((await publish('/tenants/a_b/hints', '{}')).status, 400);
    assert.equal((await publish(CHANNEL)).status, 400);
  });

  it('serves the client of the console, which learns that the connection was dropped', async () => {
    const seen: (string | readonly Change[])[] = [];
    const own = await token();
    const target = { url: realtime(), host, channel: CHANNEL, token: () => own };
    connect(target, {
      onLive: () => seen.push('live'),
      onChanges: (changes) => seen.push(changes),
      onEnd: () => seen.push('end'),
    });
    await eventually('live', async () => seen.length === 1);
    const hints = [{ kind: 'order', id: '1', version: 2 }];
    await publish(CHANNEL, JSON.stringify({ hints }));
    await eventually('a change', async () => seen.length === 2);
    assert.equal(live.drop() >= 1, true);
    await eventually('the end', async () => seen.length === 3);
    assert.deepEqual(seen, ['live', hints, 'end']);
  });

  it('ends the connection of a client of the console that may not subscribe', async () => {
    const seen: string[] = [];
    const foreign = await token({ tenant: 'globex' });
    const target = { url: realtime(), host, channel: CHANNEL, token: () => foreign };
    connect(target, {
      onLive: () => seen.push('live'),
      onChanges: () => seen.push('changes'),
      onEnd: () => seen.push('end'),
    });
    await eventually('the end', async () => seen.length === 1);
    assert.deepEqual(seen, ['end']);
  });
});
