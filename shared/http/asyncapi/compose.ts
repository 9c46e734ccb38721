import { toJsonSchemaDefs } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { type Json, reference } from '#shared/http/openapi/reference.ts';
import { schemaOf, WRITING } from '#shared/http/openapi/schema.ts';
import { envelopeAttributes } from './envelope-schema.ts';
import type { DescribedMessage } from './messages.ts';

export type DescribedEvents = {
  title: string;
  description: string;
  messages: readonly DescribedMessage[];
};

const LICENCE = { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' };

/** The channel's rules for every subscriber. */
const TOPIC = `An Amazon SNS topic. Subscribe an SQS queue with raw message delivery, and filter on the message attributes.

Every message arrives at least once, in any order. Recognise a repetition by its \`id\`, and a later state of a subject by
the version in its \`sequence\`. Accept attributes and fields that you do not know.`;

/** The AsyncAPI 3 document of these messages. */
export function asyncApiDocument({ title, description, messages }: DescribedEvents): Json {
  const names = messages.map(({ name }) => name);
  return {
    asyncapi: '3.0.0',
    info: { title, version: '1', description, license: LICENCE },
    defaultContentType: 'application/json',
    channels: {
      events: {
        title: 'Events',
        description: TOPIC,
        messages: Object.fromEntries(names.map((name) => [name, reference('messages', name)])),
      },
    },
    operations: {
      publishEvent: {
        action: 'send',
        channel: { $ref: '#/channels/events' },
        summary: 'Publish what has happened',
        messages: names.map((name) => ({ $ref: `#/channels/events/messages/${name}` })),
      },
    },
    components: {
      messages: Object.fromEntries(messages.map((message) => [message.name, messageOf(message)])),
      schemas: schemasOf(messages),
    },
  };
}

const messageOf = ({ name, type, summary, attributes = {} }: DescribedMessage): Json => ({
  name: type,
  title: name,
  summary,
  headers: schemaOf(v.object({ type: v.literal(type), ...attributes })),
  payload: reference('schemas', name),
});

/** An envelope for each message, and beside it the data that it refers to. */
function schemasOf(messages: readonly DescribedMessage[]): Json {
  const schemas = messages.flatMap(({ name, type, data, attributes = {} }): [string, v.GenericSchema][] => [
    [name, v.object({ ...envelopeAttributes, type: v.literal(type), ...attributes, data })],
    [dataName(name), data],
  ]);
  return toJsonSchemaDefs(Object.fromEntries(schemas), WRITING);
}

const dataName = (name: string): string => `${name}Data`;
