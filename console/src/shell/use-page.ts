import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Page, PageProps } from '#console/base/page.ts';

/** `failed`: the file of the page could not be loaded. It may be of an earlier release, which the stage no longer serves. */
export type LoadedPage =
  | { kind: 'loading' }
  | { kind: 'failed' }
  | { kind: 'ready'; Content: FunctionComponent<PageProps> };

/** Loads a page when it is shown for the first time. */
export function usePage(page: Page): LoadedPage {
  const [loaded, setLoaded] = useState<{ page: Page; state: LoadedPage }>();
  useEffect(() => {
    let isShown = true;
    const take = (state: LoadedPage): void => void (isShown && setLoaded({ page, state }));
    page.load().then(
      ({ default: Content }) => take({ kind: 'ready', Content }),
      () => take({ kind: 'failed' }),
    );
    return () => {
      isShown = false;
    };
  }, [page]);
  return loaded?.page === page ? loaded.state : { kind: 'loading' };
}
