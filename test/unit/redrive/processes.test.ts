import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plannersOf } from '#shared/adapters/aws/runtime/redrive-planners.ts';
import { approvalOf } from '#shared/approval/process.ts';
import { fallbackOf } from '#shared/fallback/process.ts';
import { greetingOf } from '#shared/greeting/process.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { FUNCTION, NOTIFICATION_MESSAGE, PROCESS } from '#shared/names.ts';
import { NOTIFICATION } from '#shared/notification/notification.ts';
import { verdictsOf } from '#shared/redrive/verdicts.ts';
import { reminderOf } from '#shared/reminder/process.ts';
import { memoryDecidingRows } from '#test/support/memory/memory-redrives.ts';
import { orderProcessWorld } from '#test/support/order-processes.ts';

const CUSTOMER = { name: 'Ada', phone: '+4366012345678', customerId: 'customer_7' };

/** The processes of `run-process`, and what a planning says about its messages. */
function createProcesses() {
  const world = orderProcessWorld();
  const { store, ports: common, customers, deliver } = world;
  const ports = {
    ...common,
    customers,
    reporting: ['email'] as const,
    notificationStates: store.statesOf(NOTIFICATION),
    settingsOf: async () => ({ version: 1, changedAt: '', fallback: { email: { afterMinutes: 1 } } }),
  };
  const verdictOf = async (message: Envelope | undefined) => {
    const letter = { subscriber: FUNCTION.runProcess, reason: 'GIVEN_UP', message: JSON.stringify(message) };
    const planning = { plannerOf: plannersOf(FUNCTION.runProcess), rowsAt: memoryDecidingRows(store) };
    const [{ verdict, reason } = assert.fail()] = await verdictsOf([letter], planning);
    return reason === undefined ? verdict : `${verdict}: ${reason}`;
  };
  return {
    ...world,
    verdictOf,
    greet: (message: Envelope) => deliver(message, greetingOf(ports), PROCESS.greeting),
    approve: (message: Envelope) => deliver(message, approvalOf(ports), PROCESS.approval),
    remind: (message: Envelope) => deliver(message, reminderOf({ reminderAfterMs: 60_000 }), PROCESS.reminder),
    fallBack: (message: Envelope) => deliver(message, fallbackOf(ports), PROCESS.fallback),
  };
}

describe('The plan of a message to the processes', () => {
  it('says that it was handled only when every process that waits for it has handled it', async () => {
    for (const isGreetedFirst of [true, false]) {
      const { register, place, greet, remind, verdictOf } = createProcesses();
      const registered = await register(CUSTOMER);
      assert.equal(await verdictOf(registered), 'handled');
      await greet(registered);
      assert.equal(await verdictOf(registered), 'alreadyDone');
      const placed = await place({ customerId: CUSTOMER.customerId });
      const [first, second] = isGreetedFirst ? [greet, remind] : [remind, greet];
      assert.equal(await verdictOf(placed), 'handled');
      await first(placed);
      assert.equal(await verdictOf(placed), 'handled');
      await second(placed);
      assert.equal(await verdictOf(placed), 'alreadyDone');
    }
  });

  it('asks the one process that waits for it', async () => {
    const { place, step, approve, remind, verdictOf } = createProcesses();
    const placed = await place();
    await remind(placed);
    assert.equal(await verdictOf(placed), 'alreadyDone', 'an order without a customer has no greeting');
    const confirmed = (await step('confirm', placed)) ?? assert.fail();
    await remind(confirmed);
    assert.equal(await verdictOf(confirmed), 'alreadyDone');
    const approved = (await step('approve', placed)) ?? assert.fail();
    assert.equal(await verdictOf(approved), 'handled');
    await approve(approved);
    assert.equal(await verdictOf(approved), 'alreadyDone');
  });

  it('asks the fallback about a notification of an order', async () => {
    const { place, subjectOf, fallBack, verdictOf } = createProcesses();
    const placed = await place();
    const notificationId = `order_${subjectOf(placed).id}_1-1`;
    const sent: Envelope = {
      ...placed,
      ...{ id: 'sent', type: NOTIFICATION_MESSAGE.sent, subject: `notification/${notificationId}` },
      data: { notificationId, channel: 'email' },
    };
    assert.equal(await verdictOf(sent), 'handled');
    await fallBack(sent);
    assert.equal(await verdictOf(sent), 'alreadyDone');
  });

  it('says that it would be dropped only if every process refuses it', async () => {
    const { place, remind, verdictOf } = createProcesses();
    const placed = await place();
    const withoutCustomer = { ...placed, data: { ...Object(placed.data), customerId: 5 } };
    await remind(withoutCustomer);
    assert.equal(await verdictOf(withoutCustomer), 'handled', 'the greeting has not handled it');
    assert.equal(await verdictOf({ ...placed, data: {} }), 'dropped: MALFORMED');
  });
});
