import { SCOPE } from '#shared/names.ts';
import { echo, header, parameter, response } from './components.ts';
import { readFailures } from './operation-parts.ts';
import { jsonOf } from './reference.ts';

const erasing = {
  tags: ['Messages'],
  security: [{ token: [SCOPE.messagesWrite] }],
  responses: {
    202: {
      description: 'It has begun, or one that runs takes what was accepted until now as well (`alreadyRunning`).',
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
    'Contents and contacts of everything that was accepted until now are erased, and what is unsent is cancelled. Ids, ' +
    'figures, outcomes and suppressions stay. What is accepted after this request is not touched: the customer came ' +
    'back. Another request moves the bound.',
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
  description:
    '`DONE`: a second walk over the recent part of the log found nothing. `INCOMPLETE`: nothing is left but ' +
    'notifications that cannot be read; they are visited again by themselves. An erasure that is `DONE` looks again ' +
    'after an hour and after a day, and is `RUNNING` again if the log then shows something that it did not show before.',
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
