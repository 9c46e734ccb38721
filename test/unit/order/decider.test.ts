import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AnnounceContext } from '#shared/messaging/decider.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import type { NotificationTerms } from '#shared/notification/request.ts';
import { orderDecider } from '#shared/order/decider.ts';
import {
  type AddItem,
  ORDER_LIMIT,
  type OrderEvent,
  type OrderLine,
  type OrderPlaced,
  type PlaceOrder,
} from '#shared/order/order.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { requestedIn, TERMS } from '#test/support/requested.ts';
import { specification } from '#test/support/specification.ts';

const context: AnnounceContext<NotificationTerms> = {
  key: { tenant: 'acme', type: 'order', id: 'order1' },
  now: Date.UTC(2026, 0, 2, 3, 4, 5),
  version: 1,
  correlationId: 'correlation-1',
  commandId: 'command-1',
  terms: TERMS,
};
const placedAt = '2026-01-02T03:04:05.000Z';
const contact = { name: 'Ada Lovelace', email: 'ada@example.com', phone: '+4366012345678', locale: 'de-AT' };
const mug: OrderLine = { sku: 'MUG-01', description: 'Mug, blue', quantity: 2, unitPrice: 1250 };
const pen: OrderLine = { sku: 'PEN', description: 'Pen', quantity: 1, unitPrice: 99 };
const figures = ({ sku, quantity, unitPrice }: OrderLine) => ({ sku, quantity, unitPrice });

const { given } = specification(orderDecider, context);
const placing = (data: Partial<PlaceOrder['data']> = {}): PlaceOrder => ({
  type: 'PlaceOrder',
  data: { contact, currency: 'EUR', lines: [mug], ...data },
});
const placed = (data: Partial<PlaceOrder['data']> = {}): OrderPlaced => ({
  type: 'OrderPlaced',
  data: { ...placing(data).data, orderId: 'order1', placedAt },
});
const adding = (line: OrderLine): AddItem => ({ type: 'AddItem', data: { line } });
const added = (line: OrderLine): OrderEvent => ({ type: 'ItemAdded', data: { line } });
const requested = (position: number, channel: string) => ({
  type: NOTIFICATION_REQUESTED,
  data: { notificationId: `order_order1_1-${position}`, channel },
  attributes: { channel },
});

describe('placing an order', () => {
  it('records it', () => given().when(placing()).thenEvents(placed()));

  it('keeps exactly this shape; a change of it needs a new schema version and a reader of the old one', () => {
    assert.equal(orderDecider.shape.written, 1);
    given()
      .when(placing({ customerId: 'customer-7', lines: [mug, pen] }))
      .thenState({
        status: 'placed',
        orderId: 'order1',
        contact,
        customerId: 'customer-7',
        currency: 'EUR',
        lines: [mug, pen],
        total: 2599,
        placedAt,
      });
  });

  it('is refused where the order exists', () => given(placed()).when(placing()).thenRejected('ORDER_ALREADY_EXISTS'));

  it('publishes figures for all subscribers, and requests one notification for each channel', () => {
    const first = figures(mug);
    given()
      .when(placing({ customerId: 'customer-7', lines: [mug, pen] }))
      .thenMessages(
        {
          type: 'counterfoil.order.placed.v1',
          data: {
            orderId: 'order1',
            customerId: 'customer-7',
            currency: 'EUR',
            total: 2599,
            lines: [first, figures(pen)],
          },
        },
        { type: 'counterfoil.order.first-item-added.v1', data: { orderId: 'order1', currency: 'EUR', line: first } },
        requested(1, 'email'),
        requested(2, 'sms'),
      );
  });

  it('announces no first item without items', () => {
    given()
      .when(placing({ lines: [], contact: { name: 'Ada', email: 'ada@example.com' } }))
      .thenMessages(
        { type: 'counterfoil.order.placed.v1', data: { orderId: 'order1', currency: 'EUR', total: 0, lines: [] } },
        requested(1, 'email'),
      );
  });

  it('numbers the only notification of a contact without e-mail 1', () => {
    const { announced } = given()
      .when(placing({ contact: { name: 'Ada', phone: contact.phone } }))
      .accepted();
    assert.deepEqual(announced.messages.at(-1), requested(1, 'sms'));
    assert.equal(announced.notifications.length, 1);
  });

  it('gives each notification its recipient and content, and puts neither into state or message', () => {
    const { announced } = given().when(placing()).accepted();
    const summary = { orderId: 'order1', name: 'Ada Lovelace', currency: 'EUR', total: 2500, itemCount: 2, placedAt };
    const common = { locale: 'de-AT', template: 'order-confirmation' };
    const lines = [{ description: 'Mug, blue', quantity: 2, unitPrice: 1250 }];
    assert.deepEqual(
      announced.notifications.map(({ notificationId }, index) => ({
        notificationId,
        content: requestedIn(announced)[index]?.content,
      })),
      [
        {
          notificationId: 'order_order1_1-1',
          content: { ...common, recipients: ['ada@example.com'], data: { ...summary, lines } },
        },
        { notificationId: 'order_order1_1-2', content: { ...common, recipients: ['+4366012345678'], data: summary } },
      ],
    );
    const leaking = JSON.stringify([
      announced.messages,
      requestedIn(announced).map(({ state: { recipients, ...state } }) => state),
    ]);
    for (const personal of ['Ada', 'ada@example.com', '66012345678', 'Mug, blue'])
      assert.ok(!leaking.includes(personal), personal);
  });

  it('uses English where no locale is given', () => {
    const { announced } = given()
      .when(placing({ contact: { name: 'Ada', email: 'ada@example.com' } }))
      .accepted();
    assert.deepEqual(
      requestedIn(announced).map(({ content }) => (content as { locale: string }).locale),
      ['en'],
    );
  });

  it('answers with the order and the notifications that it requested', () => {
    const { state, announced } = given().when(placing()).accepted();
    assert.deepEqual(orderDecider.answer(state, announced, 1), {
      orderId: 'order1',
      status: 'placed',
      version: 1,
      currency: 'EUR',
      total: 2500,
      lines: [mug],
      notifications: [
        { notificationId: 'order_order1_1-1', channel: 'email', status: 'PENDING' },
        { notificationId: 'order_order1_1-2', channel: 'sms', status: 'PENDING' },
      ],
    });
  });

  it('is never due for anything by itself', () => {
    assert.equal(orderDecider.due(given().when(placing()).accepted().state), undefined);
  });
});

