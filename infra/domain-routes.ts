import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type RouteContract, routeKeyOf } from '#shared/http/route.ts';

/** A route that a business domain declares. */
export type DomainRoute = {
  /** Method and path, as in `POST /orders`. */
  key: string;
  /** The folder of the domain under `functions`. */
  domain: string;
  /** The function that returns the list of its routes. */
  list: string;
};

/**
 * The routes of the business domains in a folder: what the functions named `…Routes` of every `routes.ts` return. A
 * domain that has routes and is not registered is found by this, too.
 * @throws Error with every file that exports no such function.
 */
export async function domainRoutesIn(folder: string): Promise<readonly DomainRoute[]> {
  const domains = globSync('*/routes.ts', { cwd: folder }).map(dirname).sort();
  const found = await Promise.all(domains.map((domain) => routesOf(folder, domain)));
  const without = domains.filter((_, index) => found[index]?.length === 0);
  if (without.length === 0) return found.flat();
  const faults = without.map((domain) => `functions/${domain}/routes.ts exports no function like ${domain}Routes.`);
  throw new Error(faults.join('\n'));
}

async function routesOf(folder: string, domain: string): Promise<DomainRoute[]> {
  const module: Record<string, unknown> = await import(join(folder, domain, 'routes.ts'));
  return Object.entries(module).flatMap(([list, value]) => {
    if (!list.endsWith('Routes') || typeof value !== 'function') return [];
    const routes: readonly RouteContract[] = value();
    return routes.map((route) => ({ key: routeKeyOf(route), domain, list }));
  });
}

/** The routes of all business domains. */
export const domainRoutes = await domainRoutesIn(join(dirname(import.meta.dirname), 'functions'));
