import { asyncApiDocument } from '#shared/http/asyncapi/compose.ts';
import { describedMessages } from '#shared/http/asyncapi/messages.ts';
import { openApiDocument } from '#shared/http/openapi/compose.ts';
import { PAGE_ACCESSED } from './decider.ts';
import { readerMessages } from './message-data.ts';
import { DISCOUNT_GRANTED } from './projection.ts';
import { readerRoutes, readerSchemas } from './routes.ts';

const title = 'Counterfoil: the e-book reader';

/** The OpenAPI 3.1 document of these routes as JSON text. The bundler computes it. */
export const openApiText: string = JSON.stringify(
  openApiDocument({
    title,
    description: 'Page accesses of readers. A POST requires an Idempotency-Key, as in `/openapi.json`.',
    tags: ['Readers', 'Description'],
    routes: readerRoutes(),
    schemas: readerSchemas,
  }),
);

/** The AsyncAPI 3 document of the reader's messages as JSON text. */
export const asyncApiText: string = JSON.stringify(
  asyncApiDocument({
    title,
    description: 'The messages about readers. They are CloudEvents, as in `/asyncapi.json`.',
    messages: describedMessages(
      { [PAGE_ACCESSED]: 'PageAccessed', [DISCOUNT_GRANTED]: 'DiscountGranted' },
      readerMessages,
    ),
  }),
);
