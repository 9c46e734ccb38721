import { useTexts } from '#console/base/context.ts';
import { Foreign } from '#console/parts/parts.tsx';
import type { ReplayView } from '#shared/replay/responses.ts';
import { ActionForm } from '../parts/action-form.tsx';
import { Age } from '../parts/age.tsx';
import { Head, Listed, wholeList } from '../parts/listed.tsx';
import { State } from '../parts/state.tsx';
import type { Column } from '../parts/table.tsx';
import { useChange } from '../parts/use-change.ts';
import { useRead } from '../parts/use-read.ts';
import type { ViewProps } from '../view-props.ts';
import { linkToView } from '../views.ts';
import { ReplayDetails } from './replay-details.tsx';
import { TEXTS } from './texts.ts';

/** The latest replays, or the one that the URL names. */
export function ReplaysView({ query, api, show }: ViewProps) {
  const replay = query.get('replay');
  return replay ? <ReplayDetails key={replay} id={replay} api={api} /> : <Replays api={api} show={show} />;
}

function Replays({ api, show }: Pick<ViewProps, 'api' | 'show'>) {
  const t = useTexts(TEXTS);
  const { value, failure } = useRead<{ replays: ReplayView[] }>(api, '/replays');
  return (
    <>
      <Head title={t('view.replays')} isLive={value && failure === undefined} />
      <p class="lead">{t('replaysLead')}</p>
      <Start api={api} show={show} />
      <Listed
        pages={wholeList(value?.replays, failure)}
        caption={t('view.replays')}
        columns={useColumns()}
        keyOf={({ replayId }) => replayId}
        empty={{ title: t('noneTitle'), lead: t('noneLead') }}
      />
    </>
  );
}

function Start({ api, show }: Pick<ViewProps, 'api' | 'show'>) {
  const t = useTexts(TEXTS);
  const change = useChange(api);
  const send = async ({ tenant = '' }: Readonly<Record<string, string>>): Promise<boolean> => {
    const body = { projection: 'orders', ...(tenant.trim() && { tenant: tenant.trim() }) };
    const replay = await change.send<ReplayView>({ path: '/replays', body });
    if (replay) show(linkToView('replays', { replay: replay.replayId }));
    return replay !== undefined;
  };
  return (
    <div class="ops-actions">
      <ActionForm
        title={t('start')}
        lead={t('startLead')}
        fields={[{ name: 'tenant', label: t('tenantField'), longest: 100, isOptional: true }]}
        typed="replay orders"
        change={change}
        onSend={send}
      />
    </div>
  );
}

function useColumns(): Column<ReplayView>[] {
  const t = useTexts(TEXTS);
  return [
    {
      title: t('replay'),
      look: 'main',
      cell: ({ replayId }) => (
        <a class="code" href={linkToView('replays', { replay: replayId })}>
          {replayId}
        </a>
      ),
    },
    { title: t('status'), cell: ({ status }) => <State of="replay" is={status} /> },
    { title: t('step'), cell: ({ step }) => t.value('step', step) },
    { title: t('projection'), cell: ({ projection }) => projection },
    { title: t('tenant'), cell: ({ tenant }) => (tenant ? <Foreign text={tenant} /> : t('allTenants')) },
    { title: t('started'), cell: ({ startedAt }) => <Age at={startedAt} /> },
  ];
}
