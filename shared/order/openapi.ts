import { echo, header, parameter, replayed, response } from '#shared/http/openapi/components.ts';
import { commandFailures, commandParameters, readFailures, requestBody } from '#shared/http/openapi/operation-parts.ts';
import { jsonOf } from '#shared/http/openapi/reference.ts';
import { SCOPE } from '#shared/names.ts';

const EXAMPLE_LINE = { sku: 'MUG-01', description: 'Mug, blue', quantity: 2, unitPrice: 1250 };

const placeOrderOperation = {
  operationId: 'placeOrder',
  tags: ['Orders'],
  summary: 'Place an order',
  description: 'The contact gets one confirmation on each given channel: by e-mail, by text message.',
  security: [{ token: [SCOPE.ordersWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('PlaceOrder', {
    contact: { name: 'Ada Lovelace', email: 'ada@example.com', phone: '+4366012345678', locale: 'en' },
    currency: 'EUR',
    lines: [EXAMPLE_LINE],
  }),
  responses: {
    201: {
      description: 'The order is placed, and its messages will be sent.',
      headers: { ...echo, ...replayed, Location: header('Location') },
      content: jsonOf('OrderAnswer'),
    },
    ...commandFailures,
  },
};

const addItemOperation = {
  operationId: 'addItem',
  tags: ['Orders'],
  summary: 'Add a line to an order',
  security: [{ token: [SCOPE.ordersWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('AddItem', EXAMPLE_LINE),
  responses: {
    200: { description: 'The line is added.', headers: { ...echo, ...replayed }, content: jsonOf('OrderAnswer') },
    404: response('NotFound'),
    ...commandFailures,
  },
};

const getOrderOperation = {
  operationId: 'getOrder',
  tags: ['Orders'],
  summary: 'Read an order and its notifications',
  security: [{ token: [SCOPE.ordersRead] }],
  parameters: [parameter('CorrelationId')],
  responses: {
    200: { description: 'The order.', headers: echo, content: jsonOf('Order') },
    404: response('NotFound'),
    ...readFailures,
  },
};

/** Operations on orders. */
export const orderPaths = {
  '/orders': { post: placeOrderOperation },
  '/orders/{orderId}/items': { parameters: [parameter('OrderId')], post: addItemOperation },
  '/orders/{orderId}': { parameters: [parameter('OrderId')], get: getOrderOperation },
};
