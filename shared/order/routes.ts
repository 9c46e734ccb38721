import { DERIVED_ID } from '#shared/http/derived-id.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute, pathParameter, requestRoute } from '#shared/http/route.ts';
import { contactSchema, REACHABLE } from '#shared/recipient/requests.ts';
import { addItem, approveOrder, cancelOrder, confirmOrder, placeOrder } from './commands.ts';
import { getOrder } from './queries.ts';
import {
  addItemSchema,
  cancelOrderSchema,
  emptySchema,
  ORDER_BODY_BYTES,
  orderLineSchema,
  placeOrderSchema,
  STEP_BODY_BYTES,
} from './requests.ts';
import { orderAnswerSchema, orderViewSchema } from './responses.ts';

const orderId = pathParameter('OrderId', DERIVED_ID);

/** What all commands on an existing order have in common. */
const onOrder = {
  scope: 'orders:write',
  tag: 'Orders',
  parameters: [orderId],
  isConditional: true,
  failures: [404],
} as const;

const EXAMPLE_LINE = { sku: 'MUG-01', description: 'Mug, blue', quantity: 2, unitPrice: 1250 };

const changed = (description: string) =>
  ({
    status: 200,
    description: `${description} \`notifications\` lists only those that this command requested.`,
    schema: orderAnswerSchema,
    hasETag: true,
  }) as const;

const placing = () =>
  commandRoute({
    path: '/orders',
    scope: 'orders:write',
    operationId: 'placeOrder',
    tag: 'Orders',
    summary: 'Place an order',
    description:
      'The contact gets one confirmation on each given channel: by e-mail, by text message. An order without a contact ' +
      'gets the contact that its customer has at that time. With a contact, `customerId` is your own reference, and no ' +
      'customer is looked up.',
    body: {
      schema: placeOrderSchema,
      maximumBytes: ORDER_BODY_BYTES,
      example: {
        contact: { name: 'Ada Lovelace', email: 'ada@example.com', phone: '+4366012345678', locale: 'en' },
        currency: 'EUR',
        lines: [EXAMPLE_LINE],
      },
    },
    answer: {
      status: 201,
      description: 'The order is placed, and its messages will be sent.',
      schema: orderAnswerSchema,
      hasLocation: true,
      hasETag: true,
    },
    handle: placeOrder,
  });

const orderSteps = () => [
  commandRoute({
    ...onOrder,
    path: '/orders/{orderId}/items',
    operationId: 'addItem',
    summary: 'Add a line to an order',
    description: 'Allowed while the status is `placed`.',
    body: { schema: addItemSchema, maximumBytes: ORDER_BODY_BYTES, example: EXAMPLE_LINE },
    answer: changed('The line is added.'),
    handle: addItem,
  }),
  commandRoute({
    ...onOrder,
    path: '/orders/{orderId}/confirm',
    operationId: 'confirmOrder',
    summary: 'Confirm an order',
    description: 'Allowed while the status is `placed`. Afterwards, the lines of the order no longer change.',
    body: { schema: emptySchema, maximumBytes: STEP_BODY_BYTES, example: {} },
    answer: changed('The order is confirmed.'),
    handle: confirmOrder,
  }),
  commandRoute({
    ...onOrder,
    path: '/orders/{orderId}/approve',
    operationId: 'approveOrder',
    summary: 'Approve an order',
    description: 'Allowed while the status is `confirmed`.',
    body: { schema: emptySchema, maximumBytes: STEP_BODY_BYTES, example: {} },
    answer: changed('The order is approved.'),
    handle: approveOrder,
  }),
  commandRoute({
    ...onOrder,
    path: '/orders/{orderId}/cancel',
    operationId: 'cancelOrder',
    summary: 'Cancel an order',
    description:
      'Allowed while the status is `placed` or `confirmed`. If the order has an e-mail address, the contact gets an e-mail, which does not contain the reason.',
    body: {
      schema: cancelOrderSchema,
      maximumBytes: STEP_BODY_BYTES,
      example: { reason: 'The customer has ordered twice.' },
    },
    answer: changed('The order is cancelled, and its e-mail will be sent.'),
    handle: cancelOrder,
  }),
];

export const orderCommands = () => [placing(), ...orderSteps()];

export const orderQueries = () => [
  requestRoute({
    method: 'GET',
    path: '/orders/{orderId}',
    scope: 'orders:read',
    operationId: 'getOrder',
    tag: 'Orders',
    summary: 'Read an order and its notifications',
    parameters: [orderId],
    answer: { status: 200, description: 'The order.', schema: orderViewSchema, hasETag: true },
    failures: [404],
    handle: getOrder,
  }),
];

/** Names in the OpenAPI document. */
export const orderSchemas: NamedSchemas = {
  Contact: {
    schema: contactSchema,
    description: 'The recipient of messages about the order. At least one of email and phone is required.',
    ...REACHABLE,
  },
  OrderLine: { schema: orderLineSchema },
  PlaceOrder: { schema: placeOrderSchema, anyOf: [{ required: ['contact'] }, { required: ['customerId'] }] },
  AddItem: { schema: addItemSchema },
  CancelOrder: { schema: cancelOrderSchema },
  Empty: { schema: emptySchema, description: 'No fields.' },
  OrderAnswer: { schema: orderAnswerSchema },
  Order: { schema: orderViewSchema },
};
