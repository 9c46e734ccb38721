import { attachmentPaths } from '#shared/attachment/openapi.ts';
import { deadLetterPaths } from '#shared/dead-letter/openapi.ts';
import { NOTIFICATION_BODY_BYTES } from '#shared/direct-notification/requests.ts';
import { erasurePaths } from '#shared/erasure/openapi.ts';
import { echo, HEADERS, PARAMETERS, RESPONSES, response } from '#shared/http/openapi/components.ts';
import type { Json } from '#shared/http/openapi/reference.ts';
import { orderPaths } from '#shared/order/openapi.ts';
import { ORDER_BODY_BYTES } from '#shared/order/requests.ts';
import { suppressionPaths } from '#shared/suppression/openapi.ts';
import { notificationPaths } from './notification-paths.ts';
import { componentSchemas } from './schemas.ts';

let text: string | undefined;

/** The OpenAPI 3.1 document as JSON text, generated once from the schemas that validate. */
export function openApiText(): string {
  text ??= JSON.stringify(openApiDocument());
  return text;
}

/** The description of the HTTP API. */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Counterfoil',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [{ name: 'Orders' }, { name: 'Messages' }, { name: 'Operations' }, { name: 'Description' }],
    paths: {
      ...orderPaths,
      ...attachmentPaths,
      ...notificationPaths,
      ...suppressionPaths,
      ...erasurePaths,
      ...deadLetterPaths,
      '/openapi.json': { get: getOpenApiOperation },
    },
    components: {
      schemas: componentSchemas(),
      parameters: PARAMETERS,
      headers: HEADERS,
      responses: RESPONSES,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'An access token of the stage. Its tenant claim names the tenant whose data it gives access to. Its scopes may have a prefix of the stage.',
        },
      },
    },
  };
}

const DESCRIPTION = `Exactly-once processing of orders and of the messages that they send.

Every POST requires an Idempotency-Key. The same key with the same body gives the first status and body again, with
\`Idempotency-Replayed: true\`. The same key with another body gives 422. After a timeout or a 503, repeat the request
with the same key: it takes effect once.

Amounts are whole numbers in the minor unit of the currency (cents). Unknown fields are refused. If a field occurs
twice, the last one counts. A body has at most ${ORDER_BODY_BYTES} bytes for orders and ${NOTIFICATION_BODY_BYTES} bytes
for messages.`;

const getOpenApiOperation = {
  operationId: 'getOpenApi',
  tags: ['Description'],
  summary: 'Read this description',
  security: [],
  responses: {
    200: {
      description: 'OpenAPI 3.1.',
      headers: echo,
      content: { 'application/json': { schema: { type: 'object' } } },
    },
    429: response('TooManyRequests'),
    500: response('Unexpected'),
  },
};
