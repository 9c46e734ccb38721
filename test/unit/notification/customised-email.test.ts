import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RenderedEmail } from '#shared/notification/content.ts';
import { parseHtml } from '#shared/notification/settings/html-template.ts';
import type { TenantSettings } from '#shared/notification/settings/settings.ts';
import { ORDER_CONFIRMATION } from '#shared/order/confirmation.ts';
import { emailRenderer } from '#shared/tenant-settings/email-renderer.ts';
import { smsRenderer } from '#shared/tenant-settings/sms-renderer.ts';

const DATA = {
  orderId: 'o1',
  name: 'Ada <Lovelace>',
  currency: 'EUR',
  total: 2500,
  itemCount: 2,
  placedAt: '2026-01-02T03:04:05.000Z',
  lines: [{ description: 'Mug & saucer', quantity: 2, unitPrice: 1250 }],
};
const BRAND = { name: 'Acme & Co', color: '#1b5e20', logoUrl: 'https://shop.example/logo.png?a=1&b=2' };

async function mailWith(settings?: TenantSettings, locale = 'en', template = 'order-confirmation') {
  const mail = await emailRenderer({ recipients: [], locale, template, data: DATA }, settings);
  return mail.channel === 'email' ? mail : assert.fail();
}
const override = (more: object, locale = 'en') =>
  ({ templates: [{ template: 'order-confirmation', channel: 'email', locale, ...more }] }) as TenantSettings;
const bodyIn = ({ html = '' }: RenderedEmail): string => html.slice(html.indexOf('<body'));

