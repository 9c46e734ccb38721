import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AnnounceContext } from '#shared/messaging/decider.ts';
import type { NotificationTerms } from '#shared/notification/request.ts';
import { orderDecider } from '#shared/order/decider.ts';
import { type Order, type OrderCommand, type OrderEvent, STEPS } from '#shared/order/order.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { RENDERERS } from '#test/support/renderers.ts';
import { requestedIn, TERMS } from '#test/support/requested.ts';
import { specification } from '#test/support/specification.ts';

const context: AnnounceContext<NotificationTerms> = {
  key: { tenant: 'acme', type: 'order', id: 'order1' },
  now: Date.UTC(2026, 0, 2, 3, 4, 5),
  version: 3,
  correlationId: 'correlation-1',
  commandId: 'command-1',
  terms: TERMS,
};
const at = '2026-01-02T03:04:05.000Z';
const earlier = '2026-01-01T00:00:00.000Z';
const line = { sku: 'MUG-01', description: 'Mug, blue', quantity: 2, unitPrice: 1250 };
const contact = { name: 'Ada Lovelace', email: 'ada@example.com', phone: '+4366012345678', locale: 'de-AT' };
const reason = 'Ada has moved to Paris.';
const { given } = specification(orderDecider, context);

const header = { orderId: 'order1', contact, currency: 'EUR', lines: [line], total: 2500, placedAt: earlier };
const placed: OrderEvent = {
  type: 'OrderPlaced',
  data: { orderId: 'order1', contact, currency: 'EUR', lines: [line], placedAt: earlier },
};
const confirmed: OrderEvent = { type: 'OrderConfirmed', data: { confirmedAt: earlier } };
const approved: OrderEvent = { type: 'OrderApproved', data: { approvedAt: earlier } };
const cancelled: OrderEvent = { type: 'OrderCancelled', data: { cancelledAt: earlier, reason } };
const erased: OrderEvent = { type: 'ContactErased' };

const COMMANDS = {
  PlaceOrder: { type: 'PlaceOrder', data: { contact, currency: 'EUR', lines: [] } },
  AddItem: { type: 'AddItem', data: { line } },
  ConfirmOrder: { type: 'ConfirmOrder' },
  ApproveOrder: { type: 'ApproveOrder' },
  CancelOrder: { type: 'CancelOrder', data: { reason } },
  EraseContact: { type: 'EraseContact' },
} satisfies { [Type in OrderCommand['type']]: Extract<OrderCommand, { type: Type }> };
type CommandType = keyof typeof COMMANDS;

const HISTORIES: Record<Order['status'] | 'none', OrderEvent[]> = {
  none: [],
  placed: [placed],
  confirmed: [placed, confirmed],
  approved: [placed, confirmed, approved],
  cancelled: [placed, cancelled],
};

/** The type of the event, or the code of the refusal; undefined: nothing happens. */
const OUTCOMES: Record<keyof typeof HISTORIES, Record<CommandType, string | undefined>> = {
  none: {
    PlaceOrder: 'OrderPlaced',
    AddItem: 'ORDER_NOT_FOUND',
    ConfirmOrder: 'ORDER_NOT_FOUND',
    ApproveOrder: 'ORDER_NOT_FOUND',
    CancelOrder: 'ORDER_NOT_FOUND',
    EraseContact: undefined,
  },
  placed: {
    PlaceOrder: 'ORDER_ALREADY_EXISTS',
    AddItem: 'ItemAdded',
    ConfirmOrder: 'OrderConfirmed',
    ApproveOrder: 'ORDER_IS_PLACED',
    CancelOrder: 'OrderCancelled',
    EraseContact: 'ContactErased',
  },
  confirmed: {
    PlaceOrder: 'ORDER_ALREADY_EXISTS',
    AddItem: 'ORDER_IS_CONFIRMED',
    ConfirmOrder: 'ORDER_IS_CONFIRMED',
    ApproveOrder: 'OrderApproved',
    CancelOrder: 'OrderCancelled',
    EraseContact: 'ContactErased',
  },
  approved: {
    PlaceOrder: 'ORDER_ALREADY_EXISTS',
    AddItem: 'ORDER_IS_APPROVED',
    ConfirmOrder: 'ORDER_IS_APPROVED',
    ApproveOrder: 'ORDER_IS_APPROVED',
    CancelOrder: 'ORDER_IS_APPROVED',
    EraseContact: 'ContactErased',
  },
  cancelled: {
    PlaceOrder: 'ORDER_ALREADY_EXISTS',
    AddItem: 'ORDER_IS_CANCELLED',
    ConfirmOrder: 'ORDER_IS_CANCELLED',
    ApproveOrder: 'ORDER_IS_CANCELLED',
    CancelOrder: 'ORDER_IS_CANCELLED',
    EraseContact: 'ContactErased',
  },
};

