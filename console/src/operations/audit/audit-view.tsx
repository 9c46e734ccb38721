import { useTexts } from '#console/base/context.ts';
import { Foreign, Time } from '#console/parts/parts.tsx';
import type { AuditEntryView } from '#shared/dead-letter/responses.ts';
import { Head, Listed } from '../parts/listed.tsx';
import { QueryForm } from '../parts/query-form.tsx';
import type { Column } from '../parts/table.tsx';
import { usePages } from '../parts/use-pages.ts';
import type { ViewProps } from '../view-props.ts';
import { linkToView, parametersIn } from '../views.ts';
import { TEXTS } from './texts.ts';

/** What operators did, in the time that the URL names. */
export function AuditView({ api, query, show }: ViewProps) {
  const t = useTexts(TEXTS);
  const range = parametersIn(query, ['from', 'to']);
  const pages = usePages(api, `/audit?${new URLSearchParams(range)}`, pageOf, keyOf);
  return (
    <>
      <Head title={t('view.audit')} isLive={pages.rows && pages.failure === undefined} />
      <p class="lead">{t('auditLead')}</p>
      <QueryForm
        fields={[
          { name: 'from', label: t('doneSince'), kind: 'time' },
          { name: 'to', label: t('doneBefore'), kind: 'time' },
        ]}
        query={query}
        button={t('apply')}
        onApply={(given) => show(linkToView('audit', given))}
      />
      <Listed
        pages={pages}
        caption={t('view.audit')}
        columns={useColumns()}
        keyOf={keyOf}
        empty={{ title: t('noneTitle'), lead: t('noneLead') }}
      />
    </>
  );
}

const keyOf = ({ auditId }: AuditEntryView): string => auditId;
const pageOf = ({ entries, nextCursor }: { entries: AuditEntryView[]; nextCursor?: string }) => ({
  rows: entries,
  nextCursor,
});

function useColumns(): Column<AuditEntryView>[] {
  const t = useTexts(TEXTS);
  return [
    { title: t('what'), look: 'main', cell: ({ action }) => t.value('action', action) },
    { title: t('when'), cell: ({ at }) => <Time at={at} /> },
    { title: t('actor'), cell: ({ actor }) => <Foreign text={actor} /> },
    { title: t('count'), look: 'number', cell: ({ count }) => count },
    { title: t('about'), cell: (entry) => <About entry={entry} /> },
    { title: t('reason'), cell: ({ reason }) => reason && <Foreign text={reason} /> },
  ];
}

/** What an entry is about, as links. */
function About({ entry }: { entry: AuditEntryView }) {
  const t = useTexts(TEXTS);
  const { subscriber, deadLetterId, editedTo, redriveId, fingerprint, owner, note } = entry;
  const described = [
    owner !== undefined && `${t('owner')}: ${owner ?? t('removed')}`,
    note !== undefined && `${t('note')}: ${note ?? t('removed')}`,
  ].filter(Boolean);
  return (
    <>
      {subscriber && <a href={linkToView('subscribers', { subscriber })}>{subscriber}</a>}
      {deadLetterId && <Letter id={deadLetterId} />} {editedTo && <Letter id={editedTo} />}
      {redriveId && (
        <a class="code" href={linkToView('redrives', { redrive: redriveId })}>
          {redriveId}
        </a>
      )}
      {fingerprint && (
        <a class="code" href={linkToView('groups', { group: fingerprint })}>
          {fingerprint}
        </a>
      )}
      {described.length > 0 && (
        <span class="sub">
          <Foreign text={described.join(' · ')} />
        </span>
      )}
    </>
  );
}

const Letter = ({ id }: { id: string }) => (
  <a class="code" href={linkToView('letters', { letter: id })}>
    {id}
  </a>
);
