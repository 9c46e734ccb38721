import { toJsonSchemaDefs } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { type Json, reference } from '#shared/http/openapi/reference.ts';
import { schemaOf, WRITING } from '#shared/http/openapi/schema.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { envelopeAttributes } from './envelope-schema.ts';
import type { DescribedMessage } from './messages.ts';

export type DescribedEvents = {
  title: string;
  description: string;
  messages: readonly DescribedMessage[];
  /** Messages that are posted to endpoints, and never published. */
  posted?: readonly DescribedMessage[];
};

const LICENCE = { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' };

/** The channel's rules for every subscriber. */
const TOPIC = `An Amazon SNS topic. Subscribe an SQS queue with raw message delivery, and filter on the message attributes.

Every message arrives at least once, in any order. Recognise a repetition by its \`id\`, and a later state of a subject by
the version in its \`sequence\`. Accept attributes and fields that you do not know.`;

const WEBHOOKS = `The same messages, as the body of a POST to an endpoint of the tenant (\`PUT /settings/webhooks\`). The headers are
those of Standard Webhooks instead of the attributes of the topic: \`webhook-id\`, \`webhook-timestamp\` and \`webhook-signature\`.`;

/** A request to send a message is for a sender of this system, and is never posted to an endpoint. */
const isEvent = ({ type }: DescribedMessage): boolean => type !== NOTIFICATION_REQUESTED;

/** The AsyncAPI 3 document of these messages. */
export function asyncApiDocument({ title, description, messages, posted = [] }: DescribedEvents): Json {
  const all = [...messages, ...posted];
  return {
    asyncapi: '3.0.0',
    info: { title, version: '1', description, license: LICENCE },
    defaultContentType: 'application/json',
    channels: {
      events: channelOf('Events', TOPIC, messages),
      webhooks: channelOf('Webhooks', WEBHOOKS, all.filter(isEvent)),
    },
    operations: {
      publishEvent: sending('events', 'Publish what has happened'),
      postWebhook: sending('webhooks', 'Post what has happened to an endpoint that subscribes to it'),
    },
    components: {
      messages: Object.fromEntries(all.map((message) => [message.name, messageOf(message)])),
      schemas: schemasOf(all),
    },
  };
}

const channelOf = (title: string, description: string, messages: readonly DescribedMessage[]): Json => ({
  title,
  description,
  messages: Object.fromEntries(messages.map(({ name }) => [name, reference('messages', name)])),
});

/** Without a list of its own, an operation has all messages of the channel. */
const sending = (channel: string, summary: string): Json => ({
  action: 'send',
  channel: { $ref: `#/channels/${channel}` },
  summary,
});

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
