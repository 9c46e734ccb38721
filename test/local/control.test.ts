import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, beforeEach, describe, it } from 'node:test';
import { NothingToPause } from '#infra/local/base/failure.ts';
import { type ControlOptions, startControl, type TokenRequest } from '#infra/local/control/control.ts';
import type { SinkSettings } from '#infra/local/sink/sink.ts';
import { startGatewayFor } from '#test/support/local-gateway.ts';

const nowhere = 'http://127.0.0.1:9';
let started: Awaited<ReturnType<typeof startGatewayFor>>;
let control: Awaited<ReturnType<typeof startControl>>;
let options: ControlOptions;
let settings: SinkSettings = {};
let done: string[] = [];
const minted: TokenRequest[] = [];

before(async () => {
  const upstreams = {
    dynamodb: nowhere,
    dynamodbstreams: nowhere,
    sns: nowhere,
    sqs: nowhere,
    s3: nowhere,
    sesv2: nowhere,
    secretsmanager: nowhere,
    lambda: nowhere,
    'pinpoint-sms-voice-v2': nowhere,
    appsync: nowhere,
  };
  started = await startGatewayFor({ upstreams, smsUpstream: nowhere });
  options = {
    gateway: started.gateway,
    invocations: { list: () => [{ function: 'send-email', count: 3 }], reset: () => void done.push('reset') },
    alarms: () => ({ alarms: [], notEvaluated: [], performed: [] }),
    sinkControls: {
      settings: () => settings,
      replace: (next) => {
        settings = next;
      },
    },
    pause: (name) => {
      if (name === 'handle-command') throw new NothingToPause(name, ['wake-due']);
      done.push(`pause ${name}`);
    },
    resume: async (name) => void done.push(`resume ${name}`),
    dropStreamRecords: () => 5,
    mintToken: async (request) => {
      minted.push(request);
      return 'a.b.c';
    },
    functionNames: ['send-email', 'relay-outbox', 'handle-command'],
  };
  control = await startControl(options);
});
after(async () => {
  await control.close();
  await started.gateway.close();
});
beforeEach(() => {
  done = [];
});

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${control.controlUrl}${path}`, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

describe('The control API', () => {
  it('replaces, shows and clears fault rules', async () => {
    const rules = [{ function: 'send-email', service: 'sesv2', operation: 'SendEmail', fault: 'refuse', times: 2 }];
    assert.deepEqual(await call('PUT', '/faults', rules), { status: 200, body: [{ ...rules[0], hits: 0 }] });
    started.gateway.faults.take({ function: 'send-email', service: 'sesv2', operation: 'SendEmail' });
    assert.deepEqual((await call('GET', '/faults')).body, [{ ...rules[0], hits: 1 }]);
    assert.equal((await call('DELETE', '/faults')).status, 204);
    assert.deepEqual((await call('GET', '/faults')).body, []);
  });

  it('injects the same faults for the same seed', async () => {
    const drawn = async (seed: number) => {
      await call('PUT', `/faults?seed=${seed}`, [
        { service: 'sns', operation: 'Publish', fault: 'error', probability: 0.5 },
      ]);
      return Array.from(
        { length: 64 },
        () => started.gateway.faults.take({ function: 'x', service: 'sns', operation: 'Publish' }) !== undefined,
      );
    };
    assert.deepEqual(await drawn(5), await drawn(5));
    assert.notDeepEqual(await drawn(5), await drawn(6));
    assert.equal((await call('PUT', '/faults?seed=x', [])).status, 400);
    await call('DELETE', '/faults');
  });

  it('keeps the old rules if one is invalid, and reports every fault', async () => {
    const rules = [{ service: 'sns', operation: 'Publish', fault: 'error' }];
    await call('PUT', '/faults', rules);
    const { status, body } = await call('PUT', '/faults', [
      ...rules,
      { service: 'fax', operation: 'Send', fault: 'burn', function: 'nobody' },
    ]);
    assert.equal(status, 400);
    assert.equal(body.errors.length, 4);
    assert.match(body.errors.join('\n'), /function "nobody" is unknown; valid: send-email, relay-outbox/);
    assert.equal((await call('GET', '/faults')).body.length, 1);
    await call('DELETE', '/faults');
  });

  it('pauses and resumes known functions', async () => {
    assert.equal((await call('POST', '/pause', { function: 'relay-outbox' })).status, 204);
    assert.equal((await call('POST', '/resume', { function: 'relay-outbox' })).status, 204);
    assert.deepEqual(done, ['pause relay-outbox', 'resume relay-outbox']);
    const refused = await call('POST', '/pause', { function: 'relay', extra: 1 });
    assert.equal(refused.status, 400);
    assert.deepEqual(refused.body.errors, [
      'function "relay" is unknown; valid: send-email, relay-outbox, handle-command',
      'extra is unknown; valid: function',
    ]);
    assert.equal((await call('POST', '/pause')).status, 400);
    const unmapped = await call('POST', '/pause', { function: 'handle-command' });
    assert.equal(unmapped.status, 400);
    assert.match(unmapped.body.detail, /no mapping and no schedule; valid: wake-due/);
    assert.equal(done.length, 2);
  });

  it('drops the records of the stream, unless the engine cannot', async () => {
    assert.deepEqual(await call('DELETE', '/stream-records'), { status: 200, body: { dropped: 5 } });
    options.dropStreamRecords = undefined;
    const { status, body } = await call('DELETE', '/stream-records');
    assert.equal(status, 400);
    assert.match(body.detail, /not on request/);
  });

  it('creates tokens with the requested claims', async () => {
    const request = { tenant: 'acme', scopes: ['orders:read'], expiresInSeconds: -1 };
    assert.deepEqual(await call('POST', '/tokens', request), { status: 200, body: { token: 'a.b.c' } });
    assert.deepEqual(minted.at(-1), request);
    const refused = await call('POST', '/tokens', { scopes: 'x', audience: '', expiresInSeconds: 1.5, tenants: [] });
    assert.equal(refused.body.errors.length, 5);
  });

  it('shows calls and unused grants, and resets the calls', async () => {
    started.gateway.calls.add('send-email', 'sesv2', 'SendEmail', 512).writeUnits += 2;
    const expected = {
      function: 'send-email',
      service: 'sesv2',
      operation: 'SendEmail',
      count: 1,
      requestBytes: 512,
      readUnits: 0,
      writeUnits: 2,
    };
    assert.deepEqual((await call('GET', '/calls')).body, { calls: [expected] });
    assert.equal((await call('DELETE', '/calls')).status, 204);
    assert.deepEqual((await call('GET', '/calls')).body, { calls: [] });
    assert.deepEqual((await call('GET', '/unused-grants')).body, { unusedGrants: [] });
    assert.deepEqual((await call('GET', '/alarms')).body, { alarms: [], notEvaluated: [], performed: [] });
  });

  it('shows invocations and resets them', async () => {
    assert.deepEqual(await call('GET', '/invocations'), {
      status: 200,
      body: { invocations: [{ function: 'send-email', count: 3 }] },
    });
    assert.equal((await call('DELETE', '/invocations')).status, 204);
    assert.deepEqual(done, ['reset']);
  });

  it('changes the behaviour of the sink', async () => {
    const refusedRecipients = ['@refused.example'];
    const wanted = {
      ratePerSecond: 14,
      refusedRecipients,
      outcomes: { '@full.example': 'soft-bounced' },
      failingNumbers: { '0404': 'TEXT_INVALID' },
      refusing: { email: 'paused', sms: 'not-permitted' },
      events: { Send: { delayMs: 10, copies: 2, withhold: true, reorder: false } },
    };
    assert.deepEqual(await call('PUT', '/sink', wanted), { status: 200, body: wanted });
    const refused = await call('PUT', '/sink', {
      ratePerSecond: 0,
      refusedRecipients: [''],
      rate: 1,
      outcomes: { '@full.example': 'full', '': 'bounced' },
      failingNumbers: ['0404'],
      refusing: { email: 'asleep', fax: 'paused' },
      events: { Sent: {}, Send: { copies: 0, delayMs: -1, withhold: 1, twice: true } },
    });
    assert.equal(refused.status, 400);
    assert.deepEqual(refused.body.errors.toSorted(), [
      'events.Send.copies must be a whole number, 1 or more',
      'events.Send.delayMs must be a whole number of milliseconds, 0 or more',
      'events.Send.twice is unknown; valid: delayMs, copies, withhold, reorder',
      'events.Send.withhold must be true or false',
      'events.Sent is unknown; valid: Send, Delivery, Bounce, Complaint, DeliveryDelay, Reject, Rendering Failure, Open, Click, TEXT_PENDING, TEXT_SUCCESSFUL, TEXT_DELIVERED, TEXT_BLOCKED, TEXT_CARRIER_BLOCKED, TEXT_CARRIER_UNREACHABLE, TEXT_INVALID, TEXT_INVALID_MESSAGE, TEXT_PROTECT_BLOCKED, TEXT_SPAM, TEXT_TTL_EXPIRED, TEXT_UNKNOWN, TEXT_UNREACHABLE',
      'failingNumbers must be an object',
      'outcomes has an empty ending, which every recipient has',
      'outcomes.@full.example must be one of delivered, bounced, soft-bounced, delayed, complained, forward-bounced, not-spam, account-suppressed, opened, clicked, rejected, rendering-failed',
      'rate is unknown; valid: ratePerSecond, refusing, refusedRecipients, outcomes, failingNumbers, webhooks, events',
      'ratePerSecond must be a number above 0',
      'refusedRecipients must be an array of texts that are not empty',
      'refusing.email must be one of paused, suspended, not-permitted, not-verified, quota-reached',
      'refusing.fax is unknown; valid: email, sms',
    ]);
    assert.deepEqual((await call('GET', '/sink')).body, wanted);
    assert.equal((await call('DELETE', '/sink')).status, 204);
    assert.deepEqual(settings, {});
  });

  it('refuses invalid JSON, requests of web pages, and unknown paths', async () => {
    const put = (body: string, headers: Record<string, string> = {}) =>
      fetch(`${control.controlUrl}/faults`, { method: 'PUT', headers, body });
    assert.equal((await put('[')).status, 400);
    assert.equal((await put('[]', { origin: 'https://shop.example' })).status, 403);
    assert.equal((await put('[]')).status, 200, 'as curl sends it');
    const missing = await call('GET', '/fault');
    assert.equal(missing.status, 404);
    assert.ok(missing.body.errors.includes('PUT /faults'));
    assert.equal((await call('GET', '/constructor')).status, 404);
  });

  it('refuses every host name except 127.0.0.1 and localhost', async () => {
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    request(`${control.controlUrl}/faults`, { headers: { host: 'evil.example' } }, (response) =>
      resolve(response.resume().statusCode),
    ).end();
    assert.equal(await promise, 403);
    assert.ok(control.controlUrl.startsWith('http://127.0.0.1:'));
  });
});
