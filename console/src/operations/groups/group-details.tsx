import { useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import type { Failure } from '#console/base/failure.ts';
import { FailureState, Foreign, Placeholder, Skeleton, Time } from '#console/parts/parts.tsx';
import type { AutomaticRedriveView, DeadLetterGroupView } from '#shared/dead-letter/responses.ts';
import { ActionForm } from '../parts/action-form.tsx';
import { Facts } from '../parts/facts.tsx';
import { Head } from '../parts/listed.tsx';
import { State } from '../parts/state.tsx';
import { useChange } from '../parts/use-change.ts';
import { linkToView } from '../views.ts';
import { TEXTS } from './texts.ts';

type Props = {
  api: Api;
  fingerprint: string;
  value: { groups: readonly DeadLetterGroupView[] } | undefined;
  failure: Failure | undefined;
  again: () => Promise<boolean>;
};

/** One group: its cause, who takes care of it, and what can be done. */
export function GroupDetails({ api, fingerprint, value, failure, again }: Props) {
  const t = useTexts(TEXTS);
  const group = value?.groups.find((one) => one.fingerprint === fingerprint);
  return (
    <>
      <p class="ops-back">
        <a href={linkToView('groups')}>{t('back')}</a>
      </p>
      <Head
        title={group ? `${group.subscriber}: ${group.reason}` : t('group')}
        isLive={value && failure === undefined}
      />
      {group && <Group group={group} />}
      {group && <Describe key={`${group.owner} ${group.note}`} {...{ api, group, again }} />}
      {!value && (failure ? <FailureState failure={failure} scope="operations" /> : <Skeleton />)}
      {value && !group && (
        <Placeholder icon="check" title={t('groupGoneTitle')}>
          {t('groupGoneLead')}
        </Placeholder>
      )}
    </>
  );
}

function Group({ group }: { group: DeadLetterGroupView }) {
  const t = useTexts(TEXTS);
  const { fingerprint, subscriber, count, errorName, frames = [], firstSeenAt, lastSeenAt, owner, note } = group;
  const { example, automaticRedrive } = group;
  return (
    <>
      <div class="ops-links">
        <a class="button strong" href={linkToView('redrives', { plan: 'new', fingerprint })}>
          {t('planRedrive')}
        </a>
        <a class="button" href={linkToView('letters', { fingerprint })}>
          {t('showLetters')}
        </a>
      </div>
      <Facts
        facts={[
          { title: t('group'), value: <span class="code">{fingerprint}</span> },
          { title: t('subscriber'), value: <a href={linkToView('subscribers', { subscriber })}>{subscriber}</a> },
          { title: t('open'), value: count },
          { title: t('error'), value: errorName && <Foreign text={errorName} /> },
          { title: t('frames'), value: frames.length > 0 && <Foreign text={frames.join(' · ')} /> },
          { title: t('oldest'), value: <Time at={firstSeenAt} /> },
          { title: t('latest'), value: <Time at={lastSeenAt} /> },
          { title: t('example'), value: <a href={linkToView('letters', { letter: example })}>{example}</a> },
          { title: t('owner'), value: owner && <Foreign text={owner} /> },
          { title: t('note'), value: note && <Foreign text={note} /> },
          { title: t('automaticRedrive'), value: automaticRedrive && <Automatic redrive={automaticRedrive} /> },
        ]}
      />
    </>
  );
}

/** How far the automatic redrives of a group are, and what they leave for a person. */
function Automatic({ redrive: { status, because, left = [], redriveId } }: { redrive: AutomaticRedriveView }) {
  const t = useTexts(TEXTS);
  return (
    <>
      <State of="automatic" is={status} /> {because && <Foreign text={because} />}{' '}
      {left.length > 0 && t('automaticLeft', { left: left.map((one) => `${one.count} ${one.reason}`).join(', ') })}{' '}
      {redriveId && <a href={linkToView('redrives', { redrive: redriveId })}>{redriveId}</a>}
    </>
  );
}

function Describe({ api, group, again }: { api: Api; group: DeadLetterGroupView; again: () => Promise<boolean> }) {
  const t = useTexts(TEXTS);
  const change = useChange(api);
  const [isStored, setStored] = useState(false);
  const send = async ({ owner = '', note = '' }: Readonly<Record<string, string>>): Promise<boolean> => {
    const path = `/dead-letters/groups/${encodeURIComponent(group.fingerprint)}`;
    const body = { owner: owner.trim() || null, note: note.trim() || null };
    const isDone = (await change.send<object>({ method: 'PATCH', path, body })) !== undefined;
    setStored(isDone);
    if (isDone) await again();
    return isDone;
  };
  const fields = [
    { name: 'owner', label: t('ownerField'), longest: 100, initial: group.owner, isOptional: true },
    { name: 'note', label: t('noteField'), longest: 1000, initial: group.note, isOptional: true, lines: 3 },
  ];
  return (
    <>
      <p role="status">{isStored && t('described')}</p>
      <ActionForm title={t('describe')} lead={t('describeLead')} fields={fields} change={change} onSend={send} />
    </>
  );
}