describe('an e-mail of a tenant', () => {
  it('is ours, byte for byte, if the settings say nothing about it', async () => {
    const own = await mailWith();
    assert.deepEqual(await mailWith({ defaultLocale: 'de', events: {}, templates: [] }), own);
    assert.deepEqual(await mailWith(override({ subject: 'Hallo' }, 'fr')), own);
    assert.equal(own.sender, undefined);
  });

  it('shows the brand in HTML and in plain text, also if our own mail has no HTML', async () => {
    for (const template of ['order-confirmation', 'order-cancellation']) {
      const own = await mailWith(undefined, 'en', template);
      const branded = await mailWith({ brand: BRAND }, 'en', template);
      assert.equal(branded.text, `Acme & Co\n\n${own.text}`);
      assert.equal(branded.subject, own.subject);
      assert.match(
        branded.html ?? '',
        /<img src="https:\/\/shop\.example\/logo\.png\?a=1&amp;b=2" alt="Acme &amp; Co" height="40"/,
      );
      assert.match(branded.html ?? '', /background-color:#1b5e20; color:#ffffff/);
      assert.match(bodyIn(branded), /Ada &lt;Lovelace&gt;/);
    }
    const { html = '' } = await mailWith({ brand: { name: 'Acme', color: '#ffffff' } });
    assert.match(html, /color:#1b1f24;[^>]*>Acme</);
  });

  it('has the tenant’s subject, text and HTML, with the values of the order', async () => {
    const html = '<p>Hi {{name}}, <a href="https://shop.example/o/{{orderId}}">{{total}}</a></p>{{lines}}';
    const settings = override({ subject: '{{brandName}} {{orderId}}', text: 'Hi {{name}}\n{{lines}}', html });
    const mail = await mailWith({ ...settings, brand: { name: 'Acme' }, sender: { name: 'Shop' } });
    assert.deepEqual([mail.subject, mail.sender], ['Acme o1', { name: 'Shop' }]);
    assert.equal(mail.text, 'Acme\n\nHi Ada <Lovelace>\n2 x Mug & saucer, €25.00');
    const expected =
      '<p>Hi Ada &lt;Lovelace&gt;, <a href="https://shop.example/o/o1">€25.00</a></p>2 x Mug &amp; saucer, €25.00';
    assert.ok(mail.html?.includes(expected), mail.html);
    assert.match(mail.html ?? '', /<title>Acme o1<\/title>/);
  });

  it('shows a text without HTML as HTML, too, so that no reader sees our own text beside it', async () => {
    const mail = await mailWith(override({ text: 'Hi {{name}}\nthere\n\n1 < 2' }));
    const paragraph = '<p style="margin:0 0 16px;">';
    const expected = `${paragraph}Hi Ada &lt;Lovelace&gt;<br>\nthere</p>\n${paragraph}1 &lt; 2</p>`;
    assert.ok(mail.html?.includes(expected), mail.html);
    const own = await mailWith();
    const subjectOnly = await mailWith(override({ subject: 'Danke' }));
    assert.deepEqual(subjectOnly, { ...own, subject: 'Danke' });
  });

  it('has paragraphs, whichever line breaks the text has', async () => {
    const [unix, windows] = [
      await mailWith(override({ text: 'a\n\nb' })),
      await mailWith(override({ text: 'a\r\n\r\nb' })),
    ];
    assert.equal(windows.html, unix.html);
    assert.equal(unix.html?.split('<p ').length, 3);
  });

  it('is for the locale, else for its language, else for the language of our own text', async () => {
    const templates = ['en', 'de', 'de-AT', 'fr'].map((locale) => ({ subject: `in ${locale}`, ...of, locale }));
    const subjectFor = async (locale: string) => (await mailWith({ templates }, locale)).subject;
    const subjects = await Promise.all(['de-AT', 'de-at', 'de-CH', 'fr-CA', 'it', 'en-GB'].map(subjectFor));
    assert.deepEqual(subjects, ['in de-AT', 'in de-AT', 'in de', 'in fr', 'in en', 'in en']);
  });

  it('is ours if the tenant’s text cannot be filled, or is too large with this order', async () => {
    const own = await mailWith();
    assert.deepEqual(await mailWith(override({ text: '{{gone}}' })), own);
    assert.deepEqual(await mailWith(override({ text: 'x', html: '<script>' })), own);
    assert.deepEqual(await mailWith(override({ text: '{{lines}}'.repeat(8000) })), own);
    assert.deepEqual(await mailWith(override({ subject: '{{brandName}}', text: 'x' })), own);
    assert.deepEqual(await mailWith(override({ text: '\n' })), own);
  });

  it('has a subject in one line of at most 200 characters', async () => {
    const { subject } = await mailWith(override({ subject: `a\r\nBcc: eve@example.com ${'x'.repeat(300)}` }));
    assert.doesNotMatch(subject, /[\r\n]/);
    assert.equal(subject.length, 200);
  });
});

const of = { template: 'order-confirmation', channel: 'email' } as const;

describe('a text message of a tenant', () => {
  const textWith = async (text: string, name = 'Ada') => {
    const settings = { templates: [{ template: 'order-confirmation', channel: 'sms', locale: 'en', text }] } as const;
    const content = { recipients: [], locale: 'en', template: 'order-confirmation', data: { ...DATA, name } };
    const sms = await smsRenderer(content, settings);
    return sms.channel === 'sms' ? sms : assert.fail();
  };

  it('has the tenant’s text, with the code of the currency', async () => {
    assert.deepEqual(await textWith('{{orderId}}: {{total}}'), { channel: 'sms', body: 'o1: EUR 25.00', segments: 1 });
    for (const text of ['{{gone}}', '{{lines}}', '{{brandName}}', ' '])
      assert.match((await textWith(text)).body, /^Order o1 is placed/, text);
  });

  it('is cut if it is too long with the data of this order', async () => {
    const { body, segments } = await textWith('{{name}}'.repeat(6), 'x'.repeat(100));
    assert.deepEqual([segments, body.endsWith('...')], [3, true]);
  });
});

it('the templates offer different placeholders to subjects and texts', () => {
  assert.deepEqual(ORDER_CONFIRMATION.figures, ['orderId', 'total', 'itemCount', 'placedAt']);
  assert.deepEqual([ORDER_CONFIRMATION.typed, ORDER_CONFIRMATION.emailOnly], [['name'], ['lines']]);
  assert.deepEqual(parseHtml('').parts, []);
});
