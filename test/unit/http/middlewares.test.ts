import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as v from 'valibot';
import { correlation } from '#shared/http/correlation.ts';
import type { HttpEvent, HttpFunction } from '#shared/http/event.ts';
import { httpFunction } from '#shared/http/http-function.ts';
import { parseIdempotencyKey } from '#shared/http/idempotency-key.ts';
import { jsonBody } from '#shared/http/json-body.ts';
import { problemOfError, problemOfRejection, problemResponse, STATUS_OF_CODE } from '#shared/http/problem.ts';
import { problemDetails } from '#shared/http/problem-details.ts';
import { RequestRefused } from '#shared/http/request-refused.ts';
import { tenant } from '#shared/http/tenant.ts';
import { IdempotencyConflict, LimitExceeded, TemporarilyUnavailable } from '#shared/once/errors.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { httpEvent } from '#test/support/http-event.ts';
import { countedRandomness, memoryLog } from '#test/support/ports.ts';
import { checkProperty } from '#test/support/random-runs.ts';

describe('middleware options', () => {
  const random = countedRandomness();
  it('that are unknown or missing are refused when the function starts', () => {
    assert.throws(
      () => tenant({ claim: 'tenant', claims: 'tenant' } as { claim: string }),
      /tenant: unknown option claims/,
    );
    assert.throws(() => tenant({} as { claim: string }), /tenant: option claim is missing/);
    assert.throws(
      () => correlation({ random, header: 'x' } as { random: typeof random }),
      /correlation: unknown option header/,
    );
    assert.throws(
      () => problemDetails({} as { log: ReturnType<typeof memoryLog> }),
      /problemDetails: option log is missing/,
    );
    const bad = { schema: v.unknown(), texts: {}, maximumBytes: 1, limit: 1 };
    assert.throws(() => jsonBody(bad), /jsonBody: unknown option limit/);
  });
});

/** Of what middy hands to a hook, the tested one reads the event alone. */
const requestWith = <Hook extends ((request: never) => unknown) | undefined>(event: HttpEvent) =>
  ({ event }) as unknown as Parameters<NonNullable<Hook>>[0];

describe('the JSON body', () => {
  it('is handed on as it came, beside what the schema made of it', async () => {
    const schema = v.strictObject({ count: v.optional(v.number(), 1) });
    const { before } = jsonBody({ schema, texts: {}, maximumBytes: 100 });
    const event = httpEvent({ routeKey: 'POST /', headers: { 'content-type': 'application/json' }, body: '{}' });
    await before?.(requestWith<typeof before>(event));
    assert.deepEqual((event as { json?: unknown }).json, { received: {}, valid: { count: 1 } });
  });

  it('is of any JSON type, and of no other', async () => {
    const { before } = jsonBody({ schema: v.unknown(), texts: {}, maximumBytes: 100 });
    const send = async (type: string) => {
      const event = httpEvent({ routeKey: 'POST /', headers: { 'content-type': type }, body: '{}' });
      return before?.(requestWith<typeof before>(event));
    };
    for (const type of [
      'application/json',
      'Application/JSON;charset=utf-8',
      'application/json ; x=y',
      'application/vnd.order+json',
    ]) {
      await assert.doesNotReject(send(type), type);
    }
    for (const type of [
      '',
      'json',
      'text/json',
      'application/jsonp',
      'application/x-www-form-urlencoded',
      'x application/json',
    ]) {
      await assert.rejects(send(type), { code: 'CONTENT_TYPE_UNSUPPORTED' }, type);
    }
  });
});

describe('the correlation id', () => {
  const call = async (route: HttpFunction, sent?: string) => {
    const api = httpFunction({ routes: { 'GET /': route }, random: countedRandomness(), log: memoryLog() });
    const response = await api(httpEvent({ routeKey: 'GET /', headers: { 'X-Correlation-Id': sent } }));
    return response.headers['x-correlation-id'];
  };
  const answering: HttpFunction = async () => ({ statusCode: 200, headers: {}, body: '' });
  const failing: HttpFunction = async () => {
    throw new Error('no');
  };

  it('is taken from the caller and echoed on answers and errors', async () => {
    for (const sent of ['a', 'a'.repeat(128), '0af7651916cd43dd8448eb211c80319c', 'urn:uuid:1/2~3']) {
      assert.equal(await call(answering, sent), sent);
      assert.equal(await call(failing, sent), sent);
    }
  });

  it('is made where it is missing or malformed, also if it looks like an address', async () => {
    for (const sent of [undefined, '', 'a'.repeat(129), 'a b', 'ada@example.com', 'é', 'a\nb']) {
      assert.equal(await call(answering, sent), 'nonce-1');
      assert.equal(await call(failing, sent), 'nonce-1');
    }
  });
});

