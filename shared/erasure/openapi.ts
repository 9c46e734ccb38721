import { echo, header, parameter, response } from '#shared/http/openapi/components.ts';
import { readFailures } from '#shared/http/openapi/operation-parts.ts';
import { jsonOf } from '#shared/http/openapi/reference.ts';
import { SCOPE } from '#shared/names.ts';

const erasing = {
  tags: ['Messages'],
  security: [{ token: [SCOPE.messagesWrite] }],
  responses: {
    202: {
      description:
        'The erasure has started, or a running erasure now includes everything that was accepted until now (`alreadyRunning`).',
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
    'Erases the contents and contacts of everything that was accepted until now, and cancels unsent messages. Ids, ' +
    'figures, outcomes and suppressions remain. Data that is accepted after this request is not erased, because the ' +
    'customer has returned. Another request includes it.',
  parameters: [parameter('CorrelationId')],
};

const eraseAddressOperation = {
  ...erasing,
  operationId: 'eraseAddress',
  summary: 'Erase the personal data of the owner of an address or number',
  description:
    'As for a customer. In a message to several recipients, only this recipient is erased. In an order that was ' +
    'confirmed to this recipient, the whole contact is erased.',
  parameters: [parameter('Channel'), parameter('Address'), parameter('CorrelationId')],
};

const getErasureOperation = {
  operationId: 'getErasure',
  tags: ['Messages'],
  summary: 'Get the progress of an erasure',
  description:
    '`DONE`: a second pass over the recent part of the log found nothing. `INCOMPLETE`: only notifications that cannot ' +
    'be read remain. They are tried again automatically. An erasure that is `DONE` reads the log again after an hour ' +
    'and after a day. It is `RUNNING` again if the log then has entries that were not visible before.',
  security: [{ token: [SCOPE.messagesRead] }],
  parameters: [parameter('CorrelationId')],
  responses: {
    200: { description: 'The progress.', headers: echo, content: jsonOf('Erasure') },
    404: response('NotFound'),
    ...readFailures,
  },
};

/** Operations on erasures. */
export const erasurePaths = {
  '/customers/{customerId}/personal-data': {
    parameters: [parameter('CustomerId')],
    delete: eraseCustomerOperation,
  },
  '/personal-data': { delete: eraseAddressOperation },
  '/erasures/{erasureId}': { parameters: [parameter('ErasureId')], get: getErasureOperation },
};
