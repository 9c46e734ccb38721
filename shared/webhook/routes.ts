import { CUSTOMER_ID } from '#shared/http/input/fields.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute, pathParameter, requestRoute } from '#shared/http/route.ts';
import { putWebhookSettings, rotateSecret, testEndpoint } from './commands.ts';
import { getWebhookSettings } from './queries.ts';
import {
  endpointSchema,
  putWebhookSettingsSchema,
  rotateSecretSchema,
  testEndpointSchema,
  WEBHOOK_BODY_BYTES,
} from './requests.ts';
import { endpointTestSchema, endpointViewSchema, webhookSettingsSchema } from './responses.ts';

const WEBHOOKS = 'Webhooks';

export const webhookCommands = () => [...settingsCommands(), ...endpointCommands()];

const settingsCommands = () => [
  commandRoute({
    method: 'PUT',
    path: '/settings/webhooks',
    scope: 'messages:write',
    operationId: 'putWebhookSettings',
    tag: WEBHOOKS,
    summary: 'Replace the endpoints that receive webhooks',
    description:
      'An endpoint keeps its secrets as long as its `endpointId` is in the list. The answer shows the secret of a new ' +
      'endpoint: once, and to a repetition with the same Idempotency-Key within an hour. An endpoint that was ' +
      'disabled is enabled again with `enabled`, or with another URL. The answer takes 2.5 seconds: it comes when the ' +
      'change applies to every event that is committed from then on.',
    isConditional: true,
    waits: true,
    body: {
      schema: putWebhookSettingsSchema,
      maximumBytes: WEBHOOK_BODY_BYTES,
      example: {
        endpoints: [
          {
            endpointId: 'billing',
            url: 'https://billing.example.com/hooks',
            eventTypes: ['counterfoil.order.confirmed.v1'],
            description: 'Invoices',
          },
        ],
      },
    },
    answer: {
      status: 200,
      description: 'The endpoints, with the secrets of those that are new.',
      schema: webhookSettingsSchema,
      hasETag: true,
    },
    handle: putWebhookSettings,
  }),
];

const endpointCommands = () => [
  commandRoute({
    path: '/settings/webhooks/{endpointId}/rotate',
    scope: 'messages:write',
    operationId: 'rotateWebhookSecret',
    tag: WEBHOOKS,
    summary: 'Give an endpoint a new secret',
    description:
      'The answer shows the new secret. The present one stays valid until its `endsAt`, and every webhook is signed ' +
      'with both. Another rotation before then ends the older one at once.',
    parameters: [pathParameter('EndpointId', CUSTOMER_ID)],
    isConditional: true,
    body: { schema: rotateSecretSchema, maximumBytes: WEBHOOK_BODY_BYTES, example: {} },
    answer: {
      status: 200,
      description: 'The endpoints, with the new secret.',
      schema: webhookSettingsSchema,
      hasETag: true,
    },
    failures: [404],
    handle: rotateSecret,
  }),
  commandRoute({
    path: '/settings/webhooks/{endpointId}/test',
    scope: 'messages:write',
    operationId: 'testWebhookEndpoint',
    tag: WEBHOOKS,
    summary: 'Post a test event to an endpoint',
    description:
      'The endpoint gets one `WebhookTest`, whatever it subscribes to, with the signature and the repetitions of every ' +
      'webhook. `GET /notifications/{notificationId}` says what it answered. A disabled endpoint cannot be tested.',
    parameters: [pathParameter('EndpointId', CUSTOMER_ID)],
    body: { schema: testEndpointSchema, maximumBytes: WEBHOOK_BODY_BYTES, example: {} },
    answer: {
      status: 202,
      description: 'The event is stored, and will be posted.',
      schema: endpointTestSchema,
      hasLocation: true,
    },
    failures: [404],
    handle: testEndpoint,
  }),
];

export const webhookQueries = () => [
  requestRoute({
    method: 'GET',
    path: '/settings/webhooks',
    scope: 'messages:read',
    operationId: 'getWebhookSettings',
    tag: WEBHOOKS,
    summary: 'Read the endpoints that receive webhooks',
    description: 'Secrets are never shown here. `disabled` says since when and why an endpoint receives nothing.',
    answer: { status: 200, description: 'The endpoints.', schema: webhookSettingsSchema, hasETag: true },
    handle: getWebhookSettings,
  }),
];

/** Names in the OpenAPI document. */
export const webhookSchemas: NamedSchemas = {
  WebhookEndpoint: { schema: endpointSchema },
  PutWebhookSettings: { schema: putWebhookSettingsSchema },
  RotateWebhookSecret: { schema: rotateSecretSchema, description: 'No fields.' },
  TestWebhookEndpoint: { schema: testEndpointSchema, description: 'No fields.' },
  WebhookEndpointTest: { schema: endpointTestSchema },
  WebhookEndpointState: { schema: endpointViewSchema },
  WebhookSettings: { schema: webhookSettingsSchema },
};
