import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'http-api.md');
const ROW = /^\| `((GET|POST|PUT|PATCH|DELETE) (\S+))` \| (?:none|`([\w:]+)`) \|/gm;

/**
 * The platform's routes as the page of routes lists them: the list that a reviewer reads when a route or a scope changes.
 * `scope` is undefined for a public route.
 */
export const DOCUMENTED_ROUTES: readonly { key: string; method: string; path: string; scope: string | undefined }[] =
  Array.from(readFileSync(PAGE, 'utf8').matchAll(ROW), ([, key = '', method = '', path = '', scope]) => ({
    key,
    method,
    path,
    scope,
  }));
