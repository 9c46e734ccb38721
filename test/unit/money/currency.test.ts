import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { minorUnitsOf } from '#shared/money/currency.ts';
import type { Filling } from '#shared/notification/template.ts';
import type { OrderConfirmation } from '#shared/order/confirmation.ts';
import { confirmationEmail } from '#shared/order/confirmation-email.ts';
import { confirmationSms } from '#shared/order/confirmation-sms.ts';
import { listOne } from '#test/support/iso-4217.ts';

const sold = listOne.filter(({ minorUnits }) => minorUnits !== undefined);

/** 2 × 125000 minor units, as they are read in English. */
const EXPECTED: Record<number, { total: string; each: string }> = {
  0: { total: '250,000', each: '125,000' },
  2: { total: '2,500.00', each: '1,250.00' },
  3: { total: '250.000', each: '125.000' },
  4: { total: '25.0000', each: '12.5000' },
};

const content = (currency: string): Filling<OrderConfirmation> => ({
  locale: 'en',
  data: {
    orderId: 'order1',
    name: 'Ada',
    currency,
    total: 250_000,
    itemCount: 2,
    placedAt: '2026-01-02T03:04:05.000Z',
    lines: [{ description: 'Mug', quantity: 2, unitPrice: 125_000 }],
  },
});

/** A symbol or a code stands before the digits, and perhaps a space that does not break. */
const amountsIn = (text: string): string[] => text.match(/\d[\d,]*\.?\d*/g) ?? [];

describe('the table of currencies', () => {
  it('has every code of ISO 4217, list one, with its minor unit', () => {
    assert.equal(listOne.length, 178);
    assert.equal(new Set(listOne.map(({ code }) => code)).size, 178);
    assert.equal(sold.length, 165);
    const table = listOne.map(({ code }) => ({ code, minorUnits: minorUnitsOf(code) }));
    assert.deepEqual(table, listOne);
  });

  it('has no other code of three letters', () => {
    const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
    const every = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c)));
    assert.deepEqual(
      every.filter((code) => minorUnitsOf(code) !== undefined),
      sold.map(({ code }) => code).sort(),
    );
    for (const other of ['', 'eur', 'EU', 'EURO', ' EUR', 'constructor']) assert.equal(minorUnitsOf(other), undefined);
  });
});

describe('an amount in every currency', () => {
  for (const { code, minorUnits = -1 } of sold) {
    const { total, each } = EXPECTED[minorUnits] ?? assert.fail(code);
    it(`${code}: ${total} in the e-mail and in the text message`, async () => {
      assert.equal(
        (await confirmationSms(content(code))).body,
        `Order order1 is placed: 2 items, ${code} ${total} in total. Thank you, Ada!`,
      );
      const { text, html } = confirmationEmail(content(code));
      const [, line = '', sum = ''] = /\n2 x Mug\n(.*)\n\n(Total:.*)\n/.exec(text) ?? [];
      assert.deepEqual([amountsIn(line), amountsIn(sum)], [[each, total], [total]]);
      const cells = Array.from(html.matchAll(/>(?:2 &times; |Total&nbsp; )?([^<>]*\d)</g), ([, cell = '']) => cell);
      const shown = cells.filter((cell) => !/order1|UTC/.test(cell)).flatMap(amountsIn);
      assert.deepEqual(shown, [each, total, total]);
    });
  }

  it('HUF, as it was reported', () => {
    assert.match(confirmationEmail(content('HUF')).text, /\nTotal: HUF\u00A02,500\.00\n/);
    assert.match(confirmationEmail(content('HUF')).html, /HUF\u00A02,500\.00/);
  });

  it('a currency that was withdrawn after the order was placed can still be shown', async () => {
    assert.equal(minorUnitsOf('BGN'), undefined);
    assert.match((await confirmationSms(content('BGN'))).body, /BGN 2,500\.00 in total/);
  });
});
