import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEAD_LETTER, deadLetterIdOf, deadLetterKey, dueOfLetter, fingerprintOf } from '#shared/once/dead-letter.ts';
import type { AnyStore } from './store.contract.ts';

/** Dead letters, in every store. */
export function deadLetterContract(name: string, storeOf: () => AnyStore): void {
  const ALWAYS = { from: 0, to: Number.MAX_SAFE_INTEGER };
  const letterOf = (subscriber: string, id = 'one') => ({
    subscriber,
    id,
    reason: 'NOT_JSON',
    detail: 'The message is not JSON.',
    message: '{',
  });
  const openOf = async (subscriber: string) => (await storeOf().openDeadLetters(1000, subscriber)) ?? [];

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
      assert.equal((await store.openDeadLetters(1)).length, 1);
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
      await store.recordDeadLetter(letter, 9000);
      const [open] = await openOf('closed');
      assert.deepEqual(
        [open?.generation, open?.count, Date.parse(open?.openedAt ?? ''), open?.history.map(({ action }) => action)],
        [2, 2, 9000, ['reopen']],
      );
    });

    it('recorded by several functions at the same time are counted completely', async () => {
      const store = storeOf();
      await Promise.all(Array.from({ length: 8 }, (_, at) => store.recordDeadLetter(letterOf('burst'), 1000 + at)));
      const [open] = await openOf('burst');
      assert.deepEqual([open?.count, Date.parse(open?.lastSeenAt ?? '')], [8, 1007]);
    });
  });
}
