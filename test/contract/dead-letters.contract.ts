import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DEAD_LETTER,
  type DeadLetterRecord,
  deadLetterIdOf,
  deadLetterKey,
  dueOfLetter,
  fingerprintOf,
} from '#shared/once/dead-letter.ts';
import { isMarked, marked, resolved, unmarked } from '#shared/once/redriven-letter.ts';
import type { LetterReader } from '#shared/redrive/planning-ports.ts';
import { openLetters } from '#test/support/open-letters.ts';
import { aLetter } from '#test/support/redrive-world.ts';
import type { AnyStore } from './store.contract.ts';

/** Dead letters, in every store. */
export function deadLetterContract(name: string, storeOf: () => AnyStore, readerOf: () => LetterReader): void {
  const ALWAYS = { from: 0, to: Number.MAX_SAFE_INTEGER };
  const letterOf = (subscriber: string, id = 'one') => ({
    subscriber,
    id,
    reason: 'NOT_JSON',
    detail: 'The message is not JSON.',
    message: '{',
  });
  const openOf = (subscriber: string) => openLetters(storeOf(), subscriber);

  describe(`dead letters: ${name}`, () => {
    it('are kept once each, counted, and listed with the oldest first', async () => {
      const store = storeOf();
      const letter = letterOf('send-email');
      await store.recordDeadLetter({ ...letter, id: 'two#2' }, 2000);
      await store.recordDeadLetter(letter, 1000);
      await store.recordDeadLetter(letter, 3000);
      const open = await openOf('send-email');
      assert.deepEqual(
        open.map(({ id, firstSeenAt, lastSeenAt, count, generation, message }) => [
          ...[id, Date.parse(firstSeenAt), Date.parse(lastSeenAt), count, generation, message],
        ]),
        [
          ['one', 1000, 3000, 2, 1, '{'],
          ['two#2', 2000, 2000, 1, 1, '{'],
        ],
      );
      assert.deepEqual(await store.openGauge(), { count: 2, oldestDueAt: 1000 });
    });

    it('keep when they were last seen, when an earlier sight is recorded late', async () => {
      const store = storeOf();
      await store.recordDeadLetter(letterOf('late'), 3000);
      await store.recordDeadLetter(letterOf('late'), 1000);
      const [open] = await openOf('late');
      assert.deepEqual([open?.lastSeenAt, open?.count], [new Date(3000).toISOString(), 2]);
    });

    it('are grouped by their cause, and change the group with it', async () => {
      const store = storeOf();
      for (const id of ['1', '2', '3']) await store.recordDeadLetter(letterOf('grouped', id), Number(id) * 5000);
      const other = { ...letterOf('grouped', '3'), reason: 'GIVEN_UP', detail: 'It failed 5 times.' };
      await store.recordDeadLetter(other, 20_000);
      const groups = (await store.listGroups()).filter(({ subscriber }) => subscriber === 'grouped');
      const counts = await Promise.all(groups.map(({ fingerprint }) => store.gaugeOf('open', fingerprint)));
      const found = groups.map(({ reason, lastSeenAt }, index) => [
        reason,
        Date.parse(lastSeenAt),
        counts[index]?.count,
      ]);
      assert.deepEqual(found.sort(), [
        ['GIVEN_UP', 20_000, 1],
        ['NOT_JSON', 15_000, 2],
      ]);
      assert.equal(fingerprintOf(other), fingerprintOf({ ...other, id: '4', detail: 'It failed 30 times.' }));
    });

    it('are listed page by page, each once', async () => {
      const store = storeOf();
      const fingerprint = fingerprintOf(letterOf('paged'));
      // Two of them have the same time.
      for (const at of [1, 2, 2, 3, 4]) await store.recordDeadLetter(letterOf('paged', `${at} ${Math.random()}`), at);
      const seen: number[][] = [];
      for (let from = 0; ; ) {
        const { letters, isLast } = await store.listLetters([{ status: 'open', fingerprint }], { ...ALWAYS, from }, 2);
        const times = letters.map(({ openedAt }) => Date.parse(openedAt));
        seen.push(times);
        if (isLast) break;
        from = (times.at(-1) ?? 0) + 1;
      }
      assert.deepEqual(seen, [
        [1, 2, 2],
        [3, 4],
      ]);
    });

    it('that were closed leave the list, and get a new generation if they fail again', async () => {
      const store = storeOf();
      const letter = letterOf('closed');
      await store.recordDeadLetter(letter, 1000);
      const key = deadLetterKey(deadLetterIdOf(letter));
      const stored = (await store.statesOf(DEAD_LETTER).read(key)) ?? assert.fail();
      const state = { ...stored.state, status: 'discarded' as const };
      const next = { ...stored, version: stored.version + 1, state, due: dueOfLetter(state) };
      assert.deepEqual(await store.statesOf(DEAD_LETTER).replace(key, stored.version, next), { kind: 'replaced' });
      assert.deepEqual(await openOf('closed'), []);
      assert.equal((await store.gaugeOf('discarded', state.fingerprint)).count, 1);
      assert.equal((await store.unhandledDeadLetters(10, 'closed', 1000)).length, 1);
      assert.deepEqual(await store.unhandledDeadLetters(10, 'closed', 60_000), [], 'it was opened before');
      await store.recordDeadLetter(letter, 9000);
      const [open] = await openOf('closed');
      assert.deepEqual(
        [open?.generation, open?.count, Date.parse(open?.openedAt ?? ''), open?.history.map(({ action }) => action)],
        [2, 2, 9000, ['reopen']],
      );
    });

    it('that were discarded long ago do not use up the limit of those that no subscriber has handled', async () => {
      const store = storeOf();
      for (const at of [1000, 2000, 3000, 60_000]) {
        const letter = letterOf('discarded', String(at));
        await store.recordDeadLetter(letter, at);
        const discarded = (before?: DeadLetterRecord) => before && { ...before, status: 'discarded' as const };
        await store.changeDeadLetter(deadLetterIdOf(letter), discarded);
      }
      const found = await store.unhandledDeadLetters(2, 'discarded', 50_000);
      assert.deepEqual(
        found.map(({ id }) => id),
        ['60000'],
      );
    });

    describe('that are redriven', () => {
      const mark = { generation: 1, redriveId: 'redrive-1', actor: 'ada', at: new Date(2000).toISOString() };
      const recordedLetter = async (subscriber: string, id = 'one') => {
        const letter = letterOf(subscriber, id);
        await storeOf().recordDeadLetter(letter, 1000);
        return { letter, deadLetterId: deadLetterIdOf(letter) };
      };
      const actionsOf = (letter: DeadLetterRecord | undefined) =>
        letter?.history.map(({ action, actor, redriveId }) => [action, actor, redriveId]);

      it('are marked once, by one redrive, and leave the list of open ones', async () => {
        const store = storeOf();
        const { deadLetterId } = await recordedLetter('marked');
        const marks = ['redrive-1', 'redrive-2', 'redrive-3'].map((redriveId) => ({ ...mark, redriveId }));
        const letters = await Promise.all(marks.map((one) => store.changeDeadLetter(deadLetterId, marked(one))));
        const winners = marks.filter((one, index) => isMarked(letters[index], one));
        assert.equal(winners.length, 1);
        assert.deepEqual(new Set(letters.map((letter) => letter?.redriveId)), new Set([winners[0]?.redriveId]));
        assert.deepEqual(await openOf('marked'), []);
        assert.equal((await store.unhandledDeadLetters(10, 'marked', 0)).length, 1);
        assert.deepEqual(actionsOf(letters[0]), [['redrive', 'ada', winners[0]?.redriveId]]);
        const { fingerprint = '' } = letters[0] ?? {};
        assert.equal((await store.gaugeOf('redriving', fingerprint)).count, 1);
      });

      it('are changed on what the caller has read, and read again if that is not true any more', async () => {
        const store = storeOf();
        const { letter, deadLetterId } = await recordedLetter('known');
        const known = (await store.statesOf(DEAD_LETTER).read(deadLetterKey(deadLetterId))) ?? assert.fail();
        await store.recordDeadLetter(letter, 1500);
        const changed = await store.changeDeadLetter(deadLetterId, marked(mark), known);
        assert.deepEqual([changed?.status, changed?.count], ['redriving', 2]);
      });

      it('are resolved, and name their redrive only in the history', async () => {
        const store = storeOf();
        const { deadLetterId } = await recordedLetter('resolved');
        await store.changeDeadLetter(deadLetterId, marked(mark));
        await store.changeDeadLetter(deadLetterId, resolved(1, mark.at));
        const again = await store.changeDeadLetter(deadLetterId, resolved(1, mark.at));
        assert.deepEqual([again?.status, again?.generation, again?.redriveId], ['resolved', 1, undefined]);
        assert.deepEqual(await store.unhandledDeadLetters(10, 'resolved', 0), []);
        assert.deepEqual(actionsOf(again), [
          ['redrive', 'ada', 'redrive-1'],
          ['resolve', 'system', 'redrive-1'],
        ]);
      });

      it('are open again, in the same generation, if nothing was sent; a late success still resolves them', async () => {
        const store = storeOf();
        const { deadLetterId } = await recordedLetter('unmarked');
        const before = await store.changeDeadLetter(deadLetterId, marked(mark));
        const other = { ...mark, redriveId: 'redrive-2' };
        assert.deepEqual(await store.changeDeadLetter(deadLetterId, unmarked(other, 'Stopped.')), before);
        const open = await store.changeDeadLetter(deadLetterId, unmarked(mark, 'Stopped.'));
        assert.deepEqual([open?.status, open?.generation, open?.redriveId], ['open', 1, undefined]);
        assert.equal((await openOf('unmarked')).length, 1);
        assert.equal((await store.unhandledDeadLetters(10, 'unmarked', 0)).length, 1);
        assert.equal((await store.changeDeadLetter(deadLetterId, resolved(1, mark.at)))?.status, 'resolved');
      });

      it('and fail again get a new generation, which the redrive neither marks nor resolves', async () => {
        const store = storeOf();
        const { letter, deadLetterId } = await recordedLetter('again');
        await store.changeDeadLetter(deadLetterId, marked(mark));
        // A text that was scrubbed before it was sent again has another id of its own.
        await store.recordDeadLetter({ ...letter, id: 'scrubbed', deadLetterId }, 3000);
        for (const change of [resolved(1, mark.at), marked(mark), unmarked(mark, 'Stopped.')]) {
          const found = await store.changeDeadLetter(deadLetterId, change);
          assert.deepEqual([found?.status, found?.generation, found?.id], ['open', 2, 'one']);
        }
        const [open] = await openOf('again');
        assert.deepEqual(actionsOf(open), [
          ['redrive', 'ada', 'redrive-1'],
          ['reopen', 'system', 'redrive-1'],
        ]);
      });

      it('do not come into being', async () => {
        const { deadLetterId } = { deadLetterId: deadLetterIdOf(letterOf('absent')) };
        for (const change of [resolved(1, mark.at), marked(mark), unmarked(mark, 'Stopped.')])
          assert.equal(await storeOf().changeDeadLetter(deadLetterId, change), undefined);
        assert.equal(await storeOf().statesOf(DEAD_LETTER).read(deadLetterKey(deadLetterId)), undefined);
      });
    });

    it('are listed with the card of their current generation', async () => {
      const [store, reader] = [storeOf(), readerOf()];
      const { letter, deadLetterId } = aLetter('o1', { subscriber: 'carded' });
      const list = { status: 'open', fingerprint: fingerprintOf(letter) } as const;
      const about = { id: 'o1', type: 'counterfoil.order.placed.v1', tenantid: 'acme', subject: 'order/o1' };
      const envelope = { ...about, data: {} };
      await store.recordDeadLetter(letter, 1000);
      assert.deepEqual(await reader.lettersIn(list, ALWAYS, 10), [
        { deadLetterId, openedAt: 1000, card: { generation: 1, envelope } },
      ]);
      const mark = { generation: 1, redriveId: 'redrive-1', actor: 'ada', at: new Date(2000).toISOString() };
      await store.changeDeadLetter(deadLetterId, marked(mark));
      assert.deepEqual(await reader.lettersIn(list, ALWAYS, 10), []);
      await store.recordDeadLetter(letter, 3000);
      assert.deepEqual(await reader.lettersIn(list, ALWAYS, 10), [
        { deadLetterId, openedAt: 3000, card: { generation: 2, envelope } },
      ]);
      assert.deepEqual(await reader.lettersIn(list, { from: 0, to: 2999 }, 10), []);
    });

    it('without an envelope have no card: their rows are read', async () => {
      const [store, reader] = [storeOf(), readerOf()];
      const letter = letterOf('without a card');
      const deadLetterId = deadLetterIdOf(letter);
      await store.recordDeadLetter(letter, 1000);
      const list = { status: 'open', fingerprint: fingerprintOf(letter) } as const;
      assert.deepEqual(await reader.lettersIn(list, ALWAYS, 10), [{ deadLetterId, openedAt: 1000 }]);
      const [found] = await reader.lettersAt([deadLetterId]);
      assert.deepEqual([found?.deadLetterId, found?.message, found?.generation], [deadLetterId, '{', 1]);
    });

    it('recorded by several functions at the same time are counted completely', async () => {
      const store = storeOf();
      await Promise.all(Array.from({ length: 8 }, (_, at) => store.recordDeadLetter(letterOf('burst'), 1000 + at)));
      const [open] = await openOf('burst');
      assert.deepEqual([open?.count, Date.parse(open?.lastSeenAt ?? '')], [8, 1007]);
    });
  });
}
