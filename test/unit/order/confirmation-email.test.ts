import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { contentFrom, type Filling } from '#shared/notification/template.ts';
import { ORDER_CONFIRMATION, type OrderConfirmation } from '#shared/order/confirmation.ts';
import { confirmationEmail } from '#shared/order/confirmation-email.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { RENDERERS } from '#test/support/renderers.ts';

const content = (data: Partial<OrderConfirmation> = {}, locale = 'en'): Filling<OrderConfirmation> => ({
  locale,
  data: {
    orderId: 'order1',
    name: 'Ada',
    currency: 'EUR',
    total: 2599,
    itemCount: 3,
    placedAt: '2026-01-02T03:04:05.000Z',
    lines: [
      { description: 'Mug, blue', quantity: 2, unitPrice: 1250 },
      { description: 'Pen', quantity: 1, unitPrice: 99 },
    ],
    ...data,
  },
});
const email = (data?: Partial<OrderConfirmation>, locale?: string) => confirmationEmail(content(data, locale));

/** Elements and attributes of a document without the text in between: what a reader's client acts on. */
const skeleton = (html: string): string => (html.match(/<[^>]*>/g) ?? []).join('\n');

/** What a client shows for the entities that the template or its escaping produces. */
const shown = (html: string): string =>
  html
    .replaceAll(/&(lt|gt|quot|#39|middot|times|nbsp);/g, (_, name: string) => ENTITIES[name] ?? '')
    .replaceAll('&amp;', '&');
const ENTITIES: Record<string, string> = {
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  middot: '·',
  times: '×',
  nbsp: '\u00A0',
};

describe('the confirmation as an e-mail', () => {
  it('contains everything in plain text', () => {
    const { subject, text } = email();
    assert.equal(subject, 'Order order1 is placed');
    assert.equal(
      text,
      [
        'Thank you for your order',
        '',
        'Hello Ada,',
        'we have received your order:',
        '',
        'Order: order1',
        'Placed: January 2, 2026 at 3:04 AM UTC',
        '',
        '2 x Mug, blue',
        '    €12.50 each, €25.00',
        '1 x Pen',
        '    €0.99 each, €0.99',
        '',
        'Total: €25.99',
        '',
        '-- ',
        'You receive this message because this address was given with the order.',
        '',
      ].join('\n'),
    );
  });

  it('contains everything in German', () => {
    const { subject, text, html } = email({}, 'de-AT');
    assert.equal(subject, 'Bestellung order1 ist eingegangen');
    assert.equal(
      text,
      [
        'Vielen Dank für Ihre Bestellung',
        '',
        'Guten Tag Ada,',
        'wir haben Ihre Bestellung erhalten:',
        '',
        'Bestellung: order1',
        'Eingang: 2. Jänner 2026 um 03:04 UTC',
        '',
        '2 x Mug, blue',
        '    €\u00A012,50 je Stück, €\u00A025,00',
        '1 x Pen',
        '    €\u00A00,99 je Stück, €\u00A00,99',
        '',
        'Summe: €\u00A025,99',
        '',
        '-- ',
        'Sie erhalten diese Nachricht, weil diese Adresse bei der Bestellung angegeben wurde.',
        '',
      ].join('\n'),
    );
    assert.match(html, /^<!DOCTYPE html>\n<html lang="de" dir="ltr">/);
  });

  it('has no word of another language in HTML', () => {
    const words = (locale: string) =>
      new Set(shown(email({}, locale).html.replaceAll(/<style>.*<\/style>|<[^>]*>/gs, ' ')).match(/[\p{L}]{2,}/gu));
    const given = new Set(['Ada', 'order1', 'order', 'Mug', 'blue', 'Pen', 'UTC']);
    const shared = [...words('de')].filter((word) => words('en').has(word) && !given.has(word));
    assert.deepEqual(shared, []);
  });

  it('contains the same in HTML', () => {
    const { html } = email();
    for (const part of [
      'Hello Ada,',
      'order1',
      'January 2, 2026 at 3:04 AM UTC',
      'Mug, blue',
      '2 &times; €12.50',
      '€25.00',
      'Pen',
      '€0.99',
      '€25.99',
    ]) {
      assert.ok(html.includes(part), part);
    }
  });

  it('is a document without scripts, pictures or anything to fetch', () => {
    const { html } = email();
    assert.match(html, /^<!DOCTYPE html>\n<html lang="en" dir="ltr">/);
    assert.match(html, /<\/html>\n$/);
    assert.doesNotMatch(html, /<(script|img|link|iframe|a)\b|url\(|@import|https?:/i);
  });

  it('states that there are no items', () => {
    const { html, text } = email({ lines: [], total: 0, itemCount: 0 });
    assert.ok(html.includes('It has no items yet.'));
    assert.ok(text.includes('It has no items yet.'));
    assert.ok(!html.includes('Amount'));
  });

  it('multiplies exactly, beyond what a float holds', () => {
    const { text } = email({
      lines: [{ description: 'Yacht', quantity: 1_000_000, unitPrice: Number.MAX_SAFE_INTEGER }],
    });
    assert.ok(text.includes('1,000,000 x Yacht\n    €90,071,992,547,409.91 each, €90,071,992,547,409,910,000.00'));
  });

  it('keeps what a user typed on its line and out of the subject', () => {
    const { text, html, subject } = email({ name: 'Ada\r\nBcc: eve@example.com', orderId: 'order1' });
    assert.ok(text.includes('Hello Ada Bcc: eve@example.com,\n'));
    assert.ok(!/[\r\u2028]/.test(text + html + subject));
    assert.ok(!subject.includes('Ada'));
  });

  it('gives the same bytes each time', () => assert.deepEqual(email(), email()));

  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          '<',
          '>',
          '"',
          "'",
          '&',
          '<%',
          '%>',
          '<%=',
          '`',
          '${',
          '}',
          '</td>',
          '<script>',
          '<!--',
          '&lt;',
          '\u0000',
          '\u202E',
          ' ',
        ),
      )
      .map((parts) => parts.join('')),
  );

  it('lets no text become markup, and shows every character that was typed', () =>
    checkProperty(
      'email: escaping',
      fc.property(hostile, hostile, (name, description) => {
        const line = (text: string) => ({ lines: [{ description: text, quantity: 1, unitPrice: 1 }] });
        const { html, text } = email({ name, ...line(description) });
        assert.equal(skeleton(html), skeleton(email(line('x')).html));
        assert.doesNotMatch(html + text, /[\p{Cs}\u202A-\u202E\u2066-\u2069]|(?!\n)\p{Cc}/u);
        for (const typed of [name, description]) {
          const visible = typed
            .toWellFormed()
            .replaceAll(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu, ' ')
            .trim();
          assert.ok(shown(html).includes(visible), 'html');
          assert.ok(text.includes(visible), 'text');
        }
      }),
    ));
});

describe('rendering', () => {
  it('turns the same content into what each channel needs', async () => {
    const { webhook: _none, ...channels } = RENDERERS;
    for (const [channel, render] of Object.entries(channels)) {
      const rendered = await render(contentFrom(ORDER_CONFIRMATION, ['recipient'], content()));
      assert.equal(rendered.channel, channel);
    }
  });
});
