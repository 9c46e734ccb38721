import * as v from 'valibot';
import { identifier, plainText, rule, textOf } from '#shared/http/input/fields.ts';
import { crossFieldCheck, listOf, strictObject } from '#shared/http/input/structures.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { urlFault } from './url.ts';

/** Bounds of a tenant's settings. One event leads to a webhook for each endpoint, in one transaction. */
export const WEBHOOK_LIMIT = { endpoints: 10, eventTypes: 50, urlCharacters: 2048 } as const;

/** Bound of the body of `PUT /settings/webhooks`. */
export const WEBHOOK_BODY_BYTES = 65_536;

/** The `type` of a published message. Requests to send are internal. */
const eventType = v.pipe(
  textOf('event-type', (type) => /^counterfoil\.[a-z][a-z0-9.-]{0,90}\.v[1-9]\d?$/.test(type)),
  rule('EVENT_TYPE_INTERNAL', (type) => type !== NOTIFICATION_REQUESTED),
);

const url = v.pipe(
  textOf('webhook-url', (text) => urlFault(text) === undefined),
  v.maxCodePoints(WEBHOOK_LIMIT.urlCharacters),
);

export const endpointSchema = strictObject({
  endpointId: identifier,
  url,
  eventTypes: v.pipe(
    listOf(eventType, WEBHOOK_LIMIT.eventTypes),
    rule('REPEATED', (types) => isWithoutRepetition(types)),
  ),
  description: v.optional(plainText(200)),
  /** Absent: as before. A new endpoint and a new URL are enabled. */
  enabled: v.optional(v.boolean()),
});

/** Body of `PUT /settings/webhooks`: all endpoints. An endpoint that is not in the list is removed. */
export const putWebhookSettingsSchema = v.pipe(
  strictObject({ endpoints: listOf(endpointSchema, WEBHOOK_LIMIT.endpoints) }),
  crossFieldCheck(
    ({ endpoints }) => !Array.isArray(endpoints) || isWithoutRepetition(endpoints.map((one) => one?.endpointId)),
    'ENDPOINT_REPEATED',
    'endpoints',
  ),
);

export type PutWebhookSettingsBody = v.InferOutput<typeof putWebhookSettingsSchema>;

function isWithoutRepetition(values: unknown[]): boolean {
  return new Set(values).size === values.length;
}

/** Body of `POST /settings/webhooks/{endpointId}/rotate`. */
export const rotateSecretSchema = strictObject({});

/** Body of `POST /settings/webhooks/{endpointId}/test`. */
export const testEndpointSchema = strictObject({});
