import type { Configuration } from './base/configuration.ts';
import type { Page } from './base/page.ts';
import { mayUse, type Session } from './base/session.ts';

/** The pages, in the order of their tabs. The first one is shown when the URL names none. */
export const PAGES = [
  {
    name: 'messages',
    title: 'messages',
    icon: 'email',
    scope: 'messages:read',
    load: () => import('./messages/log-page.tsx'),
  },
  {
    name: 'orders',
    title: 'orders',
    icon: 'order',
    scope: 'orders:read',
    load: () => import('./orders/orders-page.tsx'),
  },
  {
    name: 'operations',
    title: 'operations',
    icon: 'wrench',
    scope: 'operations',
    load: () => import('./operations/operations-page.tsx'),
  },
  {
    name: 'settings',
    title: 'settings',
    icon: 'sliders',
    scope: 'messages:read',
    load: () => import('./settings/settings-page.tsx'),
  },
  {
    name: 'inbox',
    title: 'inbox',
    icon: 'inbox',
    scope: 'messages:read',
    existsOn: ({ inboxUrl }: Configuration) => inboxUrl !== undefined,
    load: () => import('./inbox/inbox-page.tsx'),
  },
  {
    name: 'try',
    title: 'tryIt',
    icon: 'play',
    scope: 'orders:write',
    existsOn: ({ tryIt }: Configuration) => tryIt !== undefined,
    load: () => import('./try/try-page.tsx'),
  },
] as const satisfies readonly [Page, ...Page[]];

/** The pages that a person is offered. Only the API decides what a person may do; the console offers no dead ends. */
export const pagesFor = (session: Session, configuration: Configuration): readonly Page[] =>
  PAGES.filter((page: Page) => mayUse(session, page.scope) && (page.existsOn?.(configuration) ?? true));

/** The page that a URL names. An unknown name, like that of a newer release, is the first page. */
export function pageOf(search: string): Page {
  const name = new URLSearchParams(search).get('page');
  return PAGES.find((page: Page) => page.name === name) ?? PAGES[0];
}
