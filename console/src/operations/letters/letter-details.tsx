import { useTexts } from '#console/base/context.ts';
import { visibleText } from '#console/base/visible-text.ts';
import { FailureState, Foreign, Skeleton, Time } from '#console/parts/parts.tsx';
import type { DeadLetterView } from '#shared/dead-letter/responses.ts';
import { Facts } from '../parts/facts.tsx';
import { Head } from '../parts/listed.tsx';
import { State } from '../parts/state.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { useKeptFocus } from '../parts/use-kept-focus.ts';
import { useRead } from '../parts/use-read.ts';
import type { ViewProps } from '../view-props.ts';
import { linkToView } from '../views.ts';
import { LetterActions } from './letter-actions.tsx';
import { indented } from './message-text.ts';
import { TEXTS } from './texts.ts';

type Props = Pick<ViewProps, 'api' | 'show'> & { id: string };

/** One dead letter with its history, open or closed. */
export function LetterDetails({ api, show, id }: Props) {
  const t = useTexts(TEXTS);
  const { value: letter, failure, again } = useRead<DeadLetterView>(api, `/dead-letters/${encodeURIComponent(id)}`);
  return (
    <>
      <p class="ops-back">
        <a href={linkToView('letters')}>{t('back')}</a>
      </p>
      <Head title={t('letter')} isLive={letter && failure === undefined} />
      {letter && <Letter letter={letter} />}
      {letter?.status === 'open' && <LetterActions {...{ api, show, letter, again }} />}
      {letter && <History letter={letter} />}
      {!letter && (failure ? <FailureState failure={failure} scope="operations" /> : <Skeleton />)}
    </>
  );
}

function Letter({ letter }: { letter: DeadLetterView }) {
  const t = useTexts(TEXTS);
  const { deadLetterId, status, fingerprint, message, subscriber } = letter;
  const line = useKeptFocus<HTMLDivElement>(status);
  return (
    <>
      <div class="ops-links ops-line" tabIndex={-1} ref={line}>
        <State of="letter" is={status} />
        {status === 'open' && (
          <a class="button strong" href={linkToView('redrives', { plan: 'new', ids: deadLetterId })}>
            {t('planRedrive')}
          </a>
        )}
        <a class="button" href={linkToView('groups', { group: fingerprint })}>
          {t('group')}
        </a>
      </div>
      <Facts
        facts={[
          { title: t('letter'), value: <span class="code">{deadLetterId}</span> },
          { title: t('subscriber'), value: <a href={linkToView('subscribers', { subscriber })}>{subscriber}</a> },
          ...useCause(letter),
          ...useOrigin(letter),
        ]}
      />
      {message && (
        <section class="ops-section">
          <h2>{t('messageOfLetter')}</h2>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls a long message. */}
          <pre class="ops-message" tabIndex={0}>
            {visibleText(indented(message))}
          </pre>
        </section>
      )}
    </>
  );
}

function useCause({ reason, detail, errorName, frames = [], release, attempts }: DeadLetterView) {
  const t = useTexts(TEXTS);
  return [
    { title: t('reason'), value: <span class="code">{reason}</span> },
    { title: t('detail'), value: <Foreign text={detail} /> },
    { title: t('error'), value: errorName && <Foreign text={errorName} /> },
    { title: t('frames'), value: frames.length > 0 && <Foreign text={frames.join(' · ')} /> },
    { title: t('release'), value: release && <Foreign text={release} /> },
    { title: t('attempts'), value: attempts },
  ];
}

function useOrigin(letter: DeadLetterView) {
  const t = useTexts(TEXTS);
  const { subject, messageType, tenant, correlationId, count, generation, owner, note } = letter;
  const { redriveId, editedFrom, editedTo, firstSeenAt, lastSeenAt, openedAt } = letter;
  const foreign = (text: string | undefined) => text && <Foreign text={text} />;
  const letterLink = (one: string | undefined) => one && <a href={linkToView('letters', { letter: one })}>{one}</a>;
  return [
    { title: t('about'), value: foreign(subject) },
    { title: t('type'), value: foreign(messageType) },
    { title: t('tenant'), value: foreign(tenant) },
    { title: t('correlation'), value: foreign(correlationId) },
    { title: t('firstSeen'), value: <Time at={firstSeenAt} /> },
    { title: t('lastSeen'), value: <Time at={lastSeenAt} /> },
    { title: t('openSince'), value: <Time at={openedAt} /> },
    { title: t('recorded'), value: t('times', { count }) },
    { title: t('generation'), value: generation },
    { title: t('owner'), value: foreign(owner) },
    { title: t('note'), value: foreign(note) },
    {
      title: t('redrive'),
      value: redriveId && <a href={linkToView('redrives', { redrive: redriveId })}>{redriveId}</a>,
    },
    { title: t('editedFrom'), value: letterLink(editedFrom) },
    { title: t('editedTo'), value: letterLink(editedTo) },
  ];
}

type Entry = DeadLetterView['history'][number];

function History({ letter: { history } }: { letter: DeadLetterView }) {
  const t = useTexts(TEXTS);
  const columns: Column<Entry>[] = [
    { title: t('what'), look: 'main', cell: ({ action }) => t.value('action', action) },
    { title: t('when'), cell: ({ at }) => <Time at={at} /> },
    { title: t('actor'), cell: ({ actor }) => <Foreign text={actor} /> },
    { title: t('reason'), cell: ({ reason }) => reason && <Foreign text={reason} /> },
    {
      title: t('redrive'),
      cell: ({ redriveId: redrive }) => redrive && <a href={linkToView('redrives', { redrive })}>{redrive}</a>,
    },
  ];
  return (
    <section class="ops-section">
      <h2>{t('history')}</h2>
      {history.length === 0 ? (
        <p class="note">{t('noHistory')}</p>
      ) : (
        <Table
          caption={t('history')}
          columns={columns}
          rows={history}
          keyOf={({ at, action, redriveId }) => `${at} ${action} ${redriveId}`}
        />
      )}
    </section>
  );
}
