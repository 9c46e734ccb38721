import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { causationIdOf } from '#shared/notification/cause.ts';
import { wakeLoop } from '#shared/once/wake.ts';
import { REMINDER_DUE } from '#shared/reminder/due.ts';
import { reminderOf } from '#shared/reminder/process.ts';
import { REMINDER, reminderKey } from '#shared/reminder/reminder.ts';
import { reminderWaker, type WakeReminderPorts } from '#shared/reminder/wake.ts';
import { orderProcessWorld } from '#test/support/order-processes.ts';

const AFTER_MS = 60_000;

/** The reminder of one order over a store in memory. */
async function reminders({ isOn = true, ...options }: { isOn?: boolean; contact?: object } = {}) {
  const world = orderProcessWorld(options);
  const { store, clock, ports } = world;
  const placed = await world.place();
  const key = reminderKey('acme', world.subjectOf(placed).id);
  const states = store.statesOf(REMINDER);
  const commandOf = reminderOf(isOn ? { reminderAfterMs: AFTER_MS } : {});
  const wake = async (over: Partial<WakeReminderPorts> = {}): Promise<void> => {
    const waker = reminderWaker({ ...ports, reminders: states, ...over });
    await wakeLoop(REMINDER_DUE, waker).wake(store, clock.now(), 10);
  };
  return {
    ...world,
    placed,
    key,
    wake,
    see: (message: Envelope) => world.deliver(message, commandOf, 'reminder'),
    async due() {
      clock.advance(AFTER_MS);
      await wake();
    },
    sent: () => world.requested(placed, 'reminder'),
    status: async () => (await states.read(key))?.state.status,
    /** The commands of the order and its reminder, in the order of their commits. */
    commands: () => [...store.outbox.values()].map(({ command }) => command),
  };
}

/** Every sequence of these names, up to a length. */
const sequences = (names: readonly string[], longest: number): string[][] =>
  longest === 0 ? [[]] : [[], ...names.flatMap((name) => sequences(names, longest - 1).map((rest) => [name, ...rest]))];

