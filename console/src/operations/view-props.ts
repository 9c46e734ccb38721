import type { PageProps } from '#console/base/page.ts';

/** What a view gets: what a page gets, and its own parameters. */
export type ViewProps = Pick<PageProps, 'api' | 'session' | 'show'> & { query: URLSearchParams };
