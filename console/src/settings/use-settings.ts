import { useEffect, useRef, useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import { type Failure, isLost } from '#console/base/failure.ts';
import type { Session } from '#console/base/session.ts';
import { usePolling } from '#console/base/use-polling.ts';
import type { SettingsView } from '#shared/tenant-settings/responses.ts';
import { readSettings, replaceSettings } from './calls.ts';
import type { Settings } from './catalogue.ts';
import { changesBetween, cleaned, mergedSettings } from './units.ts';

/** The settings in the form. `base` is what the person has read, and `version` its version. */
export type Draft = { base: Settings; version: number; mine: Settings };

/** What became of the latest attempt to save. */
export type Saved = { kind: 'saved'; version: number } | { kind: 'failed'; failure: Failure };

/** What a person has typed stays while another page is shown, and ends with the session. */
const KEPT = new WeakMap<Session, Draft>();

/** The settings of the tenant, a draft of other ones, and what another person has saved since. */
export function useSettings(api: Api, session: Session) {
  const [draft, setDraft] = useState<Draft | undefined>(() => KEPT.get(session));
  const [failure, setFailure] = useState<Failure>();
  const [theirs, setTheirs] = useState<SettingsView>();
  const [saved, setSaved] = useState<Saved>();
  const [isBusy, setBusy] = useState(false);
  const latest = useRef(draft);
  const unanswered = useRef<{ key: string; body: string } | undefined>(undefined);

  const keep = (next: Draft): void => {
    latest.current = next;
    setDraft(next);
    if (hasChanges(next)) KEPT.set(session, next);
    else KEPT.delete(session);
  };
  const begin = ({ version, changedAt: _changedAt, ...base }: SettingsView): void => {
    setTheirs(undefined);
    keep({ base, version, mine: base });
  };
  /** Without changes of this person, the form follows the stage. An answer that was overtaken by a change says nothing. */
  const take = (view: SettingsView): void => {
    const known = latest.current;
    if (known && view.version <= known.version) return;
    if (known && hasChanges(known)) setTheirs(view);
    else begin(view);
  };
  const read = async (signal?: AbortSignal): Promise<boolean> => {
    const result = await readSettings(api, signal);
    if (signal?.aborted) return true;
    setFailure('failure' in result ? result.failure : undefined);
    if ('value' in result) take(result.value);
    return 'value' in result;
  };
  usePolling(read, 'settings');
  useUnloadWarning(draft !== undefined && hasChanges(draft));

  const save = async (): Promise<void> => {
    if (!draft || isBusy) return;
    const { version, mine } = draft;
    const settings = cleaned(mine);
    const body = JSON.stringify([version, settings]);
    // The same key after a lost answer, so that the change counts once.
    const key = unanswered.current?.body === body ? unanswered.current.key : crypto.randomUUID();
    setBusy(true);
    const result = await replaceSettings(api, settings, { version, key });
    setBusy(false);
    unanswered.current = 'failure' in result && isLost(result.failure) ? { key, body } : undefined;
    if ('value' in result) {
      // What was typed during the request stays.
      keep({ base: settings, version: result.value.version, mine: latest.current?.mine ?? settings });
      setTheirs(undefined);
      return setSaved({ kind: 'saved', version: result.value.version });
    }
    setSaved({ kind: 'failed', failure: result.failure });
    if (isOvertaken(result.failure)) await read();
  };
  const change = (mine: Settings): void => {
    if (draft) keep({ ...draft, mine });
    if (saved?.kind === 'saved') setSaved(undefined);
  };
  return {
    draft,
    failure,
    isBusy,
    saved,
    theirs,
    change,
    save,
    discard: (): void => {
      setSaved(undefined);
      if (theirs) begin(theirs);
      else if (draft) keep({ ...draft, mine: draft.base });
    },
    /** Continues from what the other person saved, with the changes of this one. */
    merge: (): void => {
      if (!draft || !theirs) return;
      const { version, changedAt: _changedAt, ...base } = theirs;
      keep({ base, version, mine: mergedSettings(draft.base, cleaned(draft.mine), base) });
      setTheirs(undefined);
      setSaved(undefined);
    },
  };
}

export type UsedSettings = ReturnType<typeof useSettings>;

export const hasChanges = ({ base, mine }: Draft): boolean => changesBetween(base, cleaned(mine)).length > 0;

/** The settings were changed since they were read. */
export const isOvertaken = (failure: Failure): boolean => failure.kind === 'problem' && failure.status === 412;

/** The browser asks before it closes or reloads a page with changes. */
export function useUnloadWarning(hasUnsaved: boolean): void {
  useEffect(() => {
    if (!hasUnsaved) return undefined;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [hasUnsaved]);
}
