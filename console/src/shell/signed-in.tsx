import { useEffect, useMemo, useRef } from 'preact/hooks';
import { apiOf } from '#console/base/api.ts';
import { ChangesProvider } from '#console/base/changes.ts';
import { COMMON } from '#console/base/common-texts.ts';
import type { Configuration } from '#console/base/configuration.ts';
import { useTexts } from '#console/base/context.ts';
import type { Page, PageProps } from '#console/base/page.ts';
import type { Show } from '#console/base/search.ts';
import { mayUse, type Session } from '#console/base/session.ts';
import { useLive } from '#console/live/use-live.ts';
import { pageOf } from '#console/pages.ts';
import { Boundary, NotLoaded } from '#console/parts/boundary.tsx';
import { FailureState, Skeleton } from '#console/parts/parts.tsx';
import { usePage } from './use-page.ts';

type Props = { configuration: Configuration; session: Session; search: string; show: Show; onExpired: () => void };

/** The page that the URL names. After a change of the page, the focus is at its beginning. */
export function SignedIn({ configuration, session, search, show, onExpired }: Props) {
  const api = useMemo(() => apiOf(configuration.apiUrl, session, onExpired), [session]);
  const changes = useLive(configuration, session);
  const page = pageOf(search);
  const main = useRef<HTMLElement>(null);
  const shown = useRef(page);
  useTitle(page);
  useEffect(() => {
    if (shown.current === page) return;
    shown.current = page;
    scrollTo(0, 0);
    main.current?.focus();
  }, [page]);
  return (
    <main id="content" class="page" tabIndex={-1} ref={main}>
      <Boundary key={page.name}>
        {mayUse(session, page.scope) ? (
          <ChangesProvider value={changes}>
            <Content page={page} {...{ configuration, session, search, show, api }} />
          </ChangesProvider>
        ) : (
          <Forbidden page={page} />
        )}
      </Boundary>
    </main>
  );
}

function Forbidden({ page: { title, scope } }: { page: Page }) {
  const t = useTexts(COMMON);
  return (
    <>
      <h1 class="unseen">{t(title)}</h1>
      <FailureState failure={{ kind: 'forbidden' }} scope={scope} />
    </>
  );
}

function Content({ page, ...props }: PageProps & { page: Page }) {
  const loaded = usePage(page);
  if (loaded.kind === 'loading') return <Skeleton />;
  return loaded.kind === 'failed' ? <Missing page={page} /> : <loaded.Content {...props} />;
}

function Missing({ page: { title } }: { page: Page }) {
  const t = useTexts(COMMON);
  return (
    <>
      <h1 class="unseen">{t(title)}</h1>
      <NotLoaded />
    </>
  );
}

/** The title of the tab says which page it shows. */
function useTitle({ title }: Page): void {
  const t = useTexts(COMMON);
  const text = t(title);
  useEffect(() => {
    document.title = `${text} · Counterfoil`;
  }, [text]);
}
