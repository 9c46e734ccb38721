import { openApiDocument } from '#shared/http/openapi/compose.ts';
import { readerRoutes, readerSchemas } from './routes.ts';

/** The OpenAPI 3.1 document of these routes as JSON text. The bundler computes it. */
export const openApiText: string = JSON.stringify(
  openApiDocument({
    title: 'Counterfoil: the e-book reader',
    description: 'Page accesses of readers. A POST requires an Idempotency-Key, as in `/openapi.json`.',
    tags: ['Readers', 'Description'],
    routes: readerRoutes(),
    schemas: readerSchemas,
  }),
);
