import { useLanguage, useTexts } from '#console/base/context.ts';
import { numberText } from '#console/base/times.ts';
import { Foreign, Time } from '#console/parts/parts.tsx';
import type { PlanView } from '#shared/redrive/responses.ts';
import { type Column, Table } from '../parts/table.tsx';
import { linkToView } from '../views.ts';
import { TEXTS } from './texts.ts';

const VERDICTS = ['handled', 'alreadyDone', 'unknown', 'dropped'] as const;

type Sample = PlanView['samples']['handled'][number];
type Verdict = { verdict: (typeof VERDICTS)[number]; count: number; samples: readonly Sample[] };

/** What the members of a plan would do, with examples. */
export function PlanSummary({ plan }: { plan: PlanView }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  const verdicts = VERDICTS.filter((one) => plan.counts[one] > 0).map(
    (verdict): Verdict => ({ verdict, count: plan.counts[verdict], samples: plan.samples[verdict] }),
  );
  return (
    <>
      <p>
        {t('membersFrozen', { count: numberText(plan.members, language) })} {t('frozenAt')} <Time at={plan.frozenAt} />
      </p>
      <Table caption={t('verdict')} columns={useVerdictColumns()} rows={verdicts} keyOf={({ verdict }) => verdict} />
      <Dropped plan={plan} />
      <Groups plan={plan} />
    </>
  );
}

function useVerdictColumns(): Column<Verdict>[] {
  const t = useTexts(TEXTS);
  return [
    { title: t('verdict'), look: 'main', cell: ({ verdict }) => t(`verdict.${verdict}`) },
    { title: t('members'), look: 'number', cell: ({ count }) => count },
    { title: t('examples'), cell: ({ samples }) => <Samples samples={samples} /> },
  ];
}

const Samples = ({ samples }: { samples: readonly Sample[] }) => (
  <ul class="ops-samples">
    {samples.map(({ deadLetterId, subject }) => (
      <li key={deadLetterId}>
        <a href={linkToView('letters', { letter: deadLetterId })}>
          <Foreign text={subject ?? deadLetterId} />
        </a>
      </li>
    ))}
  </ul>
);

function Dropped({ plan: { dropped } }: { plan: PlanView }) {
  const t = useTexts(TEXTS);
  if (dropped.length === 0) return null;
  const columns: Column<PlanView['dropped'][number]>[] = [
    {
      title: t('droppedBecause'),
      look: 'main',
      cell: ({ reason }) => (
        <>
          <span class="code">{reason}</span>
          <span class="sub">{t.value('dropped', reason) !== reason && t.value('dropped', reason)}</span>
        </>
      ),
    },
    { title: t('members'), look: 'number', cell: ({ count }) => count },
  ];
  return <Table caption={t('droppedBecause')} columns={columns} rows={dropped} keyOf={({ reason }) => reason} />;
}

function Groups({ plan: { groups } }: { plan: PlanView }) {
  const t = useTexts(TEXTS);
  const columns: Column<PlanView['groups'][number]>[] = [
    {
      title: t('group'),
      look: 'main',
      cell: ({ fingerprint, subscriber, reason }) => (
        <a href={linkToView('groups', { group: fingerprint })}>
          <Foreign text={`${subscriber}: ${reason}`} />
        </a>
      ),
    },
    { title: t('members'), look: 'number', cell: ({ members }) => members },
  ];
  const paused = groups.flatMap(({ subscriber, paused: pause }) => (pause ? [{ subscriber, ...pause }] : []));
  return (
    <>
      <Table caption={t('view.groups')} columns={columns} rows={groups} keyOf={({ fingerprint }) => fingerprint} />
      {paused.map(({ subscriber, actor, reason = '–' }) => (
        <p key={subscriber} class="ops-warning">
          {t('pausedGroup', { subscriber, actor, reason })}
        </p>
      ))}
    </>
  );
}
