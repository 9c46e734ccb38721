import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ApprovalPorts, approvalOf } from '#shared/approval/process.ts';
import { NotSeenYet } from '#shared/messaging/absence.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { causationIdOf } from '#shared/notification/cause.ts';
import { NO_NOTIFICATIONS } from '#shared/notification/request.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { APPROVAL, approvalKey } from '#shared/order/approval.ts';
import { orderDecider } from '#shared/order/decider.ts';
import { orderProcessWorld } from '#test/support/order-processes.ts';

/** The approval of one approved order over a store in memory. */
async function approvals(options: { contact?: object } = {}) {
  const world = orderProcessWorld(options);
  const { store, ports } = world;
  const placed = await world.place();
  const confirmed = (await world.step('confirm', placed)) ?? assert.fail();
  const approved = (await world.step('approve', placed)) ?? assert.fail();
  const subject = world.subjectOf(placed);
  return {
    ...world,
    placed,
    confirmed,
    approved,
    subject,
    see: (message: Envelope, over: Partial<ApprovalPorts> = {}) =>
      world.deliver(message, approvalOf({ ...ports, ...over }), 'approval'),
    sent: () => world.requested(placed, 'approval'),
    status: async () => (await store.statesOf(APPROVAL).read(approvalKey('acme', subject.id)))?.state.status,
    erase: () =>
      executeTransition(
        { decider: orderDecider, key: subject, command: { type: 'EraseContact' }, terms: NO_NOTIFICATIONS },
        { subscriber: 'erase', transitionId: 'erasure', metadata: { correlationId: 'erasure' } },
        ports,
      ),
  };
}

const sequences = (names: readonly string[], longest: number): string[][] =>
  longest === 0 ? [[]] : [[], ...names.flatMap((name) => sequences(names, longest - 1).map((rest) => [name, ...rest]))];

describe('the approval e-mail of an order', () => {
  const all = sequences(['placed', 'confirmed', 'approved'], 4);
  const deliverNamed = (world: Awaited<ReturnType<typeof approvals>>) => (name: string) =>
    world.see({ placed: world.placed, confirmed: world.confirmed, approved: world.approved }[name] ?? assert.fail());

  it('is requested exactly once for every order and repetition of the messages', async () => {
    assert.equal(all.length, 1 + 3 + 9 + 27 + 81);
    for (const delivered of all) {
      const world = await approvals();
      for (const name of delivered) await deliverNamed(world)(name);
      assert.equal((await world.sent()).length, delivered.includes('approved') ? 1 : 0, delivered.join(', '));
    }
  });

  it('is requested exactly once if they are handled at the same time', async () => {
    for (const delivered of all) {
      const world = await approvals();
      await Promise.all(delivered.map(deliverNamed(world)));
      assert.equal((await world.sent()).length, delivered.includes('approved') ? 1 : 0, delivered.join(', '));
    }
  });

  it('names the message about the approval as its cause', async () => {
    const { see, approved, sent, subject } = await approvals();
    await see(approved);
    const [{ stored } = assert.fail()] = await sent();
    assert.equal(causationIdOf(subject, stored.state), approved.id);
    assert.equal(stored.state.correlationId, approved.correlationid);
  });

  it('changes neither the order nor its version', async () => {
    const { see, approved, subject, ports } = await approvals();
    const before = await ports.orders.read(subject);
    await see(approved);
    assert.deepEqual(await ports.orders.read(subject), before);
  });

  it('is not requested if the contact is erased between the read of the order and the commit', async () => {
    const { see, approved, sent, status, erase, ports } = await approvals();
    let isErased = false;
    const orders: ApprovalPorts['orders'] = {
      async read(key) {
        const read = await ports.orders.read(key);
        if (!isErased) await erase();
        isErased = true;
        return read;
      },
    };
    await see(approved, { orders });
    assert.deepEqual([await status(), await sent()], ['ended', []]);
  });

  it('ends without a message if the contact has no e-mail address', async () => {
    const { see, approved, sent, status } = await approvals({ contact: { name: 'Ada', phone: '+4366012345678' } });
    await see(approved);
    assert.deepEqual([await status(), await sent()], ['ended', []]);
  });

  it('ends without a message if the tenant has switched it off', async () => {
    const { see, approved, sent, status } = await approvals();
    await see(approved, { settingsOf: async () => ({ version: 1, changedAt: '', events: { OrderApproved: [] } }) });
    assert.deepEqual([await status(), await sent()], ['ended', []]);
  });

  it('is delivered again while the order cannot be seen yet, and is refused after an hour', async () => {
    const { see, approved, sent, clock } = await approvals();
    const hidden = { orders: { read: async () => undefined } };
    await assert.rejects(see(approved, hidden), NotSeenYet);
    clock.advance(60 * 60 * 1000);
    await assert.rejects(see(approved, hidden), PoisonMessage);
    await assert.rejects(see({ ...approved, data: {} }), PoisonMessage);
    assert.deepEqual(await sent(), []);
  });
});
