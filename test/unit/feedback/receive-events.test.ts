import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openReceiver } from '#shared/adapters/aws/providers/sendgrid/email-events.ts';
import { receiveEvents } from '#shared/feedback/receive-events.ts';
import { ENV } from '#shared/names.ts';
import type { Publication, PublishFailure } from '#shared/once/ports.ts';
import { httpEvent } from '#test/support/http-event.ts';

const NOW = Date.parse('2026-01-02T12:00:00Z');
const seconds = (at: number): string => String(Math.floor(at / 1000));
const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const [current, next, stranger] = [keyPair(), keyPair(), keyPair()];
const shown = (key: KeyObject): string => key.export({ format: 'der', type: 'spki' }).toString('base64');
const EVENT = { event: 'delivered', counterfoil_stage: 'prod', sg_event_id: '1' };

type Post = { key?: KeyObject; timestamp?: string; body?: string; signed?: string; base64?: boolean };

describe('posted events', () => {
  const environment = { ...process.env };
  let published: Publication[];
  let failures: PublishFailure[];
  let lines: [string, unknown][];
  let counted: string[];
  let handle: ReturnType<typeof receiveEvents>;
  beforeEach(() => {
    Object.assign(process.env, {
      [ENV.stage]: 'prod',
      [ENV.emailWebhookKeys]: [current, next].map(({ publicKey }) => shown(publicKey)).join(' '),
    });
    [published, failures, lines, counted] = [[], [], [], []];
    const log = (message: string, fields: unknown) => void lines.push([message, fields]);
    handle = receiveEvents({
      receive: openReceiver(),
      publisher: {
        publishBatch: async (batch) => {
          assert.ok(batch.length <= 10);
          published.push(...batch);
          return failures;
        },
      },
      clock: { now: () => NOW },
      log: { info: log, warn: log, error: log },
      counters: { count: async (name) => void counted.push(name) },
    });
  });
  afterEach(() => {
    process.env = { ...environment };
  });

  const post = async ({
    key = current.privateKey,
    timestamp = seconds(NOW),
    body = JSON.stringify([EVENT]),
    signed = timestamp + body,
    base64 = false,
  }: Post = {}) => {
    const { statusCode } = await handle({
      ...httpEvent({ routeKey: 'POST /email-events' }),
      headers: {
        'x-twilio-email-event-webhook-timestamp': timestamp,
        'x-twilio-email-event-webhook-signature': sign('sha256', Buffer.from(signed), key).toString('base64'),
      },
      body: base64 ? Buffer.from(body).toString('base64') : body,
      isBase64Encoded: base64,
    });
    return statusCode;
  };

  it('are queued one by one before the answer, whichever of two keys has signed them', async () => {
    const events = Array.from({ length: 23 }, (_, index) => ({ ...EVENT, sg_event_id: String(index) }));
    const body = JSON.stringify(events);
    assert.equal(await post({ body }), 204);
    assert.deepEqual(
      published.map((one) => JSON.parse(one.body)),
      events,
    );
    assert.equal(await post({ key: next.privateKey, base64: true }), 204);
    assert.equal(published.length, 24);
  });

  it('are refused unless the signature is about the timestamp and every byte of the body', async () => {
    assert.equal(await post({ key: stranger.privateKey }), 401);
    assert.equal(await post({ signed: JSON.stringify([EVENT]) }), 401);
    assert.equal(await post({ signed: `${seconds(NOW)}[]` }), 401);
    assert.equal(await post({ timestamp: `${seconds(NOW)} ` }), 401);
    assert.equal(await post({ timestamp: '' }), 401);
    assert.deepEqual(published, []);
    assert.deepEqual(counted, Array(5).fill('EmailEventsRefused'));
  });

  it('are accepted for as long as SendGrid repeats a failed post, and refused when older or from the future', async () => {
    assert.equal(await post({ timestamp: seconds(NOW - 24 * 3_600_000) }), 204);
    assert.equal(await post({ timestamp: seconds(NOW - 26 * 3_600_000) }), 401);
    assert.equal(await post({ timestamp: seconds(NOW + 60_000) }), 204);
    assert.equal(await post({ timestamp: seconds(NOW + 600_000) }), 401);
    assert.equal(published.length, 2);
  });

  it('are posted again if one of them could not be queued', async () => {
    failures = [{ key: 'event-0', reason: 'InternalError', permanent: false }];
    assert.equal(await post(), 503);
  });

  it('of other stages and other systems of the account are not queued', async () => {
    const body = JSON.stringify([{ ...EVENT, counterfoil_stage: 'staging' }, { event: 'open' }, 7, null, EVENT]);
    assert.equal(await post({ body }), 204);
    assert.equal(published.length, 1);
  });

  it('are refused if they are too large, or no list', async () => {
    assert.equal(await post({ body: '{}' }), 400);
    assert.equal(await post({ body: 'no json' }), 400);
    assert.equal(await post({ body: `[${' '.repeat(2 * 1024 * 1024)}]` }), 413);
    assert.deepEqual(published, []);
  });

  it('leave no address in the log', async () => {
    await post({ body: JSON.stringify([{ ...EVENT, email: 'ada@example.com' }]) });
    await post({ key: stranger.privateKey, body: JSON.stringify([{ email: 'ada@example.com' }]) });
    assert.equal(lines.length, 2);
    assert.doesNotMatch(JSON.stringify(lines), /ada@/);
  });
});
