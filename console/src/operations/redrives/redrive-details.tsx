import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import { FailureState, Foreign, Skeleton, Time } from '#console/parts/parts.tsx';
import type { RedriveProgressView } from '#shared/redrive/responses.ts';
import { Facts } from '../parts/facts.tsx';
import { Head, Listed } from '../parts/listed.tsx';
import { State } from '../parts/state.tsx';
import type { Column } from '../parts/table.tsx';
import { useKeptFocus } from '../parts/use-kept-focus.ts';
import { type Page, type Pages, usePages } from '../parts/use-pages.ts';
import { linkToView } from '../views.ts';
import { PlanSummary } from './plan-summary.tsx';
import { RedriveActions } from './redrive-actions.tsx';
import { RedriveProgress } from './redrive-progress.tsx';
import { TEXTS } from './texts.ts';

/** One redrive: its plan before the start, and then its progress, read again every two seconds. */
export function RedriveDetails({ api, id }: { api: Api; id: string }) {
  const t = useTexts(TEXTS);
  const path = `/redrives/${encodeURIComponent(id)}`;
  const members = usePages<RedriveProgressView, NotResolvedMember>(api, path, notResolvedIn, keyOf);
  const { value: redrive, failure, again } = members;
  return (
    <>
      <p class="ops-back">
        <a href={linkToView('redrives')}>{t('back')}</a>
      </p>
      <Head title={t('redrive')} isLive={redrive && failure === undefined} />
      {redrive && (
        <>
          <Summary redrive={redrive} />
          {redrive.status !== 'planned' && <RedriveProgress redrive={redrive} />}
          <RedriveActions {...{ api, redrive, again }} />
          <NotResolved members={members} />
          <section class="ops-section">
            <h2>{t('plan')}</h2>
            <PlanSummary plan={redrive.plan} />
          </section>
        </>
      )}
      {!redrive && (failure ? <FailureState failure={failure} scope="operations" /> : <Skeleton />)}
    </>
  );
}

function Summary({ redrive }: { redrive: RedriveProgressView }) {
  const t = useTexts(TEXTS);
  const { redriveId, status, actor, createdAt, startedAt, endedAt, selection } = redrive;
  const line = useKeptFocus<HTMLDivElement>(status);
  const because = redrive.stoppedBecause ?? redrive.pausedBecause;
  const selected = Object.entries(selection).map(([name, value]) => `${name}: ${[value].flat().join(', ')}`);
  return (
    <>
      <div class="ops-links ops-line" role="status" tabIndex={-1} ref={line}>
        <State of="redrive" is={status} />
        {because && <Foreign text={because} />}
      </div>
      <Facts
        facts={[
          { title: t('redrive'), value: <span class="code">{redriveId}</span> },
          { title: t('plannedBy'), value: <Foreign text={actor} /> },
          { title: t('planned'), value: <Time at={createdAt} /> },
          { title: t('startedAt'), value: startedAt && <Time at={startedAt} /> },
          { title: t('endedAt'), value: endedAt && <Time at={endedAt} /> },
          { title: t('selection'), value: <Foreign text={selected.join(' · ')} /> },
        ]}
      />
    </>
  );
}

type NotResolvedMember = { deadLetterId: string; result: 'failedAgain' | 'skipped'; reason: string; detail?: string };

const keyOf = ({ deadLetterId, result }: NotResolvedMember): string => `${result} ${deadLetterId}`;

const notResolvedIn = ({ failedAgain, skipped, nextCursor }: RedriveProgressView): Page<NotResolvedMember> => ({
  rows: [
    ...failedAgain.map((member) => ({ ...member, result: 'failedAgain' as const })),
    ...skipped.map((member) => ({ ...member, result: 'skipped' as const })),
  ],
  nextCursor,
});

/** Members that failed again or were skipped, and why. A page of the stage may name none although later ones do. */
function NotResolved({ members }: { members: Pages<NotResolvedMember> }) {
  const t = useTexts(TEXTS);
  if (members.rows?.length === 0 && !members.hasMore) return null;
  const columns: Column<NotResolvedMember>[] = [
    {
      title: t('letter'),
      look: 'main',
      cell: ({ deadLetterId: letter }) => (
        <a class="code" href={linkToView('letters', { letter })}>
          {letter}
        </a>
      ),
    },
    { title: t('result'), cell: ({ result }) => t(`count.${result}`) },
    { title: t('reason'), cell: ({ reason }) => <Foreign text={reason} /> },
    { title: t('detail'), cell: ({ detail }) => detail && <Foreign text={detail} /> },
  ];
  return (
    <section class="ops-section">
      <h2>{t('notResolved')}</h2>
      <Listed pages={members} caption={t('notResolved')} columns={columns} keyOf={keyOf} empty={NO_MEMBERS} />
    </section>
  );
}

/** Not shown: without members, the section is left out. */
const NO_MEMBERS = { title: '', lead: '' };
