import { useTexts } from '#console/base/context.ts';
import { Foreign } from '#console/parts/parts.tsx';
import type { DeadLetterView } from '#shared/dead-letter/responses.ts';
import { Age } from '../parts/age.tsx';
import { Head, Listed } from '../parts/listed.tsx';
import { type QueryField, QueryForm } from '../parts/query-form.tsx';
import { State } from '../parts/state.tsx';
import type { Column } from '../parts/table.tsx';
import { usePages } from '../parts/use-pages.ts';
import type { ViewProps } from '../view-props.ts';
import { linkToView, parametersIn } from '../views.ts';
import { LETTER_FILTERS, LETTER_STATUSES } from './filters.ts';
import { LetterDetails } from './letter-details.tsx';
import { TEXTS } from './texts.ts';

/** Dead letters with the filters of the URL, or the one that it names. */
export function LettersView({ query, ...props }: ViewProps) {
  const letter = query.get('letter');
  return letter ? <LetterDetails key={letter} id={letter} {...props} /> : <Letters query={query} {...props} />;
}

function Letters({ api, query, show }: ViewProps) {
  const t = useTexts(TEXTS);
  const filters = parametersIn(query, LETTER_FILTERS);
  const pages = usePages(api, `/dead-letters?${new URLSearchParams(filters)}`, pageOf, keyOf);
  const columns = useColumns();
  const { status, ...selection } = filters;
  const canPlan = (status ?? 'open') === 'open' && Object.keys(selection).length > 0 && pages.rows?.length;
  return (
    <>
      <Head title={t('view.letters')} isLive={pages.rows && pages.failure === undefined} />
      <p class="lead">{t('lettersLead')}</p>
      <QueryForm
        fields={useFields()}
        query={query}
        button={t('apply')}
        onApply={(given) => show(linkToView('letters', given))}
      />
      {canPlan ? (
        <div class="ops-links">
          <a class="button" href={linkToView('redrives', { plan: 'new', ...selection })}>
            {t('planThese')}
          </a>
        </div>
      ) : null}
      <Listed
        pages={pages}
        caption={t('view.letters')}
        columns={columns}
        keyOf={keyOf}
        empty={{ title: t('noneTitle'), lead: t('noneLead') }}
      />
    </>
  );
}

const keyOf = ({ deadLetterId }: DeadLetterView): string => deadLetterId;
const pageOf = ({ deadLetters, nextCursor }: { deadLetters: DeadLetterView[]; nextCursor?: string }) => ({
  rows: deadLetters,
  nextCursor,
});

function useFields(): QueryField[] {
  const t = useTexts(TEXTS);
  return [
    { name: 'status', label: t('status'), choices: LETTER_STATUSES.map((one) => [one, t(`letter.${one}`)]) },
    { name: 'subscriber', label: t('subscriber') },
    { name: 'reason', label: t('reason'), hint: 'GIVEN_UP' },
    { name: 'type', label: t('type') },
    { name: 'tenant', label: t('tenant') },
    { name: 'owner', label: t('owner') },
    { name: 'fingerprint', label: t('group') },
    { name: 'from', label: t('openSince'), kind: 'time' },
    { name: 'to', label: t('openUntil'), kind: 'time' },
  ];
}

function useColumns(): Column<DeadLetterView>[] {
  const t = useTexts(TEXTS);
  return [
    {
      title: t('failure'),
      look: 'main',
      cell: ({ deadLetterId, subscriber, reason, detail }) => (
        <>
          <a href={linkToView('letters', { letter: deadLetterId })}>
            <Foreign text={`${subscriber}: ${reason}`} />
          </a>
          <span class="sub">
            <Foreign text={detail} />
          </span>
        </>
      ),
    },
    { title: t('status'), cell: ({ status }) => <State of="letter" is={status} /> },
    { title: t('about'), cell: ({ subject }) => subject && <Foreign text={subject} /> },
    { title: t('tenant'), cell: ({ tenant }) => tenant && <Foreign text={tenant} /> },
    { title: t('attempts'), look: 'number', cell: ({ attempts }) => attempts },
    { title: t('since'), cell: ({ openedAt }) => <Age at={openedAt} /> },
  ];
}