describe('adding an item', () => {
  it('records it and adds it up', () => {
    given(placed()).when(adding(pen)).thenEvents(added(pen));
    given(placed(), added(pen))
      .when(adding(mug))
      .thenState({
        status: 'placed',
        orderId: 'order1',
        contact,
        currency: 'EUR',
        lines: [mug, pen, mug],
        total: 5099,
        placedAt,
      });
  });

  it('is refused where there is no order', () => given().when(adding(pen)).thenRejected('ORDER_NOT_FOUND'));

  it('announces its figures, and the first item only if it is the first', () => {
    const itemAdded = (total: number) => ({
      type: 'counterfoil.order.item-added.v1',
      data: { orderId: 'order1', currency: 'EUR', total, line: figures(pen) },
    });
    const first = {
      type: 'counterfoil.order.first-item-added.v1',
      data: { orderId: 'order1', currency: 'EUR', line: figures(pen) },
    };
    given(placed({ lines: [] }))
      .when(adding(pen))
      .thenMessages(itemAdded(99), first);
    given(placed({ lines: [] }), added(mug))
      .when(adding(pen))
      .thenMessages(itemAdded(2599));
    given(placed()).when(adding(pen)).thenMessages(itemAdded(2599));
  });

  it('asks for no notification', () =>
    assert.deepEqual(given(placed()).when(adding(pen)).accepted().announced.notifications, []));
});

describe('what an order can hold', () => {
  const lines = (count: number): OrderLine[] => Array.from({ length: count }, () => pen);
  const priced = (unitPrice: number, quantity = 1): OrderLine => ({ ...pen, unitPrice, quantity });
  const most = Number.MAX_SAFE_INTEGER;

  it('is a number of lines', () => {
    given(placed({ lines: lines(ORDER_LIMIT.lines - 1) }))
      .when(adding(pen))
      .thenEvents(added(pen));
    given(placed({ lines: lines(ORDER_LIMIT.lines) }))
      .when(adding(pen))
      .thenRejected('ORDER_LINE_LIMIT');
    given()
      .when(placing({ lines: lines(ORDER_LIMIT.lines + 1) }))
      .thenRejected('ORDER_LINE_LIMIT');
  });

  it('is a total that JSON carries exactly', () => {
    given(placed({ lines: [priced(most - 99)] }))
      .when(adding(pen))
      .thenEvents(added(pen));
    given(placed({ lines: [priced(most - 98)] }))
      .when(adding(pen))
      .thenRejected('ORDER_TOTAL_TOO_LARGE');
    given()
      .when(placing({ lines: [priced(most, 2)] }))
      .thenRejected('ORDER_TOTAL_TOO_LARGE');
  });

  it('is a number of bytes, not of characters', () => {
    const long = { ...pen, description: '漢'.repeat(ORDER_LIMIT.stateBytes / 6) };
    given(placed({ lines: [] }))
      .when(adding(long))
      .thenEvents(added(long));
    given(placed({ lines: [long] }))
      .when(adding(long))
      .thenRejected('ORDER_TOO_LARGE');
  });
});

describe('any sequence of commands', () => {
  const line = fc.record({
    sku: fc.constantFrom('A', 'B'),
    description: fc.string(),
    quantity: fc.integer({ min: 1, max: ORDER_LIMIT.quantity }),
    unitPrice: fc.maxSafeNat(),
  });

  it('adds up exactly, announces the first item exactly once, and is the same when it is repeated', () =>
    checkProperty(
      'order: commands',
      fc.property(fc.array(line, { maxLength: 3 }), fc.array(line, { maxLength: 6 }), (initial, further) => {
        const run = () => history([placing({ lines: initial }), ...further.map(adding)]);
        const { state, messages } = run();
        const total = (state?.lines ?? []).reduce(
          (sum, each) => sum + BigInt(each.quantity) * BigInt(each.unitPrice),
          0n,
        );
        assert.equal(BigInt(state?.total ?? 0), total);
        const firsts = messages.filter(({ type }) => type === 'counterfoil.order.first-item-added.v1');
        assert.equal(firsts.length, (state?.lines.length ?? 0) > 0 ? 1 : 0);
        assert.deepEqual(run(), { state, messages });
      }),
    ));

  function history(commands: (PlaceOrder | AddItem)[]) {
    let state: ReturnType<typeof orderDecider.evolve> | undefined;
    const messages: { type: string }[] = [];
    for (const command of commands) {
      const decision = orderDecider.decide(command, state, context);
      if (decision.kind === 'rejected') continue;
      for (const event of decision.events) state = orderDecider.evolve(state, event);
      if (state) messages.push(...orderDecider.announce(decision.events, state, context).messages);
    }
    return { state, messages };
  }
});
