import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import type { RedriveView } from '#shared/redrive/responses.ts';
import { ActionForm, type Field } from '../parts/action-form.tsx';
import { useChange } from '../parts/use-change.ts';
import { TEXTS } from './texts.ts';

type Props = { api: Api; redrive: RedriveView; again: () => Promise<boolean> };
type Action = 'start' | 'pause' | 'resume' | 'stop';

/** What can be done with a redrive, by its status. What sends messages is confirmed with typed words. */
export function RedriveActions(props: Props) {
  const t = useTexts(TEXTS);
  const { status, plan, counts } = props.redrive;
  const terms = useTerms(props.redrive);
  const { waiting, sent } = counts;
  return (
    <div class="ops-actions">
      {status === 'planned' && (
        <RedriveAction {...props} action="start" lead={terms} typed={`redrive ${plan.members}`} isOpen />
      )}
      {status === 'running' && <RedriveAction {...props} action="pause" lead={t('pauseLead')} hasReason />}
      {status === 'paused' && (
        <RedriveAction
          {...props}
          action="resume"
          lead={t('resumeLead', { waiting, sent })}
          typed={`resume ${waiting}`}
        />
      )}
      {(status === 'running' || status === 'paused') && (
        <RedriveAction {...props} action="stop" lead={t('stopLead')} hasReason />
      )}
    </div>
  );
}

type ActionProps = Props & { action: Action; lead: string; typed?: string; hasReason?: boolean; isOpen?: boolean };

function RedriveAction({ api, redrive, again, action, lead, typed, hasReason = false, isOpen = false }: ActionProps) {
  const t = useTexts(TEXTS);
  const change = useChange(api);
  const reasonField: Field = { name: 'reason', label: t('reasonOptional'), longest: 500, isOptional: true };
  const send = async ({ reason }: Readonly<Record<string, string>>): Promise<boolean> => {
    const path = `/redrives/${encodeURIComponent(redrive.redriveId)}/${action}`;
    const answer = await change.send({ path, body: reason?.trim() ? { reason: reason.trim() } : {} });
    // After a refusal, it shows what another person did.
    await again();
    return answer !== undefined;
  };
  return (
    <ActionForm
      title={t(action)}
      {...{ lead, change, isOpen }}
      {...(typed !== undefined && { typed })}
      fields={hasReason ? [reasonField] : []}
      onSend={send}
    />
  );
}

/** How it would be sent: rate, steps, and when it stops by itself. */
function useTerms({ ratePerSecond: rate, canary, stopAbove, plan }: RedriveView): string {
  const t = useTexts(TEXTS);
  const sizes = canary.filter((size) => size < plan.members);
  const steps = sizes.length === 0 ? t('allAtOnce') : t('firstSteps', { sizes: sizes.join(', ') });
  return t('terms', { steps, rate, percent: Math.round(stopAbove * 100) });
}
