import { useState } from 'preact/hooks';
import type { Api } from './api.ts';
import { useLanguage, useTexts } from './context.ts';
import { type Failure, isLost } from './failure.ts';
import { FilterBar } from './filter-bar.tsx';
import { type Filters, filterCount, searchOf } from './filters.ts';
import { MessageTable } from './message-table.tsx';
import { FailureState, LiveMark, Placeholder } from './parts.tsx';
import { mayUse, type Session } from './session.ts';
import { exactTime } from './times.ts';
import type { Log, useLog } from './use-log.ts';

type Props = Omit<ReturnType<typeof useLog>, 'take'> & {
  api: Api;
  session: Session;
  /** Whether the stage is one to try things on. */
  offersSample: boolean;
  filters: Filters;
  onFilters: (filters: Filters) => void;
  onOpen: (id: string) => void;
};

/** The message log: filters, rows, and the state in their place when there are none. */
export function LogPage({ log, isLoadingMore, loadMore, ...props }: Props) {
  const { api, session, offersSample, filters, onFilters, onOpen } = props;
  const t = useTexts();
  const { loaded, arrived } = log;
  const canOrder = offersSample && mayUse(session, 'orders:write');
  return (
    <main id="messages" class="page">
      <div class="page-head">
        <h1>{t('title')}</h1>
        <LiveState log={log} />
        {canOrder && <SampleOrder api={api} />}
      </div>
      <FilterBar filters={filters} onChange={onFilters} />
      <p class="unseen" role="status">
        {arrived > 0 ? t('newMessages', { count: arrived }) : ''}
      </p>
      {loaded && loaded.rows.length > 0 ? (
        <>
          <MessageTable rows={loaded.rows} hrefOf={(message) => searchOf({ filters, message })} onOpen={onOpen} />
          <div class="page-end">
            <span>{t('shown', { count: loaded.rows.length })}</span>
            {loaded.nextCursor ? <LoadMore isBusy={isLoadingMore} onLoad={loadMore} /> : <span>{t('end')}</span>}
          </div>
        </>
      ) : (
        <NoRows log={log} filters={filters} isLoadingMore={isLoadingMore} onLoadMore={loadMore} onFilters={onFilters} />
      )}
    </main>
  );
}

function LoadMore({ isBusy, onLoad }: { isBusy: boolean; onLoad: () => Promise<void> }) {
  const t = useTexts();
  return (
    <button type="button" class="button" aria-disabled={isBusy} onClick={onLoad}>
      {isBusy ? t('loading') : t('loadMore')}
    </button>
  );
}

/** Whether the rows are up to date. */
function LiveState({ log: { failure, readAt } }: { log: Log }) {
  const t = useTexts();
  const language = useLanguage();
  const time = readAt === undefined ? '' : exactTime(new Date(readAt).toISOString(), language);
  return (
    <span role="status">{time && <LiveMark isLive={failure === undefined} title={t('liveHint', { time })} />}</span>
  );
}

function SampleOrder({ api }: { api: Api }) {
  const t = useTexts();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [lostKey, setLostKey] = useState<string>();
  const place = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    // The same key after a lost answer, so that the order is placed once.
    const key = lostKey ?? crypto.randomUUID();
    const result = await api.placeOrder(key);
    setBusy(false);
    const failed = 'failure' in result ? result.failure : undefined;
    setFailure(failed);
    setLostKey(failed && isLost(failed) ? key : undefined);
  };
  return (
    <div class="page-action">
      <button type="button" class="button strong" aria-disabled={isBusy} onClick={place}>
        {t('placeSample')}
      </button>
      <span class="fault" role="alert">
        {failure && t(isLost(failure) ? 'answerLost' : 'errorTitle')}
      </span>
    </div>
  );
}

type NoRowsProps = {
  log: Log;
  filters: Filters;
  isLoadingMore: boolean;
  onLoadMore: () => Promise<void>;
  onFilters: (filters: Filters) => void;
};

function NoRows({ log: { loaded, failure }, filters, isLoadingMore, onLoadMore, onFilters }: NoRowsProps) {
  const t = useTexts();
  if (!loaded) return failure ? <FailureState failure={failure} /> : <Skeleton />;
  if (filterCount(filters) === 0)
    return (
      <Placeholder icon="email" title={t('emptyTitle')}>
        {t('emptyLead')}
      </Placeholder>
    );
  return (
    <Placeholder
      icon="filter"
      title={t('noMatchTitle')}
      action={
        <div class="actions">
          {loaded.nextCursor && <LoadMore isBusy={isLoadingMore} onLoad={onLoadMore} />}
          <button type="button" class="button quiet" onClick={() => onFilters({})}>
            {t('clearFilters')}
          </button>
        </div>
      }
    >
      {loaded.nextCursor ? t('noMatchYet') : t('noMatchLead')}
    </Placeholder>
  );
}

/** The shape of the rows, before the first ones are there. */
function Skeleton() {
  const t = useTexts();
  return (
    <div class="skeleton" aria-busy="true">
      <span class="unseen">{t('loading')}</span>
      {[0, 1, 2, 3, 4, 5].map((row) => (
        <span key={row} class="skeleton-row" />
      ))}
    </div>
  );
}
