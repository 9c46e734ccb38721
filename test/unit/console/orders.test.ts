import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Action, actionsFor, commandFor, STATUSES } from '#console/orders/actions.ts';
import { bodyOf, EMPTY_INPUT } from '#console/orders/input.ts';
import { minorDigitsOf, minorUnitsIn, moneyText } from '#console/orders/money.ts';
import { searchOf, viewOf } from '#console/orders/view.ts';
import { minorUnitsOf } from '#shared/money/currency.ts';
import { STEPS } from '#shared/order/order.ts';
import { orderViewSchema } from '#shared/order/responses.ts';

describe('money in the console', () => {
  it('has the digits that the API has for every currency', () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const codes = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c)));
    const known = codes.filter((code) => minorUnitsOf(code) !== undefined);
    assert.ok(known.length > 150);
    for (const code of known) assert.equal(minorDigitsOf(code), minorUnitsOf(code), code);
  });

  it('is written as the language writes it, exact at any size', () => {
    assert.equal(moneyText(1250, 'EUR', 'en'), '€12.50');
    assert.equal(moneyText(5, 'EUR', 'en'), '€0.05');
    assert.equal(moneyText(-1250, 'EUR', 'en'), '-€12.50');
    assert.equal(moneyText(1250, 'JPY', 'en'), 'JP¥1,250');
    assert.equal(moneyText(1250, 'KWD', 'en').replaceAll(/\s/gu, ' '), 'KWD 1.250');
    assert.equal(moneyText(1250, 'HUF', 'en').replaceAll(/\s/gu, ' '), 'HUF 12.50');
    assert.equal(moneyText(1250, 'EUR', 'de').replaceAll(/\s/gu, ' '), '€ 12,50');
    assert.equal(moneyText(Number.MAX_SAFE_INTEGER, 'EUR', 'en'), '€90,071,992,547,409.91');
    assert.equal(moneyText(1250, 'from the future', 'en'), '12.50 from the future');
  });

  it('is read from what a person types, and refused if it is no amount', () => {
    for (const [typed, currency, minorUnits] of [
      ['12.5', 'EUR', 1250],
      [' 12,50 ', 'EUR', 1250],
      ['0', 'EUR', 0],
      ['1250', 'JPY', 1250],
      ['1.2345', 'CLF', 12345],
      ['12.505', 'EUR', undefined],
      ['12.5', 'JPY', undefined],
      ['-1', 'EUR', undefined],
      ['1e3', 'EUR', undefined],
      ['', 'EUR', undefined],
      ['99999999999999999', 'EUR', undefined],
    ] as const)
      assert.equal(minorUnitsIn(typed, currency), minorUnits, `${typed} ${currency}`);
  });
});

describe('the actions on an order', () => {
  const PATHS: Readonly<Record<string, Action>> = {
    ConfirmOrder: 'confirm',
    ApproveOrder: 'approve',
    CancelOrder: 'cancel',
    AddItem: 'items',
  };

  it('are those that the API allows in each status', () => {
    const known: readonly string[] = orderViewSchema.entries.status.options;
    for (const status of STATUSES) assert.ok(known.includes(status), status);
    for (const status of orderViewSchema.entries.status.options) {
      // A step that a domain adds is not known to the page.
      const allowed = STEPS[status].flatMap((one) => PATHS[one] ?? []);
      assert.deepEqual([...actionsFor(status)].sort(), allowed.sort(), status);
    }
    assert.deepEqual(actionsFor('constructor'), []);
  });

  it('keep key and version after a lost answer, and only then', () => {
    const sent = { key: 'k1', action: 'cancel', body: { reason: 'twice' }, etag: '"1"' } as const;
    const again = { action: 'cancel', body: { reason: 'twice' }, etag: '"2"' } as const;
    const newKey = () => 'k2';
    assert.deepEqual(commandFor(sent, again, newKey), sent);
    assert.deepEqual(commandFor(undefined, again, newKey), { ...again, key: 'k2' });
    const other = { ...again, body: { reason: 'other' } };
    assert.deepEqual(commandFor(sent, other, newKey), { ...other, key: 'k2' });
  });

  it('have a body when everything is typed', () => {
    const order = { currency: 'EUR' };
    const line = { ...EMPTY_INPUT, sku: ' TEA-1 ', description: 'Tea', unitPrice: '12,50' };
    assert.deepEqual(bodyOf('confirm', EMPTY_INPUT, order), {});
    assert.equal(bodyOf('cancel', { ...EMPTY_INPUT, reason: ' ' }, order), undefined);
    assert.deepEqual(bodyOf('cancel', { ...EMPTY_INPUT, reason: ' twice ' }, order), { reason: 'twice' });
    const expected = { sku: 'TEA-1', description: 'Tea', quantity: 1, unitPrice: 1250 };
    assert.deepEqual(bodyOf('items', line, order), expected);
    for (const wrong of [{ quantity: '0' }, { quantity: '1.5' }, { unitPrice: 'x' }, { sku: '' }, { description: '' }])
      assert.equal(bodyOf('items', { ...line, ...wrong }, order), undefined, JSON.stringify(wrong));
  });
});

describe('the URL of the orders', () => {
  it('names the list with its filters, one order, or one customer', () => {
    for (const view of [
      { kind: 'list', filters: {} },
      { kind: 'list', filters: { status: 'placed', customerId: 'ada', from: '2026-11-30T10:00:00.000Z' } },
      { kind: 'order', id: 'abc', entry: 'http#x/y&z=1' },
      { kind: 'customer', id: 'ada', message: 'order_abc_1-1' },
    ] as const)
      assert.deepEqual(viewOf(searchOf(view)), view);
  });

  it('ignores what it does not know, and values that are too long', () => {
    assert.deepEqual(viewOf('?page=orders&x=1&status=%20'), { kind: 'list', filters: {} });
    assert.equal(searchOf(viewOf(`?order=${'x'.repeat(10_000)}`)).length < 500, true);
  });
});
