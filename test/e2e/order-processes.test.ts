import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { becomesDue, tableOf } from '#test/support/rows.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

type Listed = { notificationId: string; purpose: string; channel: string; status: string; causationId?: string };

describe('the processes of an order', () => {
  let stage: StageUnderTest;
  let acme: StageUnderTest['acme'];
  before(async () => {
    stage = await openStage();
    ({ acme } = stage);
  });
  after(() => stage.stop());

  const place = async (more: object = {}): Promise<{ orderId: string; email: string }> => {
    const order = stage.anOrder(more as Record<string, unknown>);
    const placed = await acme.place(order);
    assert.equal(placed.status, 201, placed.text);
    return { orderId: String(placed.json.orderId), email: order.contact.email };
  };
  const step = async (orderId: string, name: string, body: object = {}): Promise<void> => {
    const { status, text } = await acme.call('POST', `/orders/${orderId}/${name}`, { key: randomUUID(), body });
    assert.equal(status, 200, text);
  };
  const remindersOf = async (orderId: string): Promise<Listed[]> => {
    const { json } = await acme.call<{ notifications: Listed[] }>('GET', `/orders/${orderId}`);
    return json.notifications.filter(({ purpose }) => purpose === 'reminder');
  };
  const subjectsTo = async (address: string): Promise<string[]> =>
    ((await stage.inbox?.emails()) ?? []).flatMap(({ to, subject }) => (to.includes(address) ? [subject] : []));
  /** Waits until the reminder is scheduled, and changes its due time: nothing waits for an hour here. */
  const isDue = async (orderId: string, dueAt?: number): Promise<void> => {
    const table = tableOf(stage.outputs);
    const key = { pk: `acme#order#${orderId}`, sk: `REMINDER#${orderId}` };
    await eventually('the reminder is scheduled', () => becomesDue(table, key, dueAt));
    table.client.destroy();
  };
  const isOurs = (t: TestContext): boolean => {
    if (stage.isReal) t.skip('The table of a deployed stage is not changed by tests.');
    return !stage.isReal;
  };

  it('remind of an order that is not confirmed once by e-mail when it is due', async (t) => {
    if (!isOurs(t)) return;
    const { orderId, email } = await place();
    assert.deepEqual(await remindersOf(orderId), []);
    await isDue(orderId);
    const [reminder] = await eventually('the reminder', async () => {
      const listed = await remindersOf(orderId);
      return listed[0]?.status === 'SENT' && listed;
    });
    assert.deepEqual([reminder?.notificationId, reminder?.channel], [`order_${orderId}_0-2`, 'email']);
    assert.deepEqual((await subjectsTo(email)).sort(), [
      `Order ${orderId} is not confirmed yet`,
      `Order ${orderId} is placed`,
    ]);
    const { json } = await acme.call<{ entries: { id: string; type: string }[] }>('GET', `/orders/${orderId}/timeline`);
    const placed = json.entries.find(({ type }) => type === 'OrderPlaced');
    assert.equal(reminder?.causationId, placed?.id);
  });

  it('do not remind of an order that is confirmed or cancelled', async (t) => {
    if (!isOurs(t)) return;
    const [confirmed, cancelled, open] = [await place(), await place(), await place()];
    for (const { orderId } of [confirmed, cancelled, open]) await isDue(orderId, Date.now() + 3_600_000);
    await step(confirmed.orderId, 'confirm');
    await step(cancelled.orderId, 'cancel', { reason: 'Ordered twice.' });
    // The others had their time when the reminder of the open order has arrived.
    await isDue(open.orderId);
    await eventually('the reminder', async () => (await remindersOf(open.orderId))[0]?.status === 'SENT');
    for (const { orderId } of [confirmed, cancelled]) assert.deepEqual(await remindersOf(orderId), []);
  });

  const approvalOf = async (orderId: string): Promise<{ status: string; at?: string; reason?: string } | undefined> => {
    const { json } = await acme.call<{ approvalEmail?: { status: string } }>('GET', `/orders/${orderId}`);
    return json.approvalEmail;
  };
  const approved = async (more: object = {}): Promise<{ orderId: string; email: string }> => {
    const placed = await place(more);
    await step(placed.orderId, 'confirm');
    assert.equal(await approvalOf(placed.orderId), undefined);
    await step(placed.orderId, 'approve');
    return placed;
  };
  const simulated = (mailbox: string): object => ({
    contact: { name: 'Ada Lovelace', email: `${mailbox}+${randomUUID().slice(0, 8)}@simulator.amazonses.com` },
  });

  it('send the approval of an order once by e-mail, and the order shows it', async () => {
    const { orderId, email } = await approved();
    const before = await acme.call('GET', `/orders/${orderId}`);
    const shown = await eventually('the approval', async () => {
      const approval = await approvalOf(orderId);
      assert.ok(['pending', 'sent'].includes(approval?.status ?? ''), JSON.stringify(approval));
      return approval?.status === 'sent' && approval;
    });
    assert.ok(Date.parse(shown.at ?? '') > 0, JSON.stringify(shown));
    const after = await acme.call<{ version: number; notifications: Listed[] }>('GET', `/orders/${orderId}`);
    assert.equal(after.headers.get('etag'), before.headers.get('etag'));
    const approvals = after.json.notifications.filter(({ purpose }) => purpose === 'approval');
    assert.deepEqual(
      approvals.map(({ notificationId, channel }) => [notificationId, channel]),
      [[`order_${orderId}_0-1`, 'email']],
    );
    if (stage.isReal) return;
    assert.equal((await subjectsTo(email)).filter((subject) => subject === `Order ${orderId} is approved`).length, 1);
  });

  it('show that the approval bounced', async () => {
    const { orderId } = await approved(simulated('bounce'));
    await eventually('the bounce', async () => {
      const { status, reason } = (await approvalOf(orderId)) ?? {};
      return status === 'failed' && (reason === 'BOUNCED' || reason === 'SUPPRESSED');
    });
  });
});
