import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import type { Failure } from '#console/base/failure.ts';
import { FailureState, Foreign, Placeholder, Skeleton, Time } from '#console/parts/parts.tsx';
import type { SubscriberView } from '#shared/lane/responses.ts';
import { ActionForm } from '../parts/action-form.tsx';
import { Facts } from '../parts/facts.tsx';
import { Head } from '../parts/listed.tsx';
import { State } from '../parts/state.tsx';
import { useChange } from '../parts/use-change.ts';
import { useKeptFocus } from '../parts/use-kept-focus.ts';
import { linkToView } from '../views.ts';
import { TEXTS } from './texts.ts';

type Props = {
  api: Api;
  name: string;
  value: { subscribers: readonly SubscriberView[] } | undefined;
  failure: Failure | undefined;
  again: () => Promise<boolean>;
};

/** One subscriber: what waits, who paused it, and pausing and resuming it. */
export function SubscriberDetails({ api, name, value, failure, again }: Props) {
  const t = useTexts(TEXTS);
  const found = value?.subscribers.find(({ subscriber }) => subscriber === name);
  return (
    <>
      <p class="ops-back">
        <a href={linkToView('subscribers')}>{t('back')}</a>
      </p>
      <Head title={name} isLive={value && failure === undefined} />
      {found && <Subscriber subscriber={found} />}
      {found && <SubscriberActions {...{ api, subscriber: found, again }} />}
      {!value && (failure ? <FailureState failure={failure} scope="operations" /> : <Skeleton />)}
      {value && !found && (
        <Placeholder icon="question" title={t('goneTitle')}>
          {t('goneLead')}
        </Placeholder>
      )}
    </>
  );
}

function Subscriber({ subscriber: found }: { subscriber: SubscriberView }) {
  const t = useTexts(TEXTS);
  const { subscriber, state, pause, waiting, waitingSince, inFlight, delayed, inPerMinute, outPerMinute } = found;
  const { dead, circuit } = found;
  const line = useKeptFocus<HTMLDivElement>(pause ? 'paused' : 'running');
  const paused = pause && [
    { title: t('pausedSince'), value: <Time at={pause.since} /> },
    { title: t('pausedBy'), value: <Foreign text={pause.actor} /> },
    { title: t('reason'), value: pause.reason && <Foreign text={pause.reason} /> },
    { title: t('owner'), value: pause.owner && <Foreign text={pause.owner} /> },
    { title: t('losesFrom'), value: <Time at={pause.losesMessagesFrom} /> },
  ];
  return (
    <>
      <div class="ops-links ops-line" role="status" tabIndex={-1} ref={line}>
        <State of="subscriber" is={state} />
      </div>
      <Facts
        facts={[
          ...(paused ?? []),
          { title: t('waitingNow'), value: waiting },
          { title: t('waitingSince'), value: waitingSince && <Time at={waitingSince} /> },
          { title: t('inFlight'), value: inFlight },
          { title: t('delayed'), value: delayed },
          { title: t('inOut'), value: `${inPerMinute ?? '?'} / ${outPerMinute ?? '?'}` },
          { title: t('dead'), value: <a href={linkToView('letters', { subscriber })}>{dead.count}</a> },
          {
            title: t('circuit'),
            value: circuit && (
              <>
                {t.value('circuit', circuit.status)} {circuit.because && <Foreign text={circuit.because} />}
              </>
            ),
          },
        ]}
      />
    </>
  );
}

type ActionProps = { api: Api; subscriber: SubscriberView; again: () => Promise<boolean> };

function SubscriberActions({ api, subscriber: { subscriber, pause }, again }: ActionProps) {
  const t = useTexts(TEXTS);
  const change = useChange(api);
  const action = pause ? 'resume' : 'pause';
  const send = async ({ reason = '', owner = '' }: Readonly<Record<string, string>>): Promise<boolean> => {
    const body = { ...(reason.trim() && { reason: reason.trim() }), ...(owner.trim() && { owner: owner.trim() }) };
    const answer = await change.send({ path: `/subscribers/${encodeURIComponent(subscriber)}/${action}`, body });
    // After a refusal, it shows what another person did.
    await again();
    return answer !== undefined;
  };
  const toPause = [
    { name: 'reason', label: t('reasonToGive'), longest: 500 },
    { name: 'owner', label: t('ownerField'), longest: 100, isOptional: true },
  ];
  const toResume = [{ name: 'reason', label: t('reasonOptional'), longest: 500, isOptional: true }];
  return (
    <div class="ops-actions">
      <ActionForm
        key={action}
        title={t(action)}
        lead={t(`lead.${action}`)}
        fields={pause ? toResume : toPause}
        {...(pause && { typed: `resume ${subscriber}` })}
        change={change}
        onSend={send}
      />
    </div>
  );
}
