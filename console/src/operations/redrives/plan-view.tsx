import { useState } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import type { PlanView as Plan, RedriveView } from '#shared/redrive/responses.ts';
import { Head } from '../parts/listed.tsx';
import { type QueryField, QueryForm } from '../parts/query-form.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { useChange } from '../parts/use-change.ts';
import type { ViewProps } from '../view-props.ts';
import { linkToView, parametersIn } from '../views.ts';
import { PLAN_DEFAULTS, planRequestOf, SELECTION_NAMES } from './plan-request.ts';
import { PlanSummary } from './plan-summary.tsx';
import { TEXTS } from './texts.ts';

const PARAMETERS = ['ids', ...SELECTION_NAMES, 'ratePerSecond', 'canary', 'stopAbove'] as const;

/** Plans a redrive: what would happen, and then the frozen plan. The selection and the terms are in the URL. */
export function PlanView({ api, query, show }: ViewProps) {
  const t = useTexts(TEXTS);
  const preview = useChange(api);
  const keeping = useChange(api);
  const [shown, setShown] = useState<{ given: string; plan: Plan }>();
  const given = parametersIn(query, PARAMETERS);
  const look = async (chosen: Record<string, string>): Promise<void> => {
    show(linkToView('redrives', { plan: 'new', ...chosen }));
    const body = { ...planRequestOf(chosen), dryRun: true };
    const answer = await preview.send<{ plan: Plan }>({ path: '/redrives', body });
    setShown(answer && { given: JSON.stringify(chosen), plan: answer.plan });
  };
  const keep = async (): Promise<void> => {
    if (keeping.isBusy) return;
    const kept = await keeping.send<RedriveView>({ path: '/redrives', body: planRequestOf(given) });
    if (kept) show(linkToView('redrives', { redrive: kept.redriveId }));
  };
  const isCurrent = shown?.given === JSON.stringify(given);
  return (
    <>
      <p class="ops-back">
        <a href={linkToView('redrives')}>{t('back')}</a>
      </p>
      <Head title={t('planRedrive')} />
      <p class="lead">{t('planLead')}</p>
      <QueryForm
        fields={useFields()}
        query={withDefaults(query)}
        button={t('preview')}
        isBusy={preview.isBusy}
        onApply={look}
      />
      <Refusal failure={preview.failure} />
      <div role="status">
        {shown && isCurrent && (
          <section class="ops-section">
            <h2>{t('previewTitle')}</h2>
            <PlanSummary plan={shown.plan} />
            <p class="note">{t('keepLead')}</p>
            <button type="button" class="button strong" aria-disabled={keeping.isBusy} onClick={keep}>
              {keeping.isBusy ? t('sending') : t('keep')}
            </button>
          </section>
        )}
      </div>
      <Refusal failure={keeping.failure} />
    </>
  );
}

/** The query with the terms that the API would use. */
const withDefaults = (query: URLSearchParams): URLSearchParams =>
  new URLSearchParams({ ...PLAN_DEFAULTS, ...Object.fromEntries(query) });

function useFields(): QueryField[] {
  const t = useTexts(TEXTS);
  return [
    { name: 'ids', label: t('ids') },
    { name: 'subscriber', label: t('subscriber') },
    { name: 'reason', label: t('reason') },
    { name: 'fingerprint', label: t('group') },
    { name: 'type', label: t('type') },
    { name: 'tenant', label: t('tenant') },
    { name: 'owner', label: t('owner') },
    { name: 'from', label: t('openSince'), kind: 'time' },
    { name: 'to', label: t('openUntil'), kind: 'time' },
    { name: 'ratePerSecond', label: t('rate'), kind: 'number' },
    { name: 'canary', label: t('canary') },
    { name: 'stopAbove', label: t('stopAbove'), kind: 'number' },
  ];
}
