import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pauseAfter } from '#shared/delivery/pauses.ts';
import { answerOf } from '#shared/webhook/answer.ts';
import type { PostResult } from '#shared/webhook/ports.ts';

const NOW = Date.UTC(2026, 0, 1);
const answered = (status: number, retryAfter?: string): PostResult => ({
  kind: 'answered',
  status,
  start: 'no such customer',
  ...(retryAfter !== undefined && { retryAfter }),
});
const meant = (result: PostResult) => answerOf(result, 'id', NOW);
const asked = (retryAfter: string): unknown => Reflect.get(meant(answered(503, retryAfter)), 'notBeforeMs');

describe('the answer to a webhook', () => {
  it('is an acceptance if it is 2xx', () => {
    for (const status of [200, 202, 204, 299])
      assert.deepEqual(meant(answered(status)), { kind: 'accepted', providerMessageId: 'id' });
  });

  it('is final if it is any other 4xx, and shows how it begins', () => {
    for (const status of [400, 401, 404, 408, 422])
      assert.deepEqual(meant(answered(status)), {
        kind: 'rejected',
        reason: 'ENDPOINT_REFUSED',
        providerCode: `HTTP_${status}`,
        answer: { status, start: 'no such customer' },
      });
  });

  it('is repeated otherwise, and says whether the receiver may have it', () => {
    const results: PostResult[] = [
      answered(301),
      answered(429),
      answered(500),
      answered(503),
      { kind: 'unanswered', code: 'TIMEOUT' },
      { kind: 'not-connected', code: 'ECONNREFUSED' },
    ];
    const outcomes = results.map((result) => {
      const answer = meant(result);
      return answer.kind === 'repeat' ? [answer.outcome, answer.reason, answer.providerCode] : answer.kind;
    });
    assert.deepEqual(outcomes, [
      ['deferred', 'ENDPOINT_REDIRECTS', 'HTTP_301'],
      ['deferred', 'ENDPOINT_BUSY', 'HTTP_429'],
      ['unknown', 'ENDPOINT_FAILED', 'HTTP_500'],
      ['deferred', 'ENDPOINT_BUSY', 'HTTP_503'],
      ['unknown', 'ENDPOINT_SILENT', 'TIMEOUT'],
      ['deferred', 'ENDPOINT_UNREACHABLE', 'ECONNREFUSED'],
    ]);
  });

  it('is final if the address is not permitted', () => {
    assert.deepEqual(meant({ kind: 'not-permitted', code: 'NOT_PUBLIC' }), {
      kind: 'rejected',
      reason: 'ENDPOINT_ADDRESS_REFUSED',
      providerCode: 'NOT_PUBLIC',
    });
  });

  it('asks for a pause in seconds or by a date, and anything else asks for none', () => {
    assert.deepEqual([asked('120'), asked(' 7 '), asked('Thu, 01 Jan 2026 00:01:00 GMT')], [120_000, 7000, 60_000]);
    for (const nothing of ['', '-1', 'soon', '1.5', '0', 'Wed, 31 Dec 2025 23:59:00 GMT', '99999999999'])
      assert.equal(asked(nothing), undefined, nothing);
  });
});

describe('the pause before the next call', () => {
  const SCHEDULE = [1000, 2000, 30_000];
  const pause = (calls: number, askedMs = 0, fraction = 0): number | undefined =>
    pauseAfter(calls, askedMs, {
      sender: { pausesMs: SCHEDULE },
      random: { nonce: () => '', fraction: () => fraction },
    });

  it('is the next of the schedule, spread by up to a tenth, and there is none after the last', () => {
    assert.deepEqual([pause(1), pause(2), pause(3), pause(4)], [1000, 2000, 30_000, undefined]);
    assert.equal(pause(1, 0, 0.5), 1050);
  });

  it('is the one that the receiver asked for, if it is longer, up to the longest of the schedule', () => {
    assert.deepEqual([pause(1, 500), pause(1, 20_000), pause(1, 9_000_000)], [1000, 20_000, 30_000]);
  });
});
