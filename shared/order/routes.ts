import { DERIVED_ID } from '#shared/http/derived-id.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute, pathParameter, requestRoute } from '#shared/http/route.ts';
import { contactSchema, REACHABLE } from '#shared/recipient/requests.ts';
import { addItem, placeOrder } from './commands.ts';
import { getOrder } from './queries.ts';
import { addItemSchema, ORDER_BODY_BYTES, orderLineSchema, placeOrderSchema } from './requests.ts';
import { orderAnswerSchema, orderViewSchema } from './responses.ts';

const orderId = pathParameter('OrderId', DERIVED_ID);

const EXAMPLE_LINE = { sku: 'MUG-01', description: 'Mug, blue', quantity: 2, unitPrice: 1250 };

export const orderCommands = () => [
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
    },
    handle: placeOrder,
  }),
  commandRoute({
    path: '/orders/{orderId}/items',
    scope: 'orders:write',
    operationId: 'addItem',
    tag: 'Orders',
    summary: 'Add a line to an order',
    parameters: [orderId],
    body: { schema: addItemSchema, maximumBytes: ORDER_BODY_BYTES, example: EXAMPLE_LINE },
    answer: { status: 200, description: 'The line is added.', schema: orderAnswerSchema },
    failures: [404],
    handle: addItem,
  }),
];

export const orderQueries = () => [
  requestRoute({
    method: 'GET',
    path: '/orders/{orderId}',
    scope: 'orders:read',
    operationId: 'getOrder',
    tag: 'Orders',
    summary: 'Read an order and its notifications',
    parameters: [orderId],
    answer: { status: 200, description: 'The order.', schema: orderViewSchema },
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
  OrderAnswer: { schema: orderAnswerSchema },
  Order: { schema: orderViewSchema },
};