describe('the idempotency key', () => {
  it('is printable ASCII, with or without quotes', () => {
    assert.equal(parseIdempotencyKey('abc'), 'abc');
    assert.equal(parseIdempotencyKey(' abc '), 'abc');
    assert.equal(parseIdempotencyKey('"abc"'), 'abc');
    assert.equal(parseIdempotencyKey('"a\\"b\\\\c"'), 'a"b\\c');
    assert.equal(parseIdempotencyKey('a "quoted" key'), 'a "quoted" key');
    assert.equal(parseIdempotencyKey('k'.repeat(128)), 'k'.repeat(128));
    assert.equal(parseIdempotencyKey(`"${'k'.repeat(128)}"`), 'k'.repeat(128));
  });

  it('is refused otherwise', () => {
    for (const header of [
      undefined,
      '',
      '  ',
      '""',
      '"',
      '"a',
      '"a"b"',
      '"a\\b"',
      'ä',
      'a\tb',
      'k'.repeat(129),
      `"${'k'.repeat(129)}"`,
    ]) {
      assert.throws(() => parseIdempotencyKey(header), RequestRefused, JSON.stringify(header));
    }
  });

  it('comes out of its quoted form as it went in', () =>
    checkProperty(
      'idempotency key: quoting',
      fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 128 }), (text) => {
        const key = text.replaceAll(',', ';');
        const quoted = `"${key.replace(/["\\]/g, '\\$&')}"`;
        assert.equal(parseIdempotencyKey(quoted), key);
      }),
    ));
});

describe('a header that was sent twice, which API Gateway joins with a comma', () => {
  it('is not an idempotency key, however it is quoted, and the refusal names both causes', () => {
    for (const sent of [
      ['K', 'K'],
      ['"K"', '"K"'],
      ['"K', 'K"'],
      ['', ''],
      ['K', ''],
      ['', 'K'],
    ]) {
      for (const joined of [sent.join(','), sent.join(', ')])
        assert.throws(() => parseIdempotencyKey(joined), {
          code: 'IDEMPOTENCY_KEY_INVALID',
          message: /sent more than once.*or the key itself has a comma/,
        });
    }
  });

  it('names the character that no key has', () => {
    assert.throws(() => parseIdempotencyKey('schlüssel'), { message: /U\+00FC at character 5/ });
    assert.throws(() => parseIdempotencyKey('"a\tb"'), { message: /U\+0009 at character 3/ });
  });

  it('is no content type', async () => {
    const { before } = jsonBody({ schema: v.unknown(), texts: {}, maximumBytes: 100 });
    const send = async (type: string) => {
      const event = httpEvent({ routeKey: 'POST /', headers: { 'content-type': type }, body: '{}' });
      return before?.(requestWith<typeof before>(event));
    };
    for (const type of [
      'application/json,application/json',
      'application/json; charset=utf-8,application/json',
      'application/json;,text/plain',
    ])
      await assert.rejects(send(type), { code: 'CONTENT_TYPE_UNSUPPORTED', message: /sent more than once/ }, type);
    await assert.doesNotReject(send('application/json; profile="a,b"'));
  });

  it('is no correlation id and no trace: a new id is made, and no trace is passed on', async () => {
    let seen: HttpEvent & { correlationId?: string; traceparent?: string } = httpEvent({ routeKey: 'GET /' });
    const route: HttpFunction = async (event) => {
      seen = event;
      return { statusCode: 200, headers: {}, body: '' };
    };
    const api = httpFunction({ routes: { 'GET /': route }, random: countedRandomness(), log: memoryLog() });
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { 'x-correlation-id': 'mine,mine', traceparent: `${trace},${trace}` };
    const response = await api(httpEvent({ routeKey: 'GET /', headers }));
    assert.equal(response.headers['x-correlation-id'], 'nonce-1');
    assert.equal(seen.traceparent, undefined);
  });
});

