import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Answer } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { exchange } from '#test/support/exchange.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

type Fault = { path: string; code: string; message: string; next: string };
type Lines = readonly (readonly [name: string, value: string])[];

/** Inputs of real people and their programs, byte by byte. docs/reference/inputs.md contains the rules. */
describe('inputs of real people', () => {
  let stage: StageUnderTest;
  let acme: StageUnderTest['acme'];
  let anOrder: StageUnderTest['anOrder'];
  before(async () => {
    stage = await openStage();
    ({ acme, anOrder } = stage);
  });
  after(() => stage.stop());

  /** Repeats the request while the answer is "not now" (503), as clients should. */
  const send = (method: string, path: string, lines: Lines, body?: Buffer | string): Promise<Answer> =>
    eventually(`an answer to ${method} ${path}`, async () => {
      const answer = await exchange(new URL(path, stage.outputs.apiUrl), {
        method,
        headers: [['authorization', `Bearer ${stage.outputs.tokens.acme}`], ...lines],
        ...(body !== undefined && { body: Buffer.from(body) }),
      });
      return answer.status !== 503 && answer;
    });
  const json = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));
  const withKey = (key: string = randomUUID()): Lines => [
    ['content-type', 'application/json'],
    ['idempotency-key', key],
  ];
  const post = (path: string, body: unknown): Promise<Answer> => send('POST', path, withKey(), json(body));
  const faultsOf = ({ json: problem }: Answer): Fault[] => (problem.errors ?? []) as Fault[];
  /** Asserts every fault, each with a next step. */
  const assertFaults = (answer: Answer, ...expected: string[]): Fault[] => {
    assert.deepEqual([answer.status, answer.json.code], [400, 'VALIDATION_FAILED'], answer.text);
    const faults = faultsOf(answer);
    assert.deepEqual(faults.map(({ path, code }) => `${path} ${code}`).sort(), expected.sort());
    for (const { code, message, next } of faults) assert.ok(message && next, code);
    return faults;
  };
  const assertRefused = (answer: Answer, status: number, code: string): void => {
    assert.deepEqual([answer.status, answer.json.code], [status, code], answer.text);
    assert.ok(answer.json.detail && answer.json.next);
  };
  const contact = (change: object) => anOrder({ contact: { ...anOrder().contact, ...change } });
  const line = (change: object) => anOrder({ lines: [{ ...anOrder().lines[0], ...change }] });
  /** A message that is scheduled for weeks from now and then cancelled, for tests of its acceptance. */
  const later = () => new Date(Date.now() + 20 * 86_400_000).toISOString();
  const assertAcceptedAndCancelled = async (body: object): Promise<Answer> => {
    const answer = await post('/notifications', { sendAt: later(), ...body });
    assert.equal(answer.status, 202, answer.text);
    for (const { notificationId } of answer.json.notifications as { notificationId: string }[]) {
      const path = `/notifications/${notificationId}/resolve`;
      assert.equal((await post(path, { action: 'cancel', reason: 'A test of inputs' })).status, 200);
    }
    return answer;
  };
  const untilSent = (notificationId: string): Promise<boolean> =>
    eventually(`${notificationId} SENT`, async () => {
      const { json: notification } = await acme.call('GET', `/notifications/${notificationId}`);
      return notification.status === 'SENT';
    });
  const EMAIL = { channel: 'email', to: ['success@simulator.amazonses.com'], subject: 'Hello', text: 'Hello.' };

  it('row 1: amounts have the decimals of ISO 4217, in the e-mail and in the text message', async (t) => {
    const { inbox } = stage;
    if (!inbox) return t.skip('The messages of a deployed stage cannot be read.');
    const lines = [{ sku: 'A', description: 'Kávé', quantity: 2, unitPrice: 125_000 }];
    for (const [currency, total] of [
      ['HUF', '2,500.00'],
      ['JPY', '250,000'],
      ['KWD', '250.000'],
      ['IQD', '250.000'],
      ['CLF', '25.0000'],
      ['UYW', '25.0000'],
    ] as const) {
      const order = anOrder({ currency, lines });
      const placed = await acme.place(order);
      assert.equal(placed.status, 201, placed.text);
      await stage.sentOnce([placed.json.orderId as string, order]);
      const email = (await inbox.emails()).find(({ to }) => to.includes(order.contact.email));
      const sms = (await inbox.sms()).find(({ to }) => to === order.contact.phone);
      assert.match(sms?.body ?? '', new RegExp(`2 items, ${currency} ${total} in total`));
      assert.match(email?.text ?? '', new RegExp(`Total: \\D{1,4}${total}\n`));
      assert.match(email?.html ?? '', new RegExp(`Total&nbsp; [^0-9<]{1,4}${total}<`));
    }
    for (const currency of ['XAU', 'XXX', 'XDR', 'DEM', 'ABC'])
      assertFaults(await post('/orders', anOrder({ currency })), '/currency CURRENCY_UNKNOWN');
  });

  it('row 2: a key that is sent twice is refused, and has no effect', async () => {
    const [key, order] = [randomUUID(), anOrder()];
    const twice: Lines = [...withKey(key), ['Idempotency-Key', key]];
    assertRefused(await send('POST', '/orders', twice, json(order)), 400, 'IDEMPOTENCY_KEY_INVALID');
    const placed = await send('POST', '/orders', withKey(key), json(order));
    assert.equal(placed.status, 201);
    assert.equal(placed.headers.get('idempotency-replayed'), null);
    await stage.sentOnce([placed.json.orderId as string, order]);
  });

  it('row 2: every other significant header that is sent twice is refused, and the correlation id is replaced', async () => {
    const lines = withKey();
    const type: Lines = [...lines, ['content-type', 'text/plain']];
    assertRefused(await send('POST', '/orders', type, json(anOrder())), 415, 'CONTENT_TYPE_UNSUPPORTED');
    const authorization = ['authorization', `Bearer ${stage.outputs.tokens.acme}`] as const;
    assert.equal((await send('POST', '/orders', [...lines, authorization], json(anOrder()))).status, 401);
    const ids: Lines = [
      ['x-correlation-id', 'one'],
      ['x-correlation-id', 'two'],
    ];
    const answer = await send('GET', '/orders/none', ids);
    assert.match(answer.headers.get('x-correlation-id') ?? '', /^[A-Za-z0-9-]{16,}$/);
  });

  it('rows 5 and 9: supported addresses are accepted', async () => {
    for (const address of [
      'user@xn--e1aybc.xn--p1ai',
      'a&b@example.com',
      "!#$%&'*+-/=?^_`{|}~@example.com",
      `${'a'.repeat(64)}@${'b'.repeat(63)}.example`,
    ])
      await assertAcceptedAndCancelled({ ...EMAIL, to: [address] });
  });

  it('rows 5 and 9: e-mails to supported addresses are sent', async (t) => {
    const { inbox } = stage;
    if (!inbox) return t.skip('Tests of a deployed stage send only to SES’s mailbox simulator.');
    const id = randomUUID();
    const to = [
      `a&b.${id}@example.com`,
      `user.${id}@xn--e1aybc.xn--p1ai`,
      `!#$%'*+-/=?^_\`{|}~.${id.slice(0, 8)}@example.com`,
    ];
    const answer = await post('/notifications', { ...EMAIL, to });
    assert.equal(answer.status, 202, answer.text);
    await untilSent(answer.json.notificationId as string);
    const arrived = (await inbox.emails()).filter((email) => email.to.includes(to[0] ?? ''));
    assert.deepEqual(
      arrived.map((email) => email.to),
      [to],
    );
  });

  it('rows 5 and 9: other addresses are refused, with a supported form if there is one', async () => {
    const [raw] = assertFaults(
      await post('/orders', contact({ email: 'user@пример.рф' })),
      '/contact/email EMAIL_INVALID',
    );
    assert.match(raw?.next ?? '', /xn--e1afmkfd\.xn--p1ai/);
    for (const email of [
      'zoë@example.com',
      '"a b"@example.com',
      'a..b@example.com',
      'ada@example..com',
      'ada@-example.com',
      'ada@[192.0.2.1]',
      `${'a'.repeat(65)}@example.com`,
      `ada@${'b'.repeat(64)}.example`,
    ])
      assertFaults(await post('/orders', contact({ email })), '/contact/email EMAIL_INVALID');
    assertFaults(
      await post('/notifications', { ...EMAIL, to: ['ada@example.com', 'zoë@example.com'] }),
      '/to/1 EMAIL_INVALID',
    );
  });

  it('row 6: a body in Latin-1 is refused, with or without a charset', async () => {
    const latin1 = Buffer.from(JSON.stringify(contact({ name: 'Zoë' })), 'latin1');
    const [fault] = assertFaults(await send('POST', '/orders', withKey(), latin1), '/contact/name CHARACTER_LOST');
    assert.match(fault?.message ?? '', /U\+FFFD at character 3/);
    const key = ['idempotency-key', randomUUID()] as const;
    for (const charset of ['iso-8859-1', 'windows-1252', 'utf-16']) {
      const lines: Lines = [['content-type', `application/json; charset=${charset}`], key];
      assertRefused(await send('POST', '/orders', lines, latin1), 400, 'BODY_NOT_UTF8');
    }
    // API Gateway passes on a body of a binary type as bytes.
    const bytes: Lines = [['content-type', 'application/vnd.shop.order.v1+json'], key];
    assert.equal((await send('POST', '/orders', bytes, latin1)).status, 400);
  });

  it('row 6: UTF-8 is accepted, with or without a charset; a text with a replacement character is refused', async () => {
    const lines: Lines = [
      ['content-type', 'application/json; charset=UTF-8'],
      ['idempotency-key', randomUUID()],
    ];
    const placed = await send('POST', '/orders', lines, json(contact({ name: 'Zoë 😀' })));
    assert.equal(placed.status, 201);
    await stage.settled(placed.json.orderId as string);
    assertFaults(await post('/orders', contact({ name: 'Zo\uFFFD' })), '/contact/name CHARACTER_LOST');
    const escaped = JSON.stringify({ ...EMAIL, text: 'Zo?' }).replace('?', '\\ufffd');
    assertFaults(await send('POST', '/notifications', withKey(), escaped), '/text CHARACTER_LOST');
  });

  it('row 7: a timestamp after year 9999 in UTC is refused in every field', async () => {
    const beyond = encodeURIComponent('9999-12-31T23:59:59-05:00');
    for (const path of ['/notifications', '/notifications/statistics'])
      for (const name of ['from', 'to'])
        assertFaults(await send('GET', `${path}?${name}=${beyond}`, []), `/${name} TIMESTAMP_OUT_OF_RANGE`);
    for (const sendAt of ['9999-12-31T23:59:59-05:00', '0000-01-01T00:00:00Z', '0001-01-01T00:00:00+00:01'])
      assertFaults(await post('/notifications', { ...EMAIL, sendAt }), '/sendAt TIMESTAMP_OUT_OF_RANGE');
    const last = '?from=9999-12-31T22:00:00Z&to=9999-12-31T23:59:59.999Z';
    for (const path of ['/notifications', '/notifications/statistics'])
      assert.equal((await send('GET', path + last, [])).status, 200);
  });

  it('row 10: a web address in an order is refused', async () => {
    const spam = 'WIN 1000€ http://evil.example/x now';
    const [fault] = assertFaults(await post('/orders', contact({ name: spam })), '/contact/name WEB_ADDRESS');
    assert.match(fault?.message ?? '', /at character 11/);
    for (const name of [
      'WWW.evil.example',
      'ｗｗｗ．evil.example',
      'hxxp://evil.example',
      'h\u200Bttp://a.b',
      'evil.example/x',
    ])
      assertFaults(await post('/orders', contact({ name })), '/contact/name WEB_ADDRESS');
    assertFaults(await post('/orders', line({ sku: 'http://evil.example' })), '/lines/0/sku WEB_ADDRESS');
    assertFaults(await post('/orders', line({ description: 'www.evil.example' })), '/lines/0/description WEB_ADDRESS');
    for (const name of ['Dr. A.Smith', 'St.Pölten GmbH', 'Booking.com B.V.']) {
      const placed = await post('/orders', contact({ name }));
      assert.equal(placed.status, 201, name);
      await stage.settled(placed.json.orderId as string);
    }
  });

  it('row 12: the length of a decomposed text is counted after composition', async () => {
    const to = [`+4366099${String(Date.now()).slice(-8)}`];
    await assertAcceptedAndCancelled({ channel: 'sms', to, text: 'e\u0301'.repeat(335) });
  });

  it('row 12: a decomposed text is sent composed', async (t) => {
    if (stage.skipsTexts(t)) return;
    const to = `+4366098${String(Date.now()).slice(-8)}`;
    const answer = await post('/notifications', { channel: 'sms', to: [to], text: 'e\u0301'.repeat(335) });
    await untilSent(answer.json.notificationId as string);
    const arrived = (await stage.inbox?.sms())?.filter((sms) => sms.to === to);
    assert.deepEqual(
      arrived?.map(({ body }) => body),
      ['é'.repeat(335)],
    );
  });

  it('row 13: the e-mail about an order is marked as automatic; a direct notification is not', async (t) => {
    const { inbox } = stage;
    if (!inbox) return t.skip('The messages of a deployed stage cannot be read.');
    const order = anOrder();
    const placed = await acme.place(order);
    await stage.sentOnce([placed.json.orderId as string, order]);
    const to = `direct.${randomUUID()}@example.com`;
    const direct = await post('/notifications', { ...EMAIL, to: [to] });
    await untilSent(direct.json.notificationId as string);
    const emails = await inbox.emails();
    const headersOf = (address: string) =>
      emails.filter((one) => one.to.includes(address)).map(({ headers }) => headers);
    assert.deepEqual(headersOf(order.contact.email), [{ 'Auto-Submitted': 'auto-generated' }]);
    assert.deepEqual(headersOf(to), [{}]);
  });

  it('row 14: isolates are accepted, and every refused character is reported with its position', async () => {
    await assertAcceptedAndCancelled({ ...EMAIL, subject: '\u2067שלום\u2069 Ada' });
    for (const name of ['\u2068עדה\u2069', 'cut \u2067עדה']) {
      const placed = await post('/orders', contact({ name }));
      assert.equal(placed.status, 201, placed.text);
      await stage.settled(placed.json.orderId as string);
    }
    const refused: [body: object, fault: string, named: string][] = [
      [{ ...EMAIL, text: 'one\ftwo' }, '/text UNPRINTABLE_CHARACTERS', 'U+000C at character 4'],
      [{ ...EMAIL, subject: 'Hi\u202Eevil' }, '/subject UNPRINTABLE_CHARACTERS', 'U+202E at character 3'],
    ];
    for (const [body, expected, named] of refused) {
      const [fault] = assertFaults(await post('/notifications', body), expected);
      assert.ok(fault?.message.includes(named), fault?.message);
    }
  });

  it('row 15: every RFC 3339 timestamp is accepted, and a refusal names the unsupported part', async () => {
    for (const timestamp of [
      '2026-01-01t00:00:00z',
      '2016-12-31T23:59:60Z',
      '2026-01-01T00:00:60Z',
      '2026-01-01T00:00:00-00:00',
    ])
      assert.equal((await send('GET', `/notifications?from=${timestamp}`, [])).status, 200, timestamp);
    const sendAt = later().replace('T', 't').replace('Z', '123456z');
    const { json: answer } = await assertAcceptedAndCancelled({ ...EMAIL, sendAt });
    assert.equal(answer.sendAt, `${sendAt.slice(0, 23).toUpperCase()}Z`);
    const spaced = await send('GET', `/notifications?from=${encodeURIComponent('2026-01-01 00:00:00Z')}`, []);
    const [fault] = assertFaults(spaced, '/from TIMESTAMP_INVALID');
    assert.match(fault?.message ?? '', /space.*write T/);
  });

  it('lists every fault of a request at once', async () => {
    const body = {
      contact: { name: 'www.evil.example \uFFFD', email: 'user@пример.рф', phone: '+43 660' },
      currency: 'XAU',
      lines: [{ sku: 'http://x', description: 'a\u0007', quantity: 1, unitPrice: 1 }],
    };
    assertFaults(
      await post('/orders', body),
      '/contact/name CHARACTER_LOST',
      '/contact/name WEB_ADDRESS',
      '/contact/email EMAIL_INVALID',
      '/contact/phone PHONE_INVALID',
      '/currency CURRENCY_UNKNOWN',
      '/lines/0/sku WEB_ADDRESS',
      '/lines/0/description UNPRINTABLE_CHARACTERS',
    );
  });
});
