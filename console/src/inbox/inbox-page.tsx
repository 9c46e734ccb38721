import { useEffect, useRef, useState } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import { INBOX_LISTS, type Inbox, type InboxList, useInbox } from '#console/base/inbox.ts';
import { linkTo } from '#console/base/links.ts';
import type { PageProps } from '#console/base/page.ts';
import { FailureState, LiveMark, Placeholder, Skeleton } from '#console/parts/parts.tsx';
import { type Entry, entriesOf, nameOf, summaryOf, type View, viewOf } from './entries.ts';
import { EntryDetails } from './entry-details.tsx';
import { EntryList } from './entry-list.tsx';
import { TEXTS } from './texts.ts';
import { useArrivals } from './use-arrivals.ts';
import './inbox.css';

const READ_EVERY_MS = 1000;

/** The inbox of this machine: what the outside world received. It opens with the newest message. */
export default function InboxPage({ search, show, configuration: { inboxUrl = '' } }: PageProps) {
  const t = useTexts(TEXTS);
  const { inbox, isLive } = useInbox(true, READ_EVERY_MS);
  const view = viewOf(search);
  return (
    <>
      <div class="page-head">
        <h1>{t('inbox')}</h1>
        <span role="status">{inbox && <LiveMark isLive={isLive} />}</span>
        <p class="lead">{t('lead')}</p>
      </div>
      <Arrivals inbox={inbox} />
      {inbox ? (
        <>
          <Filters inbox={inbox} view={view} onFind={(words) => show(linkTo('inbox', parametersOf(view, { words })))} />
          <Content inbox={inbox} view={view} inboxUrl={inboxUrl} />
        </>
      ) : isLive ? (
        <Skeleton />
      ) : (
        <FailureState failure={{ kind: 'offline' }} />
      )}
    </>
  );
}

/** The parameters of another view. An entry is open only if it is named. */
const parametersOf = (view: View, change: { list?: InboxList | undefined; words?: string; entry?: Entry }) => {
  const { list, words } = { ...view, ...change };
  return { list, find: words, entry: change.entry && nameOf(change.entry) };
};

/** New messages are announced, and the focus stays where it is. */
function Arrivals({ inbox }: { inbox: Inbox | undefined }) {
  const t = useTexts(TEXTS);
  const arrived = useArrivals(inbox);
  const [newest] = arrived;
  return (
    <p class="inbox-arrivals" role="status">
      {newest &&
        (arrived.length === 1 ? t('arrivedOne', summaryOf(newest)) : t('arrivedMany', { count: arrived.length }))}
    </p>
  );
}

function Filters({ inbox, view, onFind }: { inbox: Inbox; view: View; onFind: (words: string) => void }) {
  const t = useTexts(TEXTS);
  const { list, words } = view;
  const [typed, setTyped] = useState(words);
  useEffect(() => setTyped(words), [words]);
  const all = INBOX_LISTS.reduce((sum, one) => sum + inbox[one].length, 0);
  return (
    <div class="inbox-filters">
      <nav class="inbox-kinds" aria-label={t('lists')}>
        <a
          href={linkTo('inbox', parametersOf(view, { list: undefined }))}
          aria-current={list === undefined ? 'true' : undefined}
        >
          {t('all')} <b>{all}</b>
        </a>
        {INBOX_LISTS.map((one) => (
          <a
            key={one}
            href={linkTo('inbox', parametersOf(view, { list: one }))}
            aria-current={list === one ? 'true' : undefined}
          >
            {t(`list.${one}`)} <b>{inbox[one].length}</b>
          </a>
        ))}
      </nav>
      <div class="field">
        <label class="unseen" for="inbox-find">
          {t('find')}
        </label>
        <input
          id="inbox-find"
          type="search"
          placeholder={t('find')}
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          onChange={({ currentTarget }) => onFind(currentTarget.value)}
        />
      </div>
    </div>
  );
}

function Content({ inbox, view, inboxUrl }: { inbox: Inbox; view: View; inboxUrl: string }) {
  const t = useTexts(TEXTS);
  const entries = entriesOf(inbox, view);
  const shown = useShown(inbox, view, entries);
  if (entries.length === 0 && !view.open)
    return view.words ? (
      <Placeholder icon="filter" title={t('noMatchTitle')}>
        {t('noMatchLead')}
      </Placeholder>
    ) : (
      <Placeholder icon="inbox" title={t('emptyTitle')} action={<TryIt />}>
        {t('emptyLead')}
      </Placeholder>
    );
  return (
    <div class="inbox">
      <EntryList
        entries={entries}
        current={shown && nameOf(shown)}
        parametersOf={(entry) => parametersOf(view, { entry })}
      />
      {shown ? (
        <EntryDetails entry={shown} inboxUrl={inboxUrl} />
      ) : (
        <Placeholder
          icon="question"
          title={t('noEntry')}
          action={<a href={linkTo('inbox', parametersOf(view, {}))}>{t('newest')}</a>}
        >
          {''}
        </Placeholder>
      )}
    </div>
  );
}

const TryIt = () => {
  const t = useTexts(TEXTS);
  return (
    <a class="button" href={linkTo('try')}>
      {t('tryIt')}
    </a>
  );
};

/**
 * The entry that the URL names, or the one that was the newest when the view was opened. A message that arrives later does
 * not take the place of the one that a person reads.
 */
function useShown(inbox: Inbox, { open, list, words }: View, entries: readonly Entry[]): Entry | undefined {
  const kept = useRef<{ view: string; entry: Entry }>(undefined);
  const view = `${list} ${words}`;
  if (open) return entriesOf(inbox, { list: open.list, words: '' }).find(({ position }) => position === open.position);
  const [newest] = entries;
  if (newest && kept.current?.view !== view) kept.current = { view, entry: newest };
  return kept.current?.view === view ? kept.current.entry : undefined;
}
