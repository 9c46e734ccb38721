import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Context } from 'aws-lambda';
import { handlerOf } from '#infra/functions.ts';
import type { FunctionName } from '#shared/names.ts';

/**
 * The next release, beside this one in this process: the same sources under other URLs, where every shape has one more
 * version, which is written at once. So nothing that it writes can be read by this release, as after a rollback further
 * than the rules allow (docs/reference/stored-shapes.md).
 */
const NEWER = '?release=newer';
const project = pathToFileURL(join(import.meta.dirname, '..', '..')).href;
const versions = `${project}/shared/messaging/versions.ts${NEWER}`;

const isOurs = (url: string): boolean => url.startsWith(`${project}/`) && !url.includes('/node_modules/');

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const isInside = context.parentURL?.endsWith(NEWER) && isOurs(resolved.url);
    return isInside ? { ...resolved, url: `${resolved.url}${NEWER}` } : resolved;
  },
  load(url, context, next) {
    if (url !== versions) return next(url, context);
    return { format: 'module-typescript', source: withOneMore(readFileSync(new URL(url), 'utf8')), shortCircuit: true };
  },
});

const SHAPE_OF = 'versions: Versions = FIRST): Shape<Value> => ({ name, ...versions })';

/** @throws Error if `shapeOf` was changed, so that no newer release would be made. */
function withOneMore(source: string): string {
  if (!source.includes(SHAPE_OF))
    throw new Error('shapeOf in shared/messaging/versions.ts is not as this file expects.');
  const raised = `
    versions: Versions = FIRST): Shape<Value> => {
      const { readable, upgrades } = versions;
      return { name, written: readable + 1, readable: readable + 1, upgrades: { [readable]: (older) => older, ...upgrades } };
    }`;
  return source.replace(SHAPE_OF, raised.trim());
}

/** The handler of a function in the newer release. It reads its environment when it is loaded for the first time. */
export const loadNewer = async <Event, Result>(
  name: FunctionName,
): Promise<(event: Event, context: Context) => Promise<Result>> =>
  (await import(`${pathToFileURL(handlerOf(name)).href}${NEWER}`)).handler;