const stateAfter = (history: OrderEvent[]) =>
  history.reduce<Order | undefined>((state, event) => orderDecider.evolve(state, event), undefined);

describe('each command in each status', () => {
  for (const [status, history] of Object.entries(HISTORIES) as [keyof typeof HISTORIES, OrderEvent[]][]) {
    for (const [type, command] of Object.entries(COMMANDS) as [CommandType, OrderCommand][]) {
      const expected = OUTCOMES[status][type];
      it(`${type}, ${status}: ${expected ?? 'nothing'}`, () => {
        const decision = orderDecider.decide(command, stateAfter(history), context);
        const outcome =
          decision.kind === 'rejected' ? [decision.rejection.code] : decision.events.map((event) => event.type);
        assert.deepEqual(outcome, expected === undefined ? [] : [expected]);
      });
    }
  }

  it('is refused with the allowed next steps', () => {
    const refusalOf = (history: OrderEvent[], command: OrderCommand) => {
      const decision = orderDecider.decide(command, stateAfter(history), context);
      return decision.kind === 'rejected' ? decision.rejection : undefined;
    };
    assert.deepEqual(refusalOf([placed], COMMANDS.ApproveOrder), {
      code: 'ORDER_IS_PLACED',
      detail: 'The order is placed, so you cannot approve it.',
      next: 'You can add items to it, confirm it or cancel it.',
    });
    assert.deepEqual(refusalOf([placed, confirmed], COMMANDS.AddItem), {
      code: 'ORDER_IS_CONFIRMED',
      detail: 'The order is confirmed, so you cannot add items to it.',
      next: 'You can approve it or cancel it.',
    });
    assert.deepEqual(refusalOf([placed, cancelled], COMMANDS.ConfirmOrder), {
      code: 'ORDER_IS_CANCELLED',
      detail: 'The order is cancelled, so you cannot confirm it.',
      next: 'An order that is cancelled no longer changes. Place another one.',
    });
  });
});

describe('the life of an order', () => {
  it('records when each step was taken, and why it was cancelled', () => {
    given(placed)
      .when(COMMANDS.ConfirmOrder)
      .thenState({ ...header, status: 'confirmed', confirmedAt: at });
    given(placed, confirmed)
      .when(COMMANDS.ApproveOrder)
      .thenState({ ...header, status: 'approved', confirmedAt: earlier, approvedAt: at });
    given(placed)
      .when(COMMANDS.CancelOrder)
      .thenState({ ...header, status: 'cancelled', cancelledAt: at, reason });
    given(placed, confirmed)
      .when(COMMANDS.CancelOrder)
      .thenState({ ...header, status: 'cancelled', confirmedAt: earlier, cancelledAt: at, reason });
  });

  it('loses the contact and the reason to an erasure, also when only one of them is left', () => {
    const { contact: _contact, ...anonymous } = header;
    const empty: Order = { ...anonymous, status: 'cancelled', cancelledAt: earlier };
    given(placed, cancelled).when(COMMANDS.EraseContact).thenState(empty);
    given(placed, erased, cancelled).when(COMMANDS.EraseContact).thenState(empty);
    given(placed, erased, cancelled, erased).when(COMMANDS.EraseContact).thenEvents();
    given(placed, confirmed)
      .when(COMMANDS.EraseContact)
      .thenState({ ...anonymous, status: 'confirmed', confirmedAt: earlier });
  });

  it('publishes the figures of the order with each step', () => {
    const data = { orderId: 'order1', currency: 'EUR', total: 2500, itemCount: 2, placedAt: earlier };
    const step = (name: string) => ({ type: `counterfoil.order.${name}.v1`, data: { ...data, status: name } });
    const { type, data: figures } = step('confirmed');
    const lines = [{ sku: 'MUG-01', quantity: 2, unitPrice: 1250 }];
    given(placed)
      .when(COMMANDS.ConfirmOrder)
      .thenMessages({ type, data: { ...figures, lines } });
    given(placed, confirmed).when(COMMANDS.ApproveOrder).thenMessages(step('approved'));
    given(placed, erased).when(COMMANDS.CancelOrder).thenMessages(step('cancelled'));
    given(placed, cancelled)
      .when(COMMANDS.EraseContact)
      .thenMessages({ type: 'counterfoil.order.contact-erased.v1', data: { ...data, status: 'cancelled' } });
  });
});

