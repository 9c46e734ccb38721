import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import {
  auditEntrySchema,
  auditSchema,
  deadLetterGroupsSchema,
  deadLetterSchema,
  deadLettersSchema,
} from '#shared/dead-letter/responses.ts';
import { deadLetterIdOf, fingerprintOf } from '#shared/once/dead-letter.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { createWorld } from '#test/support/world/world.ts';

const envelope = {
  specversion: '1.0',
  id: 'envelope-1',
  source: '/counterfoil/order',
  type: 'counterfoil.order.placed.v1',
  subject: 'order/o1',
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
  tenantid: 'acme',
  correlationid: 'correlation-1',
  causationid: 'c',
  sequence: '1.1',
  data: {},
};
const letter = {
  subscriber: 'send-email',
  id: 'envelope-1',
  reason: 'GIVEN_UP',
  detail: 'It could not be handled in 5 deliveries; the last try failed with TypeError.',
  message: JSON.stringify(envelope),
  error: { name: 'TypeError', frames: ['shared/delivery/sender.ts:12', 'shared/once/consume.ts:80'] },
  attempts: 5,
};
const strange = { subscriber: 'project-orders', id: 'hash', reason: 'NOT_JSON', detail: 'The message is not JSON.' };

async function world() {
  const { store, clock, queries, commands } = createWorld();
  const ask = async (path: string, query: Record<string, string> = {}) => {
    const [, found, id] = /^(\/dead-letters)\/([a-z2-7]{26})$/.exec(path) ?? [];
    const event = httpEvent({
      routeKey: `GET ${found ? '/dead-letters/{deadLetterId}' : path}`,
      tenant: 'operator',
      ...(id && { pathParameters: { deadLetterId: id } }),
    });
    return queries({ ...event, queryStringParameters: query });
  };
  let keys = 0;
  const act = (routeKey: string, pathParameters: Record<string, string>, body: unknown, key = `key-${keys++}`) =>
    commands(
      httpEvent({
        routeKey,
        tenant: 'operator',
        pathParameters,
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      }),
    );
  const discard = (deadLetterId: string, key?: string, reason = 'A test.') =>
    act('POST /dead-letters/{deadLetterId}/discard', { deadLetterId }, { reason }, key);
  const describeGroup = (fingerprint: string, body: unknown, key?: string) =>
    act('PATCH /dead-letters/groups/{fingerprint}', { fingerprint }, body, key);
  await store.recordDeadLetter(letter, clock.now());
  clock.advance(1000);
  await store.recordDeadLetter(strange, clock.now());
  clock.advance(1000);
  return { store, clock, ask, discard, describeGroup };
}

type Letters = { deadLetters: { id: string; owner?: string; status: string }[]; nextCursor?: string };
const idsOf = (response: Parameters<typeof bodyOf>[0]): string[] =>
  bodyOf<Letters>(response).deadLetters.map(({ id }) => id);

