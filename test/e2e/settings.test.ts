import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type Answer, customerOf, type Email } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

const BRAND = { name: 'Acme Shop', color: '#1b5e20', logoUrl: 'https://shop.example/logo.png' };
const SENDER = { name: 'Acme „Shop“', replyTo: 'help@shop.example' };
const TEMPLATES = [
  {
    template: 'order-confirmation',
    channel: 'email',
    locale: 'en',
    subject: 'Thank you! {{orderId}}',
    text: 'Hello {{name}},\n\n{{lines}}\n\n{{total}}',
    html: '<p>Hello <b>{{name}}</b></p><a href="https://shop.example/orders/{{orderId}}">{{total}}</a>',
  },
  { template: 'order-confirmation', channel: 'email', locale: 'de', subject: 'Danke! {{orderId}}' },
];

describe('the settings of a tenant, over HTTP', () => {
  let stage: StageUnderTest;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.stop());

  /** A tenant of its own, because settings apply to all of a tenant's orders. Skips where there is no such token. */
  const newTenant = async (t: TestContext) => {
    const controlUrl = stage.controlUrlOrSkip(t);
    if (controlUrl === undefined) return undefined;
    const response = await fetch(new URL('tokens', `${controlUrl}/`), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant: `settings-${randomUUID()}` }),
    });
    assert.equal(response.status, 200);
    const { token } = (await response.json()) as { token: string };
    const tenant = customerOf(stage.outputs, token);
    const put = (body: unknown, ifMatch?: string, key: string = randomUUID()): Promise<Answer> =>
      tenant.call('PUT', '/settings', {
        key,
        body,
        ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch } }),
      });
    return { ...tenant, put };
  };
  /** Places an order, and returns its mail once everything was sent. */
  const mailOf = async (
    tenant: { place: StageUnderTest['acme']['place']; settled: StageUnderTest['acme']['settled'] },
    more: Record<string, unknown> = {},
  ): Promise<Email> => {
    const order = stage.anOrder();
    const placed = await tenant.place({ ...order, contact: { ...order.contact, ...more } });
    assert.equal(placed.status, 201, placed.text);
    await tenant.settled(placed.json.orderId as string);
    const mails = ((await stage.inbox?.emails()) ?? []).filter(({ to }) => to.includes(order.contact.email));
    assert.equal(mails.length, 1);
    return mails[0] ?? assert.fail();
  };

  it('make every mail from a template the tenant’s own, in each language', async (t) => {
    const tenant = await newTenant(t);
    if (!tenant) return;
    const put = await tenant.put({ sender: SENDER, brand: BRAND, templates: TEMPLATES });
    assert.deepEqual([put.status, put.headers.get('etag')], [200, '"1"'], put.text);
    const english = await mailOf(tenant, { name: 'Ada <Lovelace>' });
    assert.match(english.subject, /^Thank you! \w{26}$/);
    assert.match(english.text, /^Acme Shop\n\nHello Ada <Lovelace>,\n\n2 x Green tea, €25\.00\n\n€25\.00$/);
    assert.match(english.html, /<img src="https:\/\/shop\.example\/logo\.png" alt="Acme Shop"/);
    assert.match(english.html, /Hello <b>Ada &lt;Lovelace&gt;<\/b>/);
    assert.equal(english.headers['Reply-To'], 'help@shop.example');
    // SES takes encoded words, and SendGrid the name as it is.
    assert.match((english as Email & { from: string }).from, /^(=\?UTF-8\?B\?[^ ]+\?=|Acme „Shop“) <[^<>]+>$/);
    const german = await mailOf(tenant, { locale: 'de-AT' });
    assert.match(german.subject, /^Danke! \w{26}$/);
    assert.match(german.text, /^Acme Shop\n\nVielen Dank für Ihre Bestellung/);
    assert.match(german.html, /<img src="https:\/\/shop\.example\/logo\.png"[\s\S]*Vielen Dank für Ihre Bestellung/);
    const shown = await tenant.call('GET', '/settings');
    assert.deepEqual([shown.headers.get('etag'), shown.json.templates], ['"1"', TEMPLATES]);
  });

  it('apply the sender to a message that the tenant wrote, and leave its text as it is', async (t) => {
    const tenant = await newTenant(t);
    if (!tenant) return;
    await tenant.put({ sender: { name: 'Acme Shop' }, brand: BRAND });
    const { email } = stage.anOrder().contact;
    const body = { channel: 'email', to: [email], subject: 'Hello {{name}}', text: 'As written' };
    const sent = await tenant.call('POST', '/notifications', { key: randomUUID(), body });
    assert.equal(sent.status, 202, sent.text);
    const mail = await eventually('the mail', async () =>
      (await stage.inbox?.emails())?.find(({ to }) => to.includes(email)),
    );
    assert.deepEqual([mail.subject, mail.text, mail.html], ['Hello {{name}}', 'As written', '']);
    const { from } = mail as Email & { from: string };
    assert.match(from, /^"?Acme Shop"? <[^<>]+>$/);
    const shown = await tenant.call('GET', `/notifications/${sent.json.notificationId}`);
    const { headers } = shown.json.content as { headers: object[] };
    assert.deepEqual(headers, [{ name: 'From', value: from.replaceAll('"', '') }]);
  });

  it('switch a channel off for an event, and nothing is sent on it', async (t) => {
    const tenant = await newTenant(t);
    if (!tenant) return;
    await tenant.put({ events: { OrderPlaced: ['email'] } });
    const order = stage.anOrder();
    const placed = await tenant.place(order);
    assert.deepEqual(
      (placed.json.notifications as { channel: string }[]).map(({ channel }) => channel),
      ['email'],
    );
    await tenant.settled(placed.json.orderId as string);
    assert.deepEqual(
      (await stage.inbox?.sms())?.filter(({ to }) => to === order.contact.phone),
      [],
    );
  });

  it('are previewed without sending anything, as drafts and as they are in force', async (t) => {
    const tenant = await newTenant(t);
    if (!tenant) return;
    const preview = (body: unknown): Promise<Answer> => tenant.call('POST', '/settings/preview', { body });
    const before = [(await stage.inbox?.emails())?.length, (await stage.inbox?.sms())?.length];
    const draft = await preview({ event: 'OrderPlaced', locale: 'de', settings: { templates: TEMPLATES } });
    assert.equal(draft.status, 200, draft.text);
    const [mail, text] = draft.json.messages as Record<string, unknown>[];
    assert.match(String(mail?.subject), /^Danke! /);
    assert.deepEqual([text?.channel, text?.segments], ['sms', 1]);
    await tenant.put({ sender: SENDER, events: { OrderPlaced: ['email'] } });
    const inForce = await preview({ event: 'OrderPlaced' });
    const messages = inForce.json.messages as Record<string, unknown>[];
    assert.deepEqual(
      messages.map(({ channel, isOn, sender }) => [channel, isOn, sender]),
      [
        ['email', true, SENDER],
        ['sms', false, undefined],
      ],
    );
    assert.deepEqual([(await stage.inbox?.emails())?.length, (await stage.inbox?.sms())?.length], before);
    assert.equal((await tenant.call('GET', '/notifications')).text, '{"notifications":[]}');
  });

  it('are refused if they are stale or invalid, with every fault, and nothing changes', async (t) => {
    const tenant = await newTenant(t);
    if (!tenant) return;
    await tenant.put({ defaultLocale: 'de' });
    await tenant.put({ defaultLocale: 'fr' }, '"1"');
    const stale = await tenant.put({ defaultLocale: 'it' }, '"1"');
    assert.deepEqual([stale.status, stale.json.code, stale.json.currentVersion], [412, 'VERSION_MISMATCH', 2]);
    const override = { template: 'order-confirmation', channel: 'email', locale: 'en' };
    const faulty = await tenant.put({
      brand: { color: 'green', logoUrl: 'http://shop.example/logo.png' },
      sender: { name: 'Acme\r\nBcc: eve@example.com', replyTo: 'nobody' },
      templates: [
        { ...override, subject: 'For {{name}}', text: '{{oderId}} {{', html: '<script>x</script>' },
        { ...override, locale: 'de' },
        { ...override, locale: 'fr', html: '<p>x</p>' },
        { ...override, channel: 'sms', text: 'x'.repeat(460) },
        { ...override, channel: 'sms', locale: 'de', text: 'x', html: 'x' },
        { ...override, template: 'none', text: 'x' },
      ],
    });
    assert.deepEqual([faulty.status, faulty.json.code], [400, 'VALIDATION_FAILED']);
    const errors = faulty.json.errors as { path: string; code: string; next: string }[];
    assert.deepEqual(errors.map(({ path, code }) => `${path} ${code}`).sort(), [
      '/brand/color COLOR_INVALID',
      '/brand/logoUrl URL_INVALID',
      '/sender/name UNPRINTABLE_CHARACTERS',
      '/sender/replyTo EMAIL_INVALID',
      '/templates/0/html TEMPLATE_INVALID',
      '/templates/0/subject PLACEHOLDER_UNKNOWN',
      '/templates/0/text PLACEHOLDER_UNKNOWN',
      '/templates/0/text TEMPLATE_INVALID',
      '/templates/1 OVERRIDE_EMPTY',
      '/templates/2/text TEXT_REQUIRED',
      '/templates/3/text TOO_MANY_SEGMENTS',
      '/templates/4/html UNKNOWN_FIELD',
      '/templates/5/template INVALID',
    ]);
    const [unknown] = errors.filter(({ path }) => path === '/templates/0/subject');
    assert.equal(unknown?.next, 'Use only these: orderId, total, itemCount, placedAt, brandName.');
    assert.equal((await tenant.call('GET', '/settings')).headers.get('etag'), '"2"');
  });

  it('are set by one of several people who have read that nothing is set', async (t) => {
    const tenant = await newTenant(t);
    if (!tenant) return;
    const unset = await tenant.call('GET', '/settings');
    const etag = unset.headers.get('etag') ?? '';
    assert.deepEqual([etag, unset.text], ['"0"', '{"version":0}']);
    const puts = await Promise.all(
      ['de', 'fr', 'it', 'en'].map((defaultLocale) => tenant.put({ defaultLocale }, etag)),
    );
    assert.deepEqual(puts.map(({ status }) => status).sort(), [200, 412, 412, 412]);
    const late = await tenant.put({ defaultLocale: 'es' }, etag);
    assert.deepEqual([late.status, late.json.currentVersion], [412, 1]);
  });
});
