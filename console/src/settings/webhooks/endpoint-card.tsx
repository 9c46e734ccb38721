import { useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import type { Failure, Fault } from '#console/base/failure.ts';
import { Foreign, Time } from '#console/parts/parts.tsx';
import type { EndpointView } from '#shared/webhook/responses.ts';
import { Faults } from '../fields.tsx';
import { FormProvider, focusField } from '../form-context.ts';
import { Confirmed } from './confirmed.tsx';
import { Deliveries } from './deliveries.tsx';
import { EndpointConflict } from './endpoint-conflict.tsx';
import { EndpointFieldset } from './endpoint-fieldset.tsx';
import { EndpointTest } from './endpoint-test.tsx';
import { EMPTY, type EndpointDraft, type EventType, faultsOf, fieldsOf, NEW, overtakenBy } from './endpoints.ts';
import { Refusal } from './refusal.tsx';
import { TEXTS } from './texts.ts';
import type { UsedEndpoints } from './use-endpoints.ts';

type Props = {
  api: Api;
  used: UsedEndpoints;
  offered: readonly EventType[];
  mayWrite: boolean;
  /** The `endpointId`, or `NEW`. */
  name: string;
  /** Its place in the list that is saved. */
  index: number;
  /** Absent: it is being added, or another person has removed it. */
  endpoint?: EndpointView;
  draft: EndpointDraft | undefined;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
  onRemoved: () => void;
};

/** An endpoint with its form, its secrets and its last deliveries. */
export function EndpointCard(props: Props) {
  const { name, endpoint, draft, isOpen, mayWrite, onToggle } = props;
  const t = useTexts(TEXTS);
  const edited = useEdited(props);
  return (
    <FormProvider value={{ faults: edited.faults, isReadOnly: !mayWrite }}>
      <details
        class="override"
        open={isOpen}
        data-faulty={edited.faults.length > 0}
        onToggle={({ currentTarget }) => onToggle(currentTarget.open)}
      >
        <summary>
          <strong>{name === NEW ? t('newEndpoint') : <Foreign text={name} />}</strong>
          {endpoint && <Foreign text={endpoint.url} />}
          <span class="tags">
            {draft && <span class="tag off">{t('unsaved')}</span>}
            {endpoint && <State endpoint={endpoint} />}
          </span>
        </summary>
        {isOpen && <EndpointForm {...props} edited={edited} />}
      </details>
    </FormProvider>
  );
}

/** What became of the latest change. */
type Attempt = 'saved' | Failure;

type Edited = ReturnType<typeof useEdited>;

/** The draft of the endpoint, and what became of the latest change. */
function useEdited({ used, name, index, endpoint, draft }: Props) {
  const [attempt, setAttempt] = useState<Attempt>();
  const overtaken = endpoint && draft ? overtakenBy(draft, fieldsOf(endpoint)) : [];
  return {
    shown: draft ?? (endpoint ? { base: fieldsOf(endpoint), mine: fieldsOf(endpoint) } : EMPTY),
    attempt,
    faults: refusedFields(attempt, index, name),
    overtaken,
    isReady: draft !== undefined && used.busy === undefined && overtaken.length === 0,
    change: (next: EndpointDraft | undefined): void => {
      setAttempt(undefined);
      used.setDraft(name, next);
    },
    /** The first field with a fault gets the focus. */
    take: (failure: Failure | undefined): void => {
      setAttempt(failure ?? 'saved');
      const [first] = refusedFields(failure, index, name);
      if (first) requestAnimationFrame(() => focusField(first.path));
    },
  };
}

const refusedFields = (attempt: Attempt | undefined, index: number, name: string): Fault[] =>
  typeof attempt === 'object' && attempt.kind === 'problem' ? faultsOf(attempt.faults ?? [], index, name) : [];

type FormProps = Props & { edited: Edited };

function EndpointForm({ edited, ...props }: FormProps) {
  const { used, offered, mayWrite, name, draft } = props;
  const { shown, attempt, faults, isReady, change, take } = edited;
  const t = useTexts(TEXTS);
  const save = (event: Event): void => {
    event.preventDefault();
    if (isReady && draft) void used.save(name, draft).then(take);
  };
  return (
    <form class="override-fields endpoint" noValidate onSubmit={save}>
      <Overtaken {...props} edited={edited} />
      <EndpointFieldset
        path={`/${name}`}
        isNew={name === NEW}
        fields={shown.mine}
        offered={offered}
        onChange={(mine) => change({ ...shown, mine })}
      />
      <Faults faults={faults.filter(({ path }) => path === `/${name}`)} />
      <div role="alert">
        {attempt && attempt !== 'saved' && <Refusal failure={attempt} faultCount={faults.length} />}
      </div>
      {mayWrite && <Buttons {...props} edited={edited} />}
      <p role="status">{attempt === 'saved' && !draft ? t('endpointSaved') : ''}</p>
      <Received {...props} />
    </form>
  );
}

/** What another person has done to the endpoint while this one was editing it. */
function Overtaken({ name, endpoint, draft, edited: { overtaken, change } }: FormProps) {
  const t = useTexts(TEXTS);
  if (!endpoint) return name === NEW ? null : <p class="warning">{t('removedTitle')}</p>;
  if (!draft || overtaken.length === 0) return null;
  return <EndpointConflict draft={draft} theirs={fieldsOf(endpoint)} fields={overtaken} onDecide={change} />;
}

/** What an endpoint has received, and signed by which secrets. */
function Received({ api, endpoint, draft, mayWrite }: Props) {
  if (!endpoint) return null;
  return (
    <>
      <Secrets endpoint={endpoint} />
      {mayWrite && (
        <EndpointTest
          api={api}
          endpointId={endpoint.endpointId}
          isEnabled={endpoint.enabled}
          hasDraft={draft !== undefined}
        />
      )}
      <Deliveries api={api} endpointId={endpoint.endpointId} />
    </>
  );
}

function Buttons({ used, name, endpoint, draft, edited: { isReady, change, take }, onRemoved }: FormProps) {
  const t = useTexts(TEXTS);
  const remove = async (removed: EndpointView): Promise<void> => {
    const failure = await used.remove(removed);
    if (failure) take(failure);
    else onRemoved();
  };
  return (
    <div class="row">
      <button type="submit" class="button strong" aria-disabled={!isReady}>
        {used.busy === name ? t('saving') : t('save')}
      </button>
      {draft && (
        <button type="button" class="button" onClick={() => change(undefined)}>
          {t('discard')}
        </button>
      )}
      {endpoint && (
        <>
          <Confirmed
            label={t('rotate')}
            confirmation={t(endpoint.secrets.length > 1 ? 'rotateAtOnce' : 'rotateNow')}
            isBusy={used.busy !== undefined}
            onConfirmed={() => void used.rotate(name).then((failure) => failure && take(failure))}
          />
          <Confirmed
            label={t('removeEndpoint')}
            confirmation={t('removeEndpointNow')}
            isBusy={used.busy !== undefined}
            isDangerous
            onConfirmed={() => void remove(endpoint)}
          />
        </>
      )}
    </div>
  );
}

function State({ endpoint: { enabled, disabled } }: { endpoint: EndpointView }) {
  const t = useTexts(TEXTS);
  if (enabled) return <span class="tag">{t('endpointOn')}</span>;
  return (
    <span class="tag off">
      {t(disabled?.because === 'GONE' ? 'endpointGone' : 'endpointOff')}
      {disabled && (
        <>
          {' '}
          {t('since')} <Time at={disabled.at} />
        </>
      )}
    </span>
  );
}

/** Since when the secrets sign, and until when the earlier one does. */
function Secrets({ endpoint: { secrets } }: { endpoint: EndpointView }) {
  const t = useTexts(TEXTS);
  const [present, earlier] = secrets;
  if (!present) return null;
  return (
    <p class="sub">
      {t('secretPresent')} <Time at={present.createdAt} />
      {earlier?.endsAt && (
        <>
          , {t('secretEarlier')} <Time at={earlier.endsAt} />
        </>
      )}
    </p>
  );
}
