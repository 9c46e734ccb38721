import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';

const described = <Schema extends v.GenericSchema>(schema: Schema, description: string) =>
  v.pipe(schema, v.description(description));

/** The attributes of every envelope, except `type` and `data`, which each message defines. */
export const envelopeAttributes = {
  specversion: v.literal('1.0'),
  id: described(v.string(), 'The same in every delivery of this message. Recognise repetitions by it.'),
  source: described(v.string(), 'The kind of thing that published the message: `/counterfoil/order`.'),
  subject: described(v.string(), 'What the message is about: `order/3k6uxcpbkhrldlylgcy34jrqra`.'),
  time: described(utcTimestamp, 'When the change was committed.'),
  datacontenttype: v.literal('application/json'),
  tenantid: v.string(),
  correlationid: described(v.string(), 'The same in everything that one request causes.'),
  causationid: described(v.string(), 'Id of the command that published the message, or of the message that led to it.'),
  sequence: described(
    v.pipe(v.string(), v.regex(/^[1-9][0-9]*\.[1-9][0-9]*$/, 'sequence')),
    'Version of the subject and position in its change. Messages arrive in any order: compare the version as a number.',
  ),
  traceparent: v.optional(
    described(
      v.string(),
      'W3C trace context. The trace id is that of the request, or follows from the correlation id. A message that was ' +
        'published by an earlier release may have none.',
    ),
  ),
  editedfrom: v.optional(
    described(
      v.string(),
      'Only of a message that an operator has edited and sent to one subscriber of this system again: the id of the ' +
        'message that it replaces. The subscriber handles one of the two.',
    ),
  ),
} satisfies { [Attribute in Exclude<keyof Envelope, 'type' | 'data'>]: v.GenericSchema<Envelope[Attribute]> };
