import { useTexts } from '#console/base/context.ts';
import { Foreign } from '#console/parts/parts.tsx';
import type { RedriveView } from '#shared/redrive/responses.ts';
import { Age } from '../parts/age.tsx';
import { Head, Listed, wholeList } from '../parts/listed.tsx';
import { State } from '../parts/state.tsx';
import type { Column } from '../parts/table.tsx';
import { useRead } from '../parts/use-read.ts';
import type { ViewProps } from '../view-props.ts';
import { linkToView } from '../views.ts';
import { PlanView } from './plan-view.tsx';
import { endedMembers } from './progress.ts';
import { RedriveDetails } from './redrive-details.tsx';
import { TEXTS } from './texts.ts';

/** The latest redrives, the one that the URL names, or the planning of another one. */
export function RedrivesView(props: ViewProps) {
  const redrive = props.query.get('redrive');
  if (redrive) return <RedriveDetails key={redrive} id={redrive} api={props.api} />;
  return props.query.has('plan') ? <PlanView {...props} /> : <Redrives {...props} />;
}

function Redrives({ api }: ViewProps) {
  const t = useTexts(TEXTS);
  const { value, failure } = useRead<{ redrives: RedriveView[] }>(api, '/redrives');
  return (
    <>
      <Head title={t('view.redrives')} isLive={value && failure === undefined} />
      <p class="lead">{t('redrivesLead')}</p>
      <div class="ops-links">
        <a class="button strong" href={linkToView('redrives', { plan: 'new' })}>
          {t('planRedrive')}
        </a>
      </div>
      <Listed
        pages={wholeList(value?.redrives, failure)}
        caption={t('view.redrives')}
        columns={useColumns()}
        keyOf={({ redriveId }) => redriveId}
        empty={{ title: t('noneTitle'), lead: t('noneLead') }}
      />
    </>
  );
}

function useColumns(): Column<RedriveView>[] {
  const t = useTexts(TEXTS);
  return [
    {
      title: t('redrive'),
      look: 'main',
      cell: ({ redriveId }) => (
        <a class="code" href={linkToView('redrives', { redrive: redriveId })}>
          {redriveId}
        </a>
      ),
    },
    { title: t('status'), cell: ({ status }) => <State of="redrive" is={status} /> },
    { title: t('planned'), cell: ({ createdAt }) => <Age at={createdAt} /> },
    {
      title: t('ended'),
      cell: (one) => t('endedOf', { ended: endedMembers(one), members: one.plan.members }),
    },
    { title: t('failedAgain'), look: 'number', cell: ({ counts }) => counts.failedAgain },
    { title: t('actor'), cell: ({ actor }) => <Foreign text={actor} /> },
    {
      title: t('because'),
      cell: ({ stoppedBecause, pausedBecause }) => {
        const because = stoppedBecause ?? pausedBecause;
        return because && <Foreign text={because} />;
      },
    },
  ];
}