describe('the message about a cancellation', () => {
  const cancelling = (more: Partial<typeof contact>) =>
    given({ ...placed, data: { ...placed.data, contact: { name: 'Ada', ...more } } })
      .when(COMMANDS.CancelOrder)
      .accepted().announced;

  it('is one e-mail with the total and without the reason', async () => {
    const announced = given(placed).when(COMMANDS.CancelOrder).accepted().announced;
    assert.deepEqual(announced.notifications, [
      { notificationId: 'order_order1_3-1', channel: 'email', status: 'PENDING' },
    ]);
    const [requested] = requestedIn(announced);
    assert.equal(requested?.state.purpose, 'order-cancellation');
    assert.deepEqual(requested?.content, {
      recipients: ['ada@example.com'],
      locale: 'de-AT',
      template: 'order-cancellation',
      data: { orderId: 'order1', name: 'Ada Lovelace', currency: 'EUR', total: 2500 },
    });
    assert.deepEqual(await RENDERERS.email(requested.content as Parameters<typeof RENDERERS.email>[0]), {
      channel: 'email',
      subject: 'Bestellung order1 ist storniert',
      text:
        'Guten Tag Ada Lovelace,\n\nIhre Bestellung order1 ist storniert. Die Summe betrug €\u00a025,00.\n\n' +
        '-- \nSie erhalten diese Nachricht, weil diese Adresse bei der Bestellung angegeben wurde.\n',
    });
    assert.ok(!JSON.stringify(announced).includes('Paris'));
  });

  it('has its words in English, too', async () => {
    const data = { orderId: 'order1', name: 'Ada', currency: 'EUR', total: 2500 };
    const content = { recipients: ['ada@example.com'], locale: 'en', template: 'order-cancellation', data };
    assert.deepEqual(await RENDERERS.email(content), {
      channel: 'email',
      subject: 'Order order1 is cancelled',
      text:
        'Hello Ada,\n\nyour order order1 is cancelled. Its total was €25.00.\n\n' +
        '-- \nYou receive this message because this address was given with the order.\n',
    });
  });

  it('is not sent to a contact without an e-mail address', () => {
    assert.deepEqual(cancelling({ phone: contact.phone }).notifications, []);
    assert.equal(cancelling({ email: contact.email }).notifications.length, 1);
  });

  it('answers without the reason', () => {
    const { state, announced } = given(placed).when(COMMANDS.CancelOrder).accepted();
    assert.deepEqual(orderDecider.answer(state, announced, 3), {
      orderId: 'order1',
      status: 'cancelled',
      version: 3,
      currency: 'EUR',
      total: 2500,
      lines: [line],
      notifications: announced.notifications,
    });
  });
});

describe('any sequence of commands on an order', () => {
  /** Fields that an order of this status may have besides its header. */
  const FIELDS: Record<Order['status'], { required: string[]; optional: string[] }> = {
    placed: { required: [], optional: [] },
    confirmed: { required: ['confirmedAt'], optional: [] },
    approved: { required: ['confirmedAt', 'approvedAt'], optional: [] },
    cancelled: { required: ['cancelledAt'], optional: ['confirmedAt', 'reason'] },
  };
  const commands = fc.array(fc.constantFrom(...Object.values(COMMANDS)), { maxLength: 12 });

  it('leads only to possible states, and only by allowed steps', () =>
    checkProperty(
      'order: life',
      fc.property(commands, (sequence) => {
        let order = stateAfter([placed]);
        for (const command of sequence) {
          const before = order;
          const decision = orderDecider.decide(command, before, context);
          if (decision.kind === 'rejected' || !before) continue;
          order = decision.events.reduce<Order>((state, event) => orderDecider.evolve(state, event), before);
          const isStep = command.type !== 'PlaceOrder' && command.type !== 'EraseContact';
          if (isStep) assert.ok(STEPS[before.status].includes(command.type));
          assertPossible(order);
          assert.deepEqual(order.lines.slice(0, before.lines.length), before.lines);
        }
      }),
    ));

  function assertPossible(order: Order): void {
    const { contact: _contact, ...anonymous } = header;
    const beside = Object.keys(order).filter((name) => !(name in header) && name !== 'status');
    const { required, optional } = FIELDS[order.status];
    assert.deepEqual(
      required.filter((name) => !beside.includes(name)),
      [],
    );
    assert.deepEqual(
      beside.filter((name) => ![...required, ...optional].includes(name)),
      [],
    );
    assert.deepEqual(
      Object.keys(anonymous).filter((name) => !(name in order)),
      [],
    );
    assert.equal(
      order.total,
      order.lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
    );
  }
});
