import { useId } from 'preact/hooks';
import { useLanguage, useTexts } from '#console/base/context.ts';
import { durationText, numberText } from '#console/base/times.ts';
import type { RedriveView } from '#shared/redrive/responses.ts';
import { State } from '../parts/state.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { endedMembers, percentEnded } from './progress.ts';
import { TEXTS } from './texts.ts';

const COUNTS = ['resolved', 'failedAgain', 'sent', 'skipped', 'unknown', 'waiting'] as const;

/** How far a redrive is: what became of its members, and the verdict of each step. */
export function RedriveProgress({ redrive }: { redrive: RedriveView }) {
  const t = useTexts(TEXTS);
  const id = useId();
  const { plan, counts } = redrive;
  const percent = percentEnded(redrive);
  return (
    <section class="ops-section">
      <h2 id={id}>{t('progress')}</h2>
      <div class="ops-progress">
        <progress aria-labelledby={id} max={100} value={percent} />
        <span>{t('progressText', { percent, ended: endedMembers(redrive), members: plan.members })}</span>
      </div>
      <Pace redrive={redrive} />
      <dl class="ops-counts">
        {COUNTS.map((name) => (
          <div key={name} data-tone={name === 'failedAgain' && counts[name] > 0 ? 'bad' : undefined}>
            <dt>{t(`count.${name}`)}</dt>
            <dd>{counts[name]}</dd>
          </div>
        ))}
      </dl>
      <Steps redrive={redrive} />
    </section>
  );
}

/** How fast it is, how long it takes, and what it waits for. */
function Pace({ redrive }: { redrive: RedriveView }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  const {
    status,
    ratePerSecond: rate,
    remainingSeconds,
    waitsForSubscribers: names = [],
    waitsBecause: code,
  } = redrive;
  if (status !== 'running') return null;
  const hasBegun = redrive.counts.waiting < redrive.plan.members;
  return (
    <>
      <p class="note">
        {t('ratePerSecond', { rate })}
        {remainingSeconds !== undefined &&
          ` · ${t('remaining', { duration: durationText(remainingSeconds * 1000, language) })}`}
        {!hasBegun && ` · ${t('startsSoon')}`}
      </p>
      {names.length > 0 && <p class="ops-warning">{t('waitsForSubscribers', { names: names.join(', ') })}</p>}
      {code && <p class="ops-warning">{t('waitsBecause', { code })}</p>}
    </>
  );
}

type Step = RedriveView['steps'][number] & { number: number };

function Steps({ redrive: { steps } }: { redrive: RedriveView }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  const columns: Column<Step>[] = [
    { title: t('step'), look: 'main', cell: ({ number }) => t('stepNumber', { number }) },
    { title: t('members'), look: 'number', cell: ({ size }) => size },
    { title: t('verdictOfStep'), cell: ({ status }) => <State of="step" is={status} /> },
    {
      title: t('share'),
      look: 'number',
      cell: ({ share }) => (share === undefined ? undefined : `${numberText(share * 100, language)} %`),
    },
    { title: t('count.resolved'), look: 'number', cell: ({ resolved }) => resolved },
    { title: t('failedAgain'), look: 'number', cell: ({ failedAgain }) => failedAgain },
    { title: t('pending'), look: 'number', cell: ({ pending }) => pending },
  ];
  const rows = steps.map((step, index) => ({ ...step, number: index + 1 }));
  return <Table caption={t('steps')} columns={columns} rows={rows} keyOf={({ number }) => String(number)} />;
}
