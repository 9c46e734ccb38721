import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { PageProps } from '#console/base/page.ts';
import { TEXTS } from './texts.ts';
import './log.css';
import './dialog.css';
import { useLanguage, useTexts } from '#console/base/context.ts';
import { linkTo } from '#console/base/links.ts';
import { mayUse } from '#console/base/session.ts';
import { exactTime } from '#console/base/times.ts';
import { focusRow } from '#console/base/use-virtual-rows.ts';
import { FailureState, LiveMark, Placeholder, Skeleton } from '#console/parts/parts.tsx';
import { FilterBar } from './filter-bar.tsx';
import { type Filters, filterCount, searchOf, viewOf } from './filters.ts';
import { MessageDialog } from './message-dialog.tsx';
import { MessageTable } from './message-table.tsx';
import { type Log as LoadedLogState, useLog } from './use-log.ts';

/** The message log: filters, rows, and the state in their place when there are none. The URL may name an open message. */
export default function LogPage({ search, show, api, session, configuration }: PageProps) {
  const { filters, message } = viewOf(search);
  const log = useLog(api, filters);
  const opened = useOpened(message);
  const canTry = configuration.tryIt !== undefined && mayUse(session, 'orders:write');
  return (
    <>
      <Log
        {...log}
        filters={filters}
        opened={opened}
        onFilters={(chosen) => show(searchOf({ filters: chosen }))}
        action={canTry && <TryIt />}
      />
      {message && (
        <MessageDialog
          key={message}
          id={message}
          api={api}
          session={session}
          onRead={log.take}
          onClose={() => show(searchOf({ filters }))}
        />
      )}
    </>
  );
}

/**
 * The message that is open, or was open last. When it closes, also by Back, its row has the focus: a dialog alone returns it
 * only to a link that was in the document all the time.
 */
function useOpened(message: string | undefined): string | undefined {
  const opened = useRef(message);
  useEffect(() => {
    if (message !== undefined) opened.current = message;
    else if (opened.current !== undefined && document.activeElement === document.body)
      focusRow(document, opened.current);
  }, [message]);
  return message ?? opened.current;
}

/** Where the log gets its first message. */
function TryIt() {
  const t = useTexts(TEXTS);
  return (
    <div class="page-action">
      <a class="button" href={linkTo('try')}>
        {t('placeSample')}
      </a>
    </div>
  );
}

type Props = ReturnType<typeof useLog> & {
  filters: Filters;
  opened: string | undefined;
  onFilters: (filters: Filters) => void;
  action: ComponentChildren;
};

function Log({ log, isLoadingMore, loadMore, filters, opened, onFilters, action }: Props) {
  const t = useTexts(TEXTS);
  const { loaded, arrived } = log;
  return (
    <>
      <div class="page-head">
        <h1>{t('messages')}</h1>
        <LiveState log={log} />
        {action}
      </div>
      <FilterBar filters={filters} onChange={onFilters} />
      <p class="unseen" role="status">
        {arrived > 0 ? t('newMessages', { count: arrived }) : ''}
      </p>
      {loaded && loaded.rows.length > 0 ? (
        <>
          <MessageTable rows={loaded.rows} opened={opened} hrefOf={(message) => searchOf({ filters, message })} />
          <div class="page-end">
            <span>{t('shown', { count: loaded.rows.length })}</span>
            {loaded.nextCursor ? <LoadMore isBusy={isLoadingMore} onLoad={loadMore} /> : <span>{t('end')}</span>}
          </div>
        </>
      ) : (
        <NoRows log={log} filters={filters} isLoadingMore={isLoadingMore} onLoadMore={loadMore} onFilters={onFilters} />
      )}
    </>
  );
}

function LoadMore({ isBusy, onLoad }: { isBusy: boolean; onLoad: () => Promise<void> }) {
  const t = useTexts(TEXTS);
  return (
    <button type="button" class="button" aria-disabled={isBusy} onClick={onLoad}>
      {isBusy ? t('loading') : t('loadMore')}
    </button>
  );
}

/** Whether the rows are up to date. */
function LiveState({ log: { failure, readAt } }: { log: LoadedLogState }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  const time = readAt === undefined ? '' : exactTime(new Date(readAt).toISOString(), language);
  return (
    <span role="status">{time && <LiveMark isLive={failure === undefined} title={t('liveHint', { time })} />}</span>
  );
}

type NoRowsProps = {
  log: LoadedLogState;
  filters: Filters;
  isLoadingMore: boolean;
  onLoadMore: () => Promise<void>;
  onFilters: (filters: Filters) => void;
};

function NoRows({ log: { loaded, failure }, filters, isLoadingMore, onLoadMore, onFilters }: NoRowsProps) {
  const t = useTexts(TEXTS);
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
