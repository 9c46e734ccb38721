import type { Envelope } from '#shared/messaging/envelope.ts';

/** A message as our functions publish it, about nothing that exists unless its data says so. */
export const envelopeOf = (over: Partial<Envelope>): Envelope => ({
  specversion: '1.0',
  id: 'message-1',
  source: '/counterfoil/order',
  type: 'counterfoil.notification.sent.v1',
  subject: 'order/none',
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
  tenantid: 'acme',
  correlationid: 'correlation',
  causationid: 'cause',
  sequence: '1.1',
  data: {},
  ...over,
});

/** The same as JSON text, as a queue delivers it. */
export const envelopeText = (over: Partial<Envelope>): string => JSON.stringify(envelopeOf(over));