describe('the encoding of a body', () => {
  const read = async (type: string, body: Buffer | string) => {
    const { before } = jsonBody({ schema: v.unknown(), texts: {}, maximumBytes: 100 });
    const isBase64Encoded = typeof body !== 'string';
    const event = httpEvent({
      routeKey: 'POST /',
      headers: { 'content-type': type },
      body: isBase64Encoded ? body.toString('base64') : body,
      isBase64Encoded,
    });
    await before?.(requestWith<typeof before>(event));
    return (event as { json?: { received: unknown } }).json?.received;
  };

  it('is UTF-8, of which ASCII is a part, with or without a byte order mark', async () => {
    for (const charset of ['', '; charset=utf-8', ';charset="UTF-8"', '; charset=utf8', '; charset=us-ascii']) {
      assert.equal(await read(`application/json${charset}`, '"Zoë"'), 'Zoë', charset);
      assert.equal(await read(`application/json${charset}`, Buffer.from('"Zoë"')), 'Zoë', charset);
    }
    assert.equal(await read('application/json', '\uFEFF"Zoë"'), 'Zoë');
    assert.equal(await read('application/json', Buffer.from('\uFEFF"Zoë"')), 'Zoë');
  });

  it('is not another one that the content type names, whatever the bytes are', async () => {
    for (const charset of ['iso-8859-1', '"latin1"', 'windows-1252', 'utf-16', 'utf-16le', '']) {
      const type = `application/json; charset=${charset}`;
      await assert.rejects(read(type, '"Zoe"'), { code: 'BODY_NOT_UTF8' }, type);
      await assert.rejects(read(type, Buffer.from('"Zo\xeb"', 'latin1')), { code: 'BODY_NOT_UTF8' }, type);
    }
    const two = 'application/json; charset=utf-8; Charset=latin1';
    await assert.rejects(read(two, '"Zoe"'), { code: 'BODY_NOT_UTF8' });
  });

  it('is refused by its bytes where they came in base64', async () => {
    const wrong: [string, Buffer][] = [
      ['Latin-1', Buffer.from('"Zo\xeb"', 'latin1')],
      ['a sequence cut short', Buffer.from([0x22, 0xc3, 0x22])],
      ['an overlong one', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
      ['half a surrogate pair', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
      ['UTF-16', Buffer.from('\uFEFF"Zoë"', 'utf16le')],
    ];
    for (const [name, bytes] of wrong)
      await assert.rejects(read('application/json', bytes), { code: 'BODY_NOT_UTF8' }, name);
  });
});

describe('problems', () => {
  it('have the status of their code', () => {
    const statusOf = (error: unknown) => problemOfError(error).status;
    assert.equal(statusOf(new IdempotencyConflict()), 422);
    assert.equal(statusOf(new LimitExceeded('too much')), 422);
    assert.equal(statusOf(new TemporarilyUnavailable('later')), 503);
    assert.equal(statusOf(new StoreUnavailable('DynamoDB: TimeoutError')), 503);
    assert.equal(statusOf(new RequestRefused('BODY_TOO_LARGE', 'much', 'less')), 413);
    assert.equal(statusOf(new RequestRefused('NOT_IN_THE_TABLE', 'what', 'this')), 500);
    assert.equal(statusOf(new RequestRefused('constructor', 'what', 'this')), 500);
    for (const thrown of [new Error('x'), 'x', undefined, null]) assert.equal(statusOf(thrown), 500);
  });

  it('say nothing of our insides', () => {
    const answers = JSON.stringify([
      problemOfError(new StoreUnavailable('DynamoDB: TimeoutError')),
      problemOfError(new Error('secret')),
    ]);
    assert.ok(!/DynamoDB|secret/.test(answers));
  });

  it('are 404 for what is not there and 409 for what cannot be now', () => {
    const rejection = { code: 'ORDER_LINE_LIMIT', detail: 'Full.', next: 'Place another.' };
    assert.deepEqual(problemOfRejection(rejection), {
      type: 'urn:counterfoil:problem:order-line-limit',
      title: 'Order line limit',
      status: 409,
      ...rejection,
    });
    assert.equal(problemOfRejection({ ...rejection, code: 'ORDER_NOT_FOUND' }).status, 404);
  });

  it('ask to come again only where that helps', () => {
    const retryAfter = (code: string) =>
      problemResponse(problemOfRejection({ code, detail: '', next: '' })).headers['retry-after'];
    for (const code of Object.keys(STATUS_OF_CODE))
      assert.equal(retryAfter(code), STATUS_OF_CODE[code] === 503 ? '1' : undefined, code);
  });
});
