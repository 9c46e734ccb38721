import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FALLBACK, fallbackKey } from '#shared/fallback/fallback.ts';
import { FUNCTION, NOTIFICATION_MESSAGE, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { deadLetterIdOf } from '#shared/once/dead-letter.ts';
import { conceptRedrive, withoutContents } from '#test/support/redrive-concepts.ts';
import { attachmentWorld, sendWith } from '#test/support/world/attachments.ts';
import { createWorld } from '#test/support/world/world.ts';
import { broken, createErasing, erasureIdIn, idOf, order, whole } from '../erasure/erasing.ts';

const BYTES = Buffer.from('the bytes of an invoice');
const HOUR_MS = 3_600_000;

/** Kills the worker before and after each of its calls, until there are no more. @returns the number of kills. */
async function killed(work: (killAt: { call: number; isAfter: boolean }) => Promise<boolean>): Promise<number> {
  for (let call = 1; ; call += 1) {
    if (!(await work({ call, isAfter: false }))) return (call - 1) * 2;
    await work({ call, isAfter: true });
  }
}

/** An e-mail that failed because its attachment was lost. */
async function failed() {
  const world = attachmentWorld();
  const id = await world.upload('one', BYTES);
  const address = { tenant: 'acme', attachmentId: id };
  const { notificationId } = await sendWith(world.ports, { id: 'm1', attachmentIds: [id] });
  const redrive = conceptRedrive({ world, ports: world.ports, sender: world.sender() });
  const request = world.messages().find((text) => JSON.parse(text).type === NOTIFICATION_REQUESTED) ?? assert.fail();
  await world.objects.remove(address);
  await redrive.receive(request);
  return {
    ...{ world, redrive, notificationId, request, provider: world.providers.email },
    restore: () => world.objects.put(address, BYTES),
    current: () => world.notification(notificationId),
    /** The row as if an attempt before had ended like this. */
    attempted: (outcome: 'unknown' | 'accepted' | 'rejected' | 'deferred' | undefined) =>
      world.change(notificationId, (state) => ({
        ...state,
        attempts: [{ nonce: 'earlier', claimedAt: '2026-01-01T00:00:00.000Z', ...(outcome && { outcome }) }],
      })),
    /** The fallback of the notification, in this status. */
    fallback: (status: 'requested' | 'ended') =>
      world.store
        .statesOf(FALLBACK)
        .replace(fallbackKey({ tenant: 'acme', type: 'order', id: 'm1' }, notificationId), 0, {
          ...{ schemaVersion: 1, version: 1 },
          state: { notificationId, status },
        }),
  };
}

describe('a redrive of a notification that failed for a reason about this system', () => {
  it('has one dead letter, whichever message reports the failure, and however often', async () => {
    const { redrive, request, notificationId } = await failed();
    await redrive.receive(request);
    await redrive.receive(JSON.stringify({ ...JSON.parse(request), id: 'a-reminder' }));
    const letters = await redrive.letters();
    assert.deepEqual(
      letters.map(({ subscriber, id, reason, count }) => [subscriber, id, reason, count]),
      [['send-email', `acme/notification/${notificationId}`, 'ATTACHMENT_MISSING', 3]],
    );
  });

  it('sends it once after what was lost is stored again, and resolves its dead letter', async () => {
    const { world, redrive, provider, restore, current } = await failed();
    restore();
    assert.deepEqual(await redrive.verdicts(), [{ verdict: 'handled' }]);
    const before = world.messages().length;
    const { status, counts, redriveId } = await redrive.run();
    assert.deepEqual([status, counts.resolved, provider.accepted.length], ['done', 1, 1]);
    const { status: now, attempts, resolutions } = await current();
    assert.deepEqual([now, attempts.map(({ outcome }) => outcome)], ['SENT', ['rejected', 'accepted']]);
    assert.deepEqual(
      resolutions?.map(({ action, by, reason }) => [action, by, reason]),
      [['resend', `redrive:${redriveId}`, undefined]],
    );
    // It is not announced again, so no other sender and no process hears of a second request.
    const types = world.messages().map((text) => JSON.parse(text).type);
    assert.deepEqual(types.slice(before), [NOTIFICATION_MESSAGE.sent]);
  });

  it('fails again, in a new generation of the same dead letter, while it is still lost', async () => {
    const { redrive, provider, current } = await failed();
    const { status, counts } = await redrive.run();
    assert.deepEqual([status, counts.failedAgain, provider.accepted.length], ['stopped', 1, 0]);
    assert.equal((await current()).status, 'FAILED');
    const [letter, ...others] = await redrive.letters();
    assert.deepEqual([letter?.generation, letter?.reason, others], [2, 'ATTACHMENT_MISSING', []]);
  });

  it('reports a failure that its sender did not report, because it died, so that the next redrive can send it', async () => {
    const { world, redrive, request } = await failed();
    const [reported = assert.fail()] = await redrive.letters();
    await world.store.changeDeadLetter(
      deadLetterIdOf(reported),
      (letter) => letter && { ...letter, status: 'resolved' },
    );
    const crashed = {
      subscriber: FUNCTION.sendEmail,
      id: JSON.parse(request).id,
      reason: 'CRASHED',
      detail: 'It died.',
    };
    await world.store.recordDeadLetter({ ...crashed, message: request }, world.clock.now());
    assert.deepEqual(await redrive.verdicts(), [{ verdict: 'handled' }]);
    const { counts } = await redrive.run();
    assert.deepEqual([counts.failedAgain, redrive.sends], [1, [deadLetterIdOf(crashed)]]);
    const letters = await redrive.letters();
    assert.deepEqual(
      letters.map(({ reason, generation }) => [reason, generation]),
      [['ATTACHMENT_MISSING', 2]],
    );
    assert.deepEqual(await redrive.verdicts(), [{ verdict: 'handled' }], 'now all rows that decide are read');
  });

  it('sends nothing that was perhaps sent', async () => {
    for (const outcome of ['unknown', 'accepted', undefined] as const) {
      const { redrive, provider, restore, attempted, current } = await failed();
      restore();
      await attempted(outcome);
      assert.deepEqual(await redrive.verdicts(), [{ verdict: 'dropped', reason: 'MAY_HAVE_BEEN_SENT' }]);
      const { status, counts } = await redrive.run();
      assert.deepEqual([status, counts.skipped, provider.accepted.length], ['done', 1, 0]);
      assert.deepEqual([(await current()).status, redrive.sends], ['FAILED', []]);
      assert.equal((await redrive.letters())[0]?.status, 'open');
    }
  });

  it('sends what a provider has refused before, after a person decided to send it again', async () => {
    const { redrive, provider, restore, attempted } = await failed();
    restore();
    await attempted('rejected');
    assert.deepEqual(await redrive.verdicts(), [{ verdict: 'handled' }]);
    await redrive.run();
    assert.equal(provider.accepted.length, 1);
  });

  it('sends nothing if a fallback was requested, and sends it if the fallback has ended without one', async () => {
    const replaced = await failed();
    replaced.restore();
    await replaced.fallback('requested');
    assert.deepEqual(await replaced.redrive.verdicts(), [{ verdict: 'dropped', reason: 'FALLBACK_SENT' }]);
    const { counts } = await replaced.redrive.run();
    assert.deepEqual([counts.skipped, replaced.provider.accepted.length], [1, 0]);
    const ended = await failed();
    ended.restore();
    await ended.fallback('ended');
    assert.deepEqual(await ended.redrive.verdicts(), [{ verdict: 'handled' }]);
    await ended.redrive.run();
    assert.equal(ended.provider.accepted.length, 1);
  });

  it('skips it if the fallback is requested after the verdict, between the read and the commit', async () => {
    const { world, provider, restore, fallback, current } = await failed();
    restore();
    let isRequested = false;
    const store = {
      ...world.store,
      async commit(...[commit]: Parameters<typeof world.store.commit>) {
        // The transition of the redrive is about to be committed.
        if (commit.related?.length === 1 && !isRequested) {
          isRequested = true;
          await fallback('requested');
        }
        return world.store.commit(commit);
      },
    };
    const racing = conceptRedrive({ world, ports: world.ports, sender: world.sender(), store });
    const { status, counts } = await racing.run();
    assert.deepEqual([isRequested, status, counts.skipped], [true, 'done', 1]);
    assert.deepEqual([(await current()).status, provider.accepted.length, racing.sends], ['FAILED', 0, []]);
  });

  it('recognises what was sent or cancelled in the meantime', async () => {
    const sent = await failed();
    sent.restore();
    await sent.redrive.run();
    const { subscriber, id, reason, detail } = await sent.redrive.letter(letterOf(sent.notificationId));
    await sent.world.store.recordDeadLetter({ subscriber, id, reason, detail }, sent.world.clock.now());
    assert.deepEqual(await sent.redrive.verdicts(), [{ verdict: 'alreadyDone' }]);
    const cancelled = await failed();
    await cancelled.world.change(cancelled.notificationId, (state) => ({
      ...{ ...state, status: 'CANCELLED', cancelledAt: '2026-01-01T00:00:00.000Z' },
    }));
    assert.deepEqual(await cancelled.redrive.verdicts(), [{ verdict: 'dropped', reason: 'CANCELLED' }]);
  });

  it('is dropped while its content is lost, and is sent when the content is there again', async () => {
    const world = createWorld();
    const { notificationId } = await world.place();
    let isLost = true;
    const store = withoutContents(world.store, () => isLost);
    const sender = world.sender({ over: { store } });
    const redrive = conceptRedrive({ world, ports: world.ports(), sender, store });
    const request = world.messages().find((text) => JSON.parse(text).type === NOTIFICATION_REQUESTED) ?? '';
    world.clock.advance(HOUR_MS);
    await redrive.receive(request);
    assert.equal((await world.notification(notificationId)).status, 'FAILED');
    assert.deepEqual(await redrive.verdicts(), [{ verdict: 'dropped', reason: 'CONTENT_GONE' }]);
    isLost = false;
    assert.deepEqual(await redrive.verdicts(), [{ verdict: 'handled' }]);
    await redrive.run();
    assert.deepEqual(
      [(await world.notification(notificationId)).status, world.providers.email.accepted.length],
      ['SENT', 1],
    );
  });

  it('is sent once, wherever its worker dies', async () => {
    const kills = await killed(async (killAt) => {
      const { redrive, provider, restore, current, notificationId } = await failed();
      restore();
      const { status, counts, isKilled } = await redrive.run(killAt);
      const about = JSON.stringify(killAt);
      assert.deepEqual([status, counts.resolved, provider.accepted.length], ['done', 1, 1], about);
      const { status: now, resolutions } = await current();
      assert.deepEqual([now, resolutions?.length], ['SENT', 1], about);
      assert.equal((await redrive.letter(letterOf(notificationId))).status, 'resolved', about);
      return isKilled;
    });
    assert.ok(kills > 20, `${kills} kills`);
  });

  it('is announced by wake-due if its request gets lost, and is already done then', async () => {
    const { world, provider, restore, current } = await failed();
    restore();
    const sender = world.sender();
    const redrive = conceptRedrive({ world, ports: world.ports, sender, isLosing: true });
    const { counts } = await redrive.run();
    assert.deepEqual([counts.failedAgain, (await current()).status], [1, 'PENDING']);
    world.clock.advance(60_000);
    const before = world.topic.published.length;
    await world.wake(['notification']);
    for (const { body } of world.topic.published.slice(before)) await redrive.receive(body);
    assert.deepEqual([(await current()).status, provider.accepted.length], ['SENT', 1]);
    assert.deepEqual(await redrive.verdicts(), [{ verdict: 'alreadyDone' }]);
  });
});

const letterOf = (notificationId: string): string =>
  deadLetterIdOf({ subscriber: FUNCTION.sendEmail, id: `acme/notification/${notificationId}` });

/** The outbox row of an order, which `wake-due` has set aside, with the dead letter of this function about it. */
async function buried(subscriber: string) {
  const world = createWorld();
  const { orderId } = await world.place();
  const [record = assert.fail()] = [...world.store.outbox.values()].filter(({ subject }) => subject.id === orderId);
  const { subject, commandId } = record;
  const keys = { pk: { S: `acme#order#${orderId}` }, sk: { S: `OUTBOX#${commandId}` } };
  await world.store.bury(subject, commandId, '2026-01-01T00:00:00.000Z');
  const letter = { subscriber, id: 'row', reason: 'MALFORMED', detail: 'It cannot be read.' };
  const message = JSON.stringify(subscriber === FUNCTION.relayOutbox ? keys : { subject, commandId });
  await world.store.recordDeadLetter({ ...letter, message }, world.clock.now());
  const redrive = conceptRedrive({ world, ports: world.ports(), wake: () => world.wake(['outbox']) });
  return { world, redrive, subject, commandId, deadLetterId: deadLetterIdOf(letter) };
}

describe('a redrive of an outbox row that was set aside', () => {
  for (const subscriber of [FUNCTION.wakeDue, FUNCTION.relayOutbox]) {
    it(`of ${subscriber} is due again, and resolved when it is published`, async () => {
      const { world, redrive, subject, commandId, deadLetterId } = await buried(subscriber);
      assert.deepEqual(await redrive.verdicts(), [{ verdict: 'handled' }]);
      const { status, counts } = await redrive.run();
      assert.deepEqual([status, counts.resolved], ['done', 1]);
      assert.notEqual((await world.store.readOutbox(subject, commandId))?.publishedAt, undefined);
      assert.equal((await redrive.letter(deadLetterId)).status, 'resolved');
    });

    it(`of ${subscriber} is published, wherever its worker dies`, async () => {
      const kills = await killed(async (killAt) => {
        const { world, redrive, subject, commandId } = await buried(subscriber);
        const { status, counts, isKilled } = await redrive.run(killAt);
        assert.deepEqual([status, counts.resolved], ['done', 1], JSON.stringify(killAt));
        assert.notEqual((await world.store.readOutbox(subject, commandId))?.publishedAt, undefined);
        return isKilled;
      });
      assert.ok(kills > 20, `${kills} kills`);
    });
  }

  it('is already done if it was published, and dropped if it does not exist', async () => {
    const { world, redrive, subject, commandId } = await buried(FUNCTION.relayOutbox);
    await world.store.markPublished(subject, commandId, '2026-01-01T00:00:00.000Z');
    assert.deepEqual(await redrive.verdicts(), [{ verdict: 'alreadyDone' }]);
    const gone = JSON.stringify({ subject, commandId: 'http#gone' });
    const letter = { subscriber: FUNCTION.wakeDue, id: 'gone', reason: 'MALFORMED', detail: '', message: gone };
    await world.store.recordDeadLetter(letter, world.clock.now());
    const strange = { ...letter, id: 'strange', message: '{"pk":{"S":"acme"},"sk":{"S":"STATE"}}' };
    await world.store.recordDeadLetter(strange, world.clock.now());
    const verdicts = await redrive.verdicts();
    assert.deepEqual(verdicts.flatMap(({ reason }) => reason ?? []).sort(), ['MALFORMED', 'OUTBOX_ROW_NOT_FOUND']);
  });
});

/** A notification that an erasure could not read, with its dead letter. */
async function unreadable() {
  const erasing = createErasing();
  const lost = idOf(await erasing.post('/orders', order({ name: 'Bob', email: 'bob@example.com' }, 'bob-1')));
  erasing.damage(lost, broken);
  const accepted = await erasing.eraseCustomer('bob-1');
  for (let minutes = 0; minutes < 5; minutes += 1) await erasing.wake();
  const redrive = conceptRedrive({
    world: erasing.world,
    ports: erasing.world.ports(),
    wake: () => erasing.wakeOnce(),
  });
  return { ...erasing, redrive, lost, accepted };
}

describe('a redrive of a notification that an erasure cannot read', () => {
  it('is erased at once when it can be read, and its dead letter is resolved', async () => {
    const { redrive, lost, accepted, damage, notification, view, clock } = await unreadable();
    assert.deepEqual(await redrive.verdicts(), [{ verdict: 'handled' }]);
    damage(lost, whole);
    const before = clock.now();
    const { status, counts } = await redrive.run();
    assert.deepEqual([status, counts.resolved, await redrive.letters()], ['done', 1, []]);
    assert.equal((await notification(lost)).content, undefined);
    assert.equal((await view(accepted)).unreadable, 0);
    assert.ok(clock.now() - before < HOUR_MS / 4);
  });

  it('fails again in a new generation while it cannot be read', async () => {
    const { redrive } = await unreadable();
    const { counts } = await redrive.run();
    assert.equal(counts.failedAgain, 1);
    assert.deepEqual(
      (await redrive.letters()).map(({ generation, reason }) => [generation, reason]),
      [[2, 'MALFORMED']],
    );
  });

  it('is erased, wherever its worker dies', async () => {
    const kills = await killed(async (killAt) => {
      const { redrive, lost, damage, notification } = await unreadable();
      damage(lost, whole);
      const { status, counts, isKilled } = await redrive.run(killAt);
      assert.deepEqual([status, counts.resolved], ['done', 1], JSON.stringify(killAt));
      assert.equal((await notification(lost)).content, undefined);
      return isKilled;
    });
    assert.ok(kills > 20, `${kills} kills`);
  });

  it('is already done if the erasure is done, and dropped if its dead letter names none', async () => {
    const { redrive, store, clock, lost, accepted, damage, finish } = await unreadable();
    damage(lost, whole);
    clock.advance(6 * HOUR_MS);
    await finish();
    assert.deepEqual(await redrive.verdicts(), [{ verdict: 'alreadyDone' }]);
    const earlier = {
      ...{ subscriber: FUNCTION.wakeDue, id: `acme/erasure/${lost}`, reason: 'MALFORMED', detail: '' },
      message: JSON.stringify({ tenant: 'acme', notificationId: lost }),
    };
    await store.recordDeadLetter(earlier, clock.now());
    assert.deepEqual(await redrive.verdicts(), [{ verdict: 'dropped', reason: 'ERASURE_NOT_FOUND' }]);
    assert.ok(erasureIdIn(accepted));
  });
});
