import { SCOPE } from '#shared/names.ts';
import { echo, header, parameter, response } from './components.ts';
import { readFailures } from './operation-parts.ts';
import { jsonOf } from './reference.ts';

const erasing = {
  tags: ['Messages'],
  security: [{ token: [SCOPE.messagesWrite] }],
  responses: {
    202: {
      description: 'It has begun, or goes on.',
      headers: { ...echo, Location: header('Location') },
      content: jsonOf('ErasureAnswer'),
    },
    400: response('BadRequest'),
    404: response('NotFound'),
    ...readFailures,
  },
};

const eraseCustomerOperation = {
  ...erasing,
  operationId: 'eraseCustomer',
  summary: 'Erase the personal data of a customer',
  description:
    'Contents and contacts of everything that was said until now are erased, and what is unsent is cancelled. Ids, ' +
    'figures, outcomes and suppressions stay.',
  parameters: [parameter('CorrelationId')],
};

const eraseAddressOperation = {
  ...erasing,
  operationId: 'eraseAddress',
  summary: 'Erase the personal data of whoever an address or number belongs to',
  description:
    'As for a customer. Of a message to several recipients, only this one is erased; of an order that was told to it, ' +
    'the whole contact.',
  parameters: [parameter('Channel'), parameter('Address'), parameter('CorrelationId')],
};

const getErasureOperation = {
  operationId: 'getErasure',
  tags: ['Messages'],
  summary: 'See how far an erasure has come',
  security: [{ token: [SCOPE.messagesRead] }],
  parameters: [parameter('CorrelationId')],
  responses: {
    200: { description: 'How far it is.', headers: echo, content: jsonOf('Erasure') },
    404: response('NotFound'),
    ...readFailures,
  },
};

/** Erasing personal data, and seeing how far that is. */
export const erasurePaths = {
  '/customers/{customerId}/personal-data': {
    parameters: [parameter('CustomerId')],
    delete: eraseCustomerOperation,
  },
  '/personal-data': { delete: eraseAddressOperation },
  '/erasures/{erasureId}': { parameters: [parameter('ErasureId')], get: getErasureOperation },
};
