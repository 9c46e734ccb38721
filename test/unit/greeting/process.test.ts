import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eraseContactOf } from '#shared/customer/commands.ts';
import { GREETING, greetingKey } from '#shared/greeting/greeting.ts';
import { type GreetingPorts, greetingOf } from '#shared/greeting/process.ts';
import { NotSeenYet } from '#shared/messaging/absence.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { causationIdOf } from '#shared/notification/cause.ts';
import { settingsReader } from '#shared/notification/settings/settings-reader.ts';
import { executeMessage } from '#shared/once/execute-message.ts';
import { httpEvent } from '#test/support/http-event.ts';
import { createWorld } from '#test/support/world/world.ts';

const TENANT = 'acme';
const customerId = 'customer_7';
const contact = { name: 'Ada', email: 'ada@example.com', phone: '+4366012345678' };
const subject = greetingKey(TENANT, customerId);

/** The processes over a store in memory. Nothing is delivered by itself. */
function processes({ registered = contact as object, once = {} } = {}) {
  const { store, clock, commands, customers, messages, ports: common } = createWorld();
  let reads = 0;
  let isHidden = false;
  const counted: GreetingPorts['customers'] = {
    read: (key) => {
      reads += 1;
      return isHidden ? Promise.resolve(undefined) : customers.read(key);
    },
  };
  const ports = {
    ...common(),
    store: { load: store.load, commit: store.commit, ...once },
    secret: async () => 'key',
    notifications: { firstClaimMs: 300_000 },
    settingsOf: settingsReader(store).current,
    customers: counted,
    subscriber: 'run-process',
  };
  let keys = 0;
  const ask = async (routeKey: string, body: object): Promise<Envelope> => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': `key-${++keys}` };
    const before = messages().length;
    const { statusCode, body: text } = await commands(
      httpEvent({ routeKey, tenant: TENANT, headers, body: JSON.stringify(body) }),
    );
    assert.equal(statusCode, 201, text);
    return JSON.parse(messages()[before] ?? '');
  };
  return {
    store,
    clock,
    reads: () => reads,
    hide: (hidden: boolean) => {
      isHidden = hidden;
    },
    register: () => ask('POST /customers', { ...registered, customerId }),
    erase: () => eraseContactOf(customerId, { tenant: TENANT, correlationId: 'erasure' }, ports),
    /** The contact makes the `customerId` the caller's own reference, so the customer need not exist yet. */
    order: (more: object = { customerId }) => ask('POST /orders', { contact, currency: 'EUR', lines: [], ...more }),
    deliver: (message: object) => executeMessage(JSON.stringify(message), greetingOf(ports), ports),
    greetings: () => store.listOf(subject),
    status: async () => (await store.statesOf(GREETING).read(subject))?.state.status,
  };
}

/** Every sequence of these names, up to a length. */
const sequences = (names: readonly string[], longest: number): string[][] =>
  longest === 0 ? [[]] : [[], ...names.flatMap((name) => sequences(names, longest - 1).map((rest) => [name, ...rest]))];

describe('the greeting of a customer', () => {
  const names = ['registration', 'first order', 'later order'];
  const all = sequences(names, 5);

  const expected = (delivered: readonly string[]): number =>
    delivered.includes('registration') && delivered.some((name) => name !== 'registration') ? 1 : 0;

  async function world() {
    const parts = processes();
    const messages: Record<string, Envelope> = {
      registration: await parts.register(),
      'first order': await parts.order(),
      'later order': await parts.order(),
    };
    return { ...parts, deliverNamed: (name: string) => parts.deliver(messages[name] ?? assert.fail()) };
  }

  it('is sent exactly once for every order and repetition of its messages', async () => {
    assert.equal(all.length, 1 + 3 + 9 + 27 + 81 + 243);
    for (const delivered of all) {
      const { deliverNamed, greetings } = await world();
      for (const name of delivered) await deliverNamed(name);
      assert.equal((await greetings()).length, expected(delivered), delivered.join(', '));
    }
  });

  it('is sent exactly once if they are handled at the same time', async () => {
    for (const delivered of all) {
      const { deliverNamed, greetings } = await world();
      await Promise.all(delivered.map(deliverNamed));
      assert.equal((await greetings()).length, expected(delivered), delivered.join(', '));
    }
  });

  it('names the message that completed it as its cause', async () => {
    for (const isReversed of [false, true]) {
      const { register, order, deliver, greetings } = processes();
      const messages = [await register(), await order()];
      if (isReversed) messages.reverse();
      for (const message of messages) await deliver(message);
      const [{ stored } = assert.fail()] = await greetings();
      assert.equal(causationIdOf(subject, stored.state), messages[1]?.id);
      assert.equal(stored.state.correlationId, messages[1]?.correlationid);
      assert.equal(stored.state.customerId, customerId);
    }
  });

  it('takes one read of the customer, and later orders write nothing and read only the greeting', async () => {
    const { register, order, deliver, reads, store } = processes();
    for (const message of [await register(), await order()]) await deliver(message);
    assert.equal(reads(), 1);
    const later = await order();
    const before = store.outbox.size;
    await deliver(later);
    assert.deepEqual([reads(), store.outbox.size], [1, before]);
  });

  it('ends without a message if the customer has no phone number', async () => {
    const { register, order, deliver, greetings, status } = processes({
      registered: { name: 'Ada', email: 'ada@example.com' },
    });
    for (const message of [await order(), await register(), await order()]) await deliver(message);
    assert.deepEqual([await status(), await greetings()], ['ended', []]);
  });

  it('waits if the customerId is only the caller’s own reference', async () => {
    const { order, register, deliver, status } = processes();
    for (const message of [await order(), await order()]) await deliver(message);
    assert.equal(await status(), 'awaiting-registration');
    await deliver(await register());
    assert.equal(await status(), 'greeted');
  });

  it('ends without a message if the customer was erased in the meantime', async () => {
    const { register, erase, order, deliver, greetings, status } = processes();
    await deliver(await register());
    await erase();
    await deliver(await order());
    assert.deepEqual([await status(), await greetings()], ['ended', []]);
  });

  it('is delivered again while the customer’s row cannot be seen yet, and is refused after an hour', async () => {
    const { register, order, deliver, greetings, hide, clock } = processes();
    const [registration, placed] = [await register(), await order()];
    await deliver(registration);
    hide(true);
    await assert.rejects(deliver(placed), NotSeenYet);
    assert.deepEqual(await greetings(), []);
    clock.advance(60 * 60 * 1000);
    await assert.rejects(deliver(placed), PoisonMessage);
    hide(false);
    await deliver(placed);
    assert.equal((await greetings()).length, 1);
  });

  it('ignores an order without a customer, and refuses a message whose customer is no text', async () => {
    const { order, deliver } = processes({
      once: {
        load: () => assert.fail('nothing is read'),
        commit: () => assert.fail('nothing is written'),
      },
    });
    const placed = await order({});
    await deliver(placed);
    await assert.rejects(deliver({ ...placed, data: { customerId: 7 } }), PoisonMessage);
  });
});
