import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { fingerprintOf, groupSeen, recorded } from '#shared/once/dead-letter.ts';
import { failedWith } from '#shared/once/failed-with.ts';

const letter = { subscriber: 's', id: 'm', reason: 'GIVEN_UP', detail: 'It failed.' };

describe('a failure', () => {
  it('has the same fingerprint in another message, attempt and line, and another one in another place', () => {
    const error = { name: 'TypeError', frames: ['shared/once/consume.ts:80'] };
    const one = { ...letter, detail: 'Message ses-1f of order o1 failed 3 times.', error };
    const same = { ...one, id: 'n', detail: 'Message ses-2 of order o77 failed 12 times.', attempts: 4 };
    assert.equal(
      fingerprintOf(one),
      fingerprintOf({ ...same, error: { ...error, frames: ['shared/once/consume.ts:9'] } }),
    );
    const others = [
      { ...one, subscriber: 't' },
      { ...one, reason: 'POISON' },
      { ...one, detail: 'Another text.' },
      { ...one, error: { ...error, name: 'RangeError' } },
      { ...one, error: { ...error, frames: ['shared/once/wake.ts:80'] } },
    ];
    assert.equal(new Set([one, ...others].map(fingerprintOf)).size, 6);
  });

  it('has the same fingerprint wherever the last try waited for a dependency that does not answer', () => {
    const failing = (name: string, file: string) => ({
      ...letter,
      detail: `It could not be handled in 5 deliveries; the last try failed with ${name}.`,
      error: { name, frames: [`shared/${file}:1`] },
    });
    const noAnswer = [
      failing('StoreUnavailable', 'adapters/aws/dynamodb/failures.ts'),
      failing('StoreUnavailable', 'adapters/aws/dynamodb/once.ts'),
      failing('TemporarilyUnavailable', 'once/execute.ts'),
      failing('OutOfTime', 'once/consume.ts'),
      failing('TimeoutError', 'adapters/aws/s3/s3-attachments.ts'),
      { ...failing('AbortError', ''), error: { name: 'AbortError', frames: [] } },
    ];
    assert.equal(new Set(noAnswer.map(fingerprintOf)).size, 1);
    const [one = assert.fail()] = noAnswer;
    const others = [
      { ...one, subscriber: 't' },
      { ...one, reason: 'WAITED_TOO_LONG' },
      failing('AccessDeniedException', 'adapters/aws/dynamodb/failures.ts'),
      failing('NewerVersion', 'messaging/parse.ts'),
      failing('TypeError', 'once/execute.ts'),
    ];
    assert.equal(new Set([one, ...others].map(fingerprintOf)).size, 6);
  });

  it('names the error and at most three places in our own code, and nothing of the text', () => {
    const error = new TypeError('about ada@example.com');
    error.stack = [
      'TypeError: about ada@example.com',
      '    at parse (file:///var/task/../../shared/messaging/parse.ts:12:3)',
      '    at Client.send (/var/task/node_modules/@aws-sdk/shared/client.ts:1:1)',
      '    at /var/task/functions/send-email/handler.ts:4:5',
      '    at node:internal/process:1:1',
      '    at async handle (/var/shared/once/consume.ts:99:1)',
      '    at async last (/var/shared/once/consume.ts:100:1)',
    ].join('\n');
    assert.deepEqual(failedWith(error), {
      name: 'TypeError',
      frames: ['shared/messaging/parse.ts:12', 'functions/send-email/handler.ts:4', 'shared/once/consume.ts:99'],
    });
    assert.deepEqual(failedWith('text'), { name: 'string', frames: [] });
    assert.match(failedWith(new PoisonMessage('X', 'y')).frames.join() || 'none', /^none$/);
  });
});

describe('the record of a dead letter', () => {
  const first = recorded(undefined, { ...letter, message: '{"tenantid":"acme","type":"a.v1"}' }, 1000, 'commit-1');

  it('counts up while it is open', () => {
    const second = recorded(first, { ...letter, attempts: 4 }, 3000, 'commit-2');
    assert.deepEqual(
      [second.count, second.attempts, second.generation, second.openedAt, second.release, second.tenant],
      [2, 5, 1, first.openedAt, 'commit-2', 'acme'],
    );
  });

  for (const status of ['redriving', 'resolved', 'discarded'] as const) {
    it(`gets a new generation if it fails again while it is ${status}`, () => {
      const again = recorded({ ...first, status }, letter, 3000);
      assert.deepEqual([again.status, again.generation, Date.parse(again.openedAt)], ['open', 2, 3000]);
      assert.deepEqual(again.history, [{ action: 'reopen', at: again.openedAt, actor: 'system' }]);
    });
  }

  it('takes nothing from a message that may be an address', () => {
    const message = JSON.stringify({ type: 'ada@example.com', tenantid: 'a b', subject: 'ada@example.com/1' });
    const { message: kept, ...rest } = recorded(undefined, { ...letter, message }, 1);
    assert.equal(kept, message);
    assert.doesNotMatch(JSON.stringify(rest), /ada/);
  });

  it('names the place of a row that could not be published', () => {
    const message = JSON.stringify({ subject: { tenant: 'acme', type: 'order', id: 'o1' }, commandId: 'http#1' });
    const { tenant, subject } = recorded(undefined, { ...letter, message }, 1);
    assert.deepEqual([tenant, subject], ['acme', 'order/o1']);
  });

  it('changes its group at most once a second', () => {
    const group = groupSeen(undefined, first, 1000);
    assert.equal(groupSeen(group, first, 1999), undefined);
    assert.deepEqual(groupSeen({ ...group, owner: 'x' } as typeof group, first, 2000), {
      ...group,
      owner: 'x',
      lastSeenAt: new Date(2000).toISOString(),
    });
  });
});
