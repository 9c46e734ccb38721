import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import { FailureState, Foreign, Skeleton, Time } from '#console/parts/parts.tsx';
import type { ReplayView } from '#shared/replay/responses.ts';
import { ActionForm } from '../parts/action-form.tsx';
import { Facts } from '../parts/facts.tsx';
import { Head } from '../parts/listed.tsx';
import { State } from '../parts/state.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { useChange } from '../parts/use-change.ts';
import { useRead } from '../parts/use-read.ts';
import { linkToView } from '../views.ts';
import { TEXTS } from './texts.ts';

const COUNTS = ['examined', 'messages', 'written', 'copied', 'deleted'] as const;

/** One replay and its progress, read again every two seconds. */
export function ReplayDetails({ api, id }: { api: Api; id: string }) {
  const t = useTexts(TEXTS);
  const path = `/replays/${encodeURIComponent(id)}`;
  const { value: replay, failure, again } = useRead<ReplayView>(api, path);
  const change = useChange(api);
  const stop = async (): Promise<boolean> => {
    const answer = await change.send({ path: `${path}/stop`, body: {} });
    await again();
    return answer !== undefined;
  };
  return (
    <>
      <p class="ops-back">
        <a href={linkToView('replays')}>{t('back')}</a>
      </p>
      <Head title={t('replay')} isLive={replay && failure === undefined} />
      {replay && <Replay replay={replay} />}
      {replay?.status === 'running' && (
        <div class="ops-actions">
          <ActionForm title={t('stop')} lead={t('stopLead')} change={change} onSend={stop} />
        </div>
      )}
      {replay && replay.skipped.count > 0 && <Skipped replay={replay} />}
      {!replay && (failure ? <FailureState failure={failure} scope="operations" /> : <Skeleton />)}
    </>
  );
}

function Replay({ replay }: { replay: ReplayView }) {
  const t = useTexts(TEXTS);
  const { replayId, projection, tenant, from, status, step, startedAt, switchedAt, endedAt, reason, counts } = replay;
  return (
    <>
      <div class="ops-links" role="status">
        <State of="replay" is={status} /> <span>{t.value('step', step)}</span>
      </div>
      <dl class="ops-counts">
        {COUNTS.map((name) => (
          <div key={name}>
            <dt>{t(`count.${name}`)}</dt>
            <dd>{counts[name]}</dd>
          </div>
        ))}
      </dl>
      <Facts
        facts={[
          { title: t('replay'), value: <span class="code">{replayId}</span> },
          { title: t('projection'), value: projection },
          { title: t('tenant'), value: tenant ? <Foreign text={tenant} /> : t('allTenants') },
          { title: t('from'), value: from && <Time at={from} /> },
          { title: t('started'), value: <Time at={startedAt} /> },
          { title: t('switched'), value: switchedAt && <Time at={switchedAt} /> },
          { title: t('ended'), value: endedAt && <Time at={endedAt} /> },
          { title: t('reason'), value: reason && <Foreign text={reason} /> },
        ]}
      />
    </>
  );
}

type SkippedMessage = ReplayView['skipped']['named'][number];

function Skipped({ replay: { skipped } }: { replay: ReplayView }) {
  const t = useTexts(TEXTS);
  const columns: Column<SkippedMessage>[] = [
    { title: t('about'), look: 'main', cell: ({ subject }) => <Foreign text={subject} /> },
    { title: t('tenant'), cell: ({ tenant }) => <Foreign text={tenant} /> },
    { title: t('reason'), cell: ({ reason }) => <Foreign text={reason} /> },
    { title: t('detail'), cell: ({ detail }) => <Foreign text={detail} /> },
  ];
  return (
    <section class="ops-section">
      <h2>{t('skipped')}</h2>
      <p class="note">{t('skippedLead', { count: skipped.count })}</p>
      <Table
        caption={t('skipped')}
        columns={columns}
        rows={skipped.named}
        keyOf={({ id, reason }) => `${id} ${reason}`}
      />
    </section>
  );
}