describe('dead letters', () => {
  it('are listed and shown with what is known about the failure, as described', async () => {
    const { ask } = await world();
    const list = bodyOf(await ask('/dead-letters'));
    assert.deepEqual(v.parse(deadLettersSchema, list), list);
    const one = bodyOf(await ask(`/dead-letters/${deadLetterIdOf(letter)}`));
    assert.deepEqual(v.parse(deadLetterSchema, one), one);
    const { error, ...reported } = letter;
    const { firstSeenAt, lastSeenAt, openedAt, ...shown } = one;
    assert.deepEqual(shown, {
      ...reported,
      deadLetterId: deadLetterIdOf(letter),
      messageType: envelope.type,
      tenant: 'acme',
      subject: 'order/o1',
      correlationId: 'correlation-1',
      errorName: error.name,
      frames: error.frames,
      count: 1,
      fingerprint: fingerprintOf(letter),
      status: 'open',
      generation: 1,
      history: [],
    });
    assert.deepEqual([firstSeenAt, lastSeenAt], [openedAt, openedAt]);
  });

  it('are found by each filter', async () => {
    const { ask, clock, describeGroup } = await world();
    await describeGroup(fingerprintOf(letter), { owner: 'mail team' });
    const between = new Date(clock.now() - 1500).toISOString();
    const found: [Record<string, string>, string[]][] = [
      [{ subscriber: 'send-email' }, ['envelope-1']],
      [{ type: 'counterfoil.order.placed.v1' }, ['envelope-1']],
      [{ reason: 'NOT_JSON' }, ['hash']],
      [{ fingerprint: fingerprintOf(strange) }, ['hash']],
      [{ tenant: 'acme' }, ['envelope-1']],
      [{ from: between }, ['hash']],
      [{ to: between }, ['envelope-1']],
      [{ owner: 'mail team' }, ['envelope-1']],
      [{ status: 'discarded' }, []],
      [{ owner: 'mail team', reason: 'NOT_JSON' }, []],
      [{}, ['envelope-1', 'hash']],
    ];
    for (const [query, ids] of found)
      assert.deepEqual(idsOf(await ask('/dead-letters', query)), ids, JSON.stringify(query));
    const [first] = bodyOf<Letters>(await ask('/dead-letters')).deadLetters;
    assert.equal(first?.owner, 'mail team');
  });

  it('are paged, each once, while new ones arrive', async () => {
    const { ask, store, clock } = await world();
    for (let index = 0; index < 250; index += 1) {
      if (index % 3 === 0) clock.advance(1);
      await store.recordDeadLetter({ ...strange, id: `many-${index}` }, clock.now());
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = bodyOf<Letters>(await ask('/dead-letters', { reason: 'NOT_JSON', ...(cursor && { cursor }) }));
      seen.push(...page.deadLetters.map(({ id }) => id));
      cursor = page.nextCursor;
      clock.advance(1);
      if (seen.length < 120) await store.recordDeadLetter({ ...strange, id: 'later' }, clock.now());
    } while (cursor);
    assert.equal(seen.length, 252);
    assert.equal(new Set(seen).size, 252);
    const tenants = bodyOf<Letters>(await ask('/dead-letters', { tenant: 'acme' }));
    assert.deepEqual([tenants.deadLetters.length, tenants.nextCursor], [1, undefined]);
  });

  it('are grouped by cause, with the number of those that are open', async () => {
    const { ask, store, clock, discard } = await world();
    await store.recordDeadLetter({ ...letter, id: 'envelope-2' }, clock.now());
    const groups = async () => {
      const body = bodyOf<{ groups: { reason: string; count: number }[] }>(await ask('/dead-letters/groups'));
      assert.deepEqual(v.parse(deadLetterGroupsSchema, body), body);
      return body.groups.map(({ reason, count }) => [reason, count]);
    };
    assert.deepEqual(await groups(), [
      ['GIVEN_UP', 2],
      ['NOT_JSON', 1],
    ]);
    await discard(deadLetterIdOf(letter));
    await discard(deadLetterIdOf(strange));
    assert.deepEqual(await groups(), [['GIVEN_UP', 1]]);
  });

  it('are discarded once, with an audit entry, and open again if they fail again', async () => {
    const { ask, discard, store, clock } = await world();
    const id = deadLetterIdOf(letter);
    const first = await discard(id, 'key');
    assert.equal(first.statusCode, 200, first.body);
    assert.deepEqual(v.parse(auditEntrySchema, bodyOf(first)), bodyOf(first));
    clock.advance(5000);
    const again = await discard(id, 'key');
    assert.deepEqual([again.body, again.headers['idempotency-replayed']], [first.body, 'true']);
    assert.equal((await discard(id, 'key', 'Another reason.')).statusCode, 422);
    const twice = await discard(id);
    assert.deepEqual([twice.statusCode, bodyOf(twice).code], [409, 'DEAD_LETTER_NOT_OPEN']);
    assert.deepEqual(idsOf(await ask('/dead-letters', { status: 'discarded' })), ['envelope-1']);
    const audit = bodyOf<{ entries: { deadLetterId: string; count: number; reason: string }[] }>(await ask('/audit'));
    assert.deepEqual(v.parse(auditSchema, audit), audit);
    assert.deepEqual(
      audit.entries.map(({ deadLetterId, count, reason }) => [deadLetterId, count, reason]),
      [[id, 1, 'A test.']],
    );
    await store.recordDeadLetter(letter, clock.now());
    const shown = bodyOf<{ status: string; generation: number; history: { action: string }[] }>(
      await ask(`/dead-letters/${id}`),
    );
    assert.deepEqual(
      [shown.status, shown.generation, shown.history.map(({ action }) => action)],
      ['open', 2, ['discard', 'reopen']],
    );
  });

  it('have an owner and a note by group, which a new failure does not change', async () => {
    const { ask, describeGroup, discard, store, clock } = await world();
    const fingerprint = fingerprintOf(letter);
    assert.equal((await describeGroup(fingerprint, { owner: 'mail team', note: 'Known.' })).statusCode, 200);
    await discard(deadLetterIdOf(letter));
    clock.advance(10_000);
    await store.recordDeadLetter(letter, clock.now());
    const owned = async () => {
      const body = bodyOf<{ groups: { fingerprint: string; owner?: string; note?: string }[] }>(
        await ask('/dead-letters/groups'),
      );
      const { owner, note } = body.groups.find((group) => group.fingerprint === fingerprint) ?? {};
      return [owner, note];
    };
    assert.deepEqual(await owned(), ['mail team', 'Known.']);
    await describeGroup(fingerprint, { owner: null });
    assert.deepEqual(await owned(), [undefined, 'Known.']);
    const audit = bodyOf<{ entries: { action: string; owner?: string | null }[] }>(await ask('/audit'));
    assert.deepEqual(
      audit.entries.map(({ action, owner }) => [action, owner]),
      [
        ['describe-group', null],
        ['discard', undefined],
        ['describe-group', 'mail team'],
      ],
    );
    const later = { from: new Date(clock.now()).toISOString() };
    assert.equal(bodyOf<{ entries: unknown[] }>(await ask('/audit', later)).entries.length, 1);
  });

  it('refuse what does not exist or says nothing', async () => {
    const { ask, discard, describeGroup } = await world();
    const unknown = 'a'.repeat(26);
    const refused = async (response: Promise<Parameters<typeof bodyOf>[0]>) => {
      const answer = await response;
      return [answer.statusCode, bodyOf(answer).code];
    };
    assert.deepEqual(await refused(ask(`/dead-letters/${unknown}`)), [404, 'DEAD_LETTER_NOT_FOUND']);
    assert.deepEqual(await refused(discard(unknown)), [404, 'DEAD_LETTER_NOT_FOUND']);
    assert.deepEqual(await refused(discard('../audit')), [404, 'DEAD_LETTER_NOT_FOUND']);
    assert.deepEqual(await refused(describeGroup(unknown, { owner: 'x' })), [404, 'DEAD_LETTER_GROUP_NOT_FOUND']);
    assert.deepEqual(await refused(describeGroup(fingerprintOf(letter), {})), [400, 'NOTHING_TO_CHANGE']);
    assert.deepEqual(await refused(discard(deadLetterIdOf(letter), 'key', ' ')), [400, 'VALIDATION_FAILED']);
    const faulty: Record<string, string>[] = [
      { colour: 'red' },
      { status: 'lost' },
      { fingerprint: 'x' },
      { cursor: 'x' },
      { from: 'now' },
    ];
    for (const query of faulty)
      assert.deepEqual(await refused(ask('/dead-letters', query)), [400, 'VALIDATION_FAILED'], JSON.stringify(query));
  });
});
