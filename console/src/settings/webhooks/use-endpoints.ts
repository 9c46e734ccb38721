import { useEffect, useState } from 'preact/hooks';
import type { Api, Result } from '#console/base/api.ts';
import { type Failure, isLost } from '#console/base/failure.ts';
import type { Session } from '#console/base/session.ts';
import { usePolling } from '#console/base/use-polling.ts';
import type { EndpointView, WebhookSettingsView } from '#shared/webhook/responses.ts';
import { useUnloadWarning } from '../use-settings.ts';
import { putEndpoints, readEndpoints, readEventTypes, rotateSecret } from './calls.ts';
import {
  type EndpointDraft,
  type EndpointFields,
  type EventType,
  endpointBody,
  eventTypesIn,
  fieldsOf,
  NEW,
  withEndpoint,
} from './endpoints.ts';

/** A secret that an answer has shown. The stage shows it once. */
export type NewSecret = { endpointId: string; secret: string };

/** What stays while another page is shown, and ends with the session. Drafts are by `endpointId`. */
type Kept = { drafts: ReadonlyMap<string, EndpointDraft>; secrets: readonly NewSecret[] };
const KEPT = new WeakMap<Session, Kept>();

/** The endpoints of the tenant, drafts of other ones, and the secrets that a change has shown. */
export function useEndpoints(api: Api, session: Session) {
  const [view, setView] = useState<WebhookSettingsView>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState<string>();
  const [unanswered, setUnanswered] = useState<{ key: string; body: string }>();
  const [kept, keep] = useKept(session);

  const read = async (signal?: AbortSignal): Promise<boolean> => {
    const result = await readEndpoints(api, signal);
    if (signal?.aborted) return true;
    setFailure('failure' in result ? result.failure : undefined);
    // An answer that was overtaken by a change says nothing.
    if ('value' in result) setView((known) => (known && known.version > result.value.version ? known : result.value));
    return 'value' in result;
  };
  // A change applies before it is answered. Until then, what is read would look like the change of another person.
  usePolling(async (signal) => busy !== undefined || (await read(signal)), 'webhooks');

  const setDraft = (of: string, draft: EndpointDraft | undefined): void =>
    keep(({ drafts, ...others }) => ({ ...others, drafts: withDraft(drafts, of, draft) }));

  /** Sends a change of one endpoint. @returns why it does not count. */
  const send = async (of: string, body: string, call: Call): Promise<Failure | undefined> => {
    // The same key after a lost answer, so that the change counts once, and its secret is shown.
    const key = unanswered?.body === body ? unanswered.key : crypto.randomUUID();
    setBusy(of);
    const result = await call(key);
    setBusy(undefined);
    setUnanswered('failure' in result && isLost(result.failure) ? { key, body } : undefined);
    if ('failure' in result) {
      await read();
      return result.failure;
    }
    setView(result.value);
    keep(({ secrets, ...others }) => ({ ...others, secrets: [...secretsIn(result.value), ...secrets] }));
    return undefined;
  };
  const put = async (of: string, list: readonly EndpointFields[], saved?: EndpointDraft) => {
    const { version = 0 } = view ?? {};
    const endpoints = list.map(endpointBody);
    const why = await send(of, JSON.stringify([version, endpoints]), (key) =>
      putEndpoints(api, endpoints, { version, key }),
    );
    if (!why) keep(({ drafts, ...others }) => ({ ...others, drafts: draftsAfter(drafts, of, saved) }));
    return why;
  };
  const present = view?.endpoints ?? [];
  return {
    view,
    failure,
    /** The endpoint whose change is on its way. */
    busy,
    ...kept,
    setDraft,
    save: (of: string, draft: EndpointDraft) => put(of, withEndpoint(present, draft), draft),
    remove: (of: EndpointView) => put(of.endpointId, present.filter((one) => one !== of).map(fieldsOf)),
    rotate: (endpointId: string) =>
      send(endpointId, `rotate ${endpointId}`, (key) => rotateSecret(api, endpointId, key)),
    forget: (secret: NewSecret): void =>
      keep(({ secrets, ...others }) => ({ ...others, secrets: secrets.filter((one) => one !== secret) })),
  };
}

export type UsedEndpoints = ReturnType<typeof useEndpoints>;

type Call = (key: string) => Promise<Result<WebhookSettingsView>>;

function useKept(session: Session): [Kept, (change: (before: Kept) => Kept) => void] {
  const [kept, setKept] = useState<Kept>(() => KEPT.get(session) ?? { drafts: new Map(), secrets: [] });
  useUnloadWarning(kept.drafts.size > 0 || kept.secrets.length > 0);
  const keep = (change: (before: Kept) => Kept): void =>
    setKept((before) => {
      const next = change(before);
      KEPT.set(session, next);
      return next;
    });
  return [kept, keep];
}

function withDraft(drafts: Kept['drafts'], of: string, draft: EndpointDraft | undefined): Kept['drafts'] {
  const next = new Map(drafts);
  if (draft) next.set(of, draft);
  else next.delete(of);
  return next;
}

/** What was typed while the draft was saved stays, as a draft of what was saved. */
function draftsAfter(drafts: Kept['drafts'], of: string, saved: EndpointDraft | undefined): Kept['drafts'] {
  const rest = withDraft(drafts, of, undefined);
  const typed = drafts.get(of)?.mine;
  if (!saved || !typed || typed === saved.mine) return rest;
  const { endpointId } = saved.mine;
  return withDraft(rest, endpointId, { base: saved.mine, mine: { ...typed, endpointId } });
}

const secretsIn = ({ endpoints }: WebhookSettingsView): NewSecret[] =>
  endpoints.flatMap(({ endpointId, secrets }) =>
    secrets.flatMap(({ secret }) => (secret === undefined ? [] : [{ endpointId, secret }])),
  );

/** The drafts of endpoints that another person has removed. */
export const removedDrafts = ({ view, drafts }: Pick<UsedEndpoints, 'view' | 'drafts'>): [string, EndpointDraft][] =>
  [...drafts].filter(([of]) => of !== NEW && !view?.endpoints.some(({ endpointId }) => endpointId === of));

/** The types that the stage describes. They are read once, because they change only with a release. */
export function useEventTypes(api: Api): readonly EventType[] {
  const [types, setTypes] = useState<readonly EventType[]>([]);
  useEffect(() => {
    const ended = new AbortController();
    void readEventTypes(api, ended.signal).then((result) => {
      if ('value' in result) setTypes(eventTypesIn(result.value));
    });
    return () => ended.abort();
  }, []);
  return types;
}