describe('the reminder of an order', () => {
  // `confirm` changes the order, and `confirmed` is the message about it, as often as it is delivered.
  const all = sequences(['placed', 'confirm', 'confirmed', 'due'], 5);

  async function world() {
    const parts = await reminders();
    let confirmed: Envelope | undefined;
    const steps: Record<string, () => Promise<void>> = {
      placed: () => parts.see(parts.placed),
      confirm: async () => {
        confirmed ??= await parts.step('confirm', parts.placed);
      },
      confirmed: async () => confirmed && parts.see(confirmed),
      due: parts.due,
    };
    return { ...parts, take: (name: string) => steps[name]?.() };
  }

  /** It is sent if it was due after the order was seen, and before the order was confirmed. */
  function expected(taken: readonly string[]): number {
    const before = taken.includes('confirm') ? taken.slice(0, taken.indexOf('confirm')) : taken;
    const seen = before.indexOf('placed');
    return seen >= 0 && before.slice(seen).includes('due') ? 1 : 0;
  }

  it('is sent exactly once, and never after the confirmation, for every order and repetition of what happens', async () => {
    assert.equal(all.length, 1 + 4 + 16 + 64 + 256 + 1024);
    for (const taken of all) {
      const { take, sent } = await world();
      for (const name of taken) await take(name);
      assert.equal((await sent()).length, expected(taken), taken.join(', '));
    }
  });

  it('is sent at most once, and never after the confirmation, if everything happens at the same time', async () => {
    let races = 0;
    for (const rest of sequences(['placed', 'confirm', 'confirmed', 'due'], 4)) {
      const { take, see, placed, sent, commands, clock } = await world();
      await see(placed);
      clock.advance(AFTER_MS);
      await Promise.all(rest.map(take));
      const order = commands();
      const confirmedAt = order.indexOf('ConfirmOrder');
      const isLate = confirmedAt >= 0 && order.indexOf('SendReminder') > confirmedAt;
      const count = (await sent()).length;
      assert.ok(count <= 1, rest.join(', '));
      if (isLate) assert.equal(count, 0, rest.join(', '));
      if (confirmedAt >= 0 && order.includes('SendReminder')) races += 1;
    }
    assert.ok(races > 0, 'a confirmation raced with the wake');
  });

  it('is decided once if its message is delivered five times at the same time', async () => {
    const { see, placed, commands, store, key } = await reminders();
    await Promise.all(Array.from({ length: 5 }, () => see(placed)));
    assert.deepEqual(commands(), ['PlaceOrder', 'ScheduleReminder']);
    assert.equal((await store.statesOf(REMINDER).read(key))?.version, 1);
  });

  it('is decided again if the order is confirmed between its read and the commit', async () => {
    const { see, placed, step, wake, clock, sent, status, ports } = await reminders();
    await see(placed);
    clock.advance(AFTER_MS);
    let isConfirmed = false;
    const orders: WakeReminderPorts['orders'] = {
      async read(key) {
        const read = await ports.orders.read(key);
        if (!isConfirmed) await step('confirm', placed);
        isConfirmed = true;
        return read;
      },
    };
    await wake({ orders });
    assert.deepEqual([await status(), await sent()], ['withdrawn', []]);
  });

  it('names the message about the order as its cause', async () => {
    const { see, placed, due, sent, subjectOf } = await reminders();
    await see(placed);
    await due();
    const [{ stored } = assert.fail()] = await sent();
    assert.equal(causationIdOf(subjectOf(placed), stored.state), placed.id);
    assert.equal(stored.state.correlationId, placed.correlationid);
  });

  it('is withdrawn by a cancellation', async () => {
    const { see, placed, step, status, due, sent } = await reminders();
    await see(placed);
    await see((await step('cancel', placed)) ?? assert.fail());
    assert.equal(await status(), 'withdrawn');
    await due();
    assert.deepEqual(await sent(), []);
  });

  it('is not sent before its time', async () => {
    const { see, placed, clock, wake, sent } = await reminders();
    await see(placed);
    clock.advance(AFTER_MS - 1);
    await wake();
    assert.deepEqual(await sent(), []);
    clock.advance(1);
    await wake();
    assert.equal((await sent()).length, 1);
  });

  it('ends without a message if the contact has no e-mail address', async () => {
    const { see, placed, due, status, sent } = await reminders({ contact: { name: 'Ada', phone: '+4366012345678' } });
    await see(placed);
    await due();
    assert.deepEqual([await status(), await sent()], ['ended', []]);
  });

  it('ends without a message if the tenant has switched it off, or if a restored table has lost the order', async () => {
    const settings = async () => ({ version: 1, changedAt: '', events: { CustomerReminded: [] } });
    for (const over of [{ settingsOf: settings }, { orders: { read: async () => undefined } }]) {
      const { see, placed, clock, wake, status, sent } = await reminders();
      await see(placed);
      // A row that is missing may appear within an hour.
      clock.advance(AFTER_MS + 60 * 60 * 1000);
      await wake(over);
      assert.deepEqual([await status(), await sent()], ['ended', []]);
    }
  });

  it('is tried again a minute later if it cannot be sent', async () => {
    const { see, placed, wake, clock, sent } = await reminders();
    await see(placed);
    clock.advance(AFTER_MS);
    await wake({ orders: { read: () => Promise.reject(new Error('no answer')) } });
    await wake();
    assert.deepEqual(await sent(), []);
    clock.advance(60_000);
    await wake();
    assert.equal((await sent()).length, 1);
  });

  it('writes and reads nothing if the stage has no reminders, and refuses a message without an order', async () => {
    const { see, placed, status } = await reminders({ isOn: false });
    await see(placed);
    assert.equal(await status(), undefined);
    const { see: seeOn } = await reminders();
    await assert.rejects(seeOn({ ...placed, data: {} }), PoisonMessage);
  });
});
