import type { ObjectionStore } from '#shared/delivery/ports.ts';
import { ERASURE } from '#shared/erasure/erasure.ts';
import type { MessageLogStore } from '#shared/message-log/ports.ts';
import { Failure } from '#shared/messaging/failure.ts';
import { type StateKey, type Subject, subjectName, typeOfState } from '#shared/messaging/identity.ts';
import type { NewRecord, NewRow, StoredState } from '#shared/messaging/rows.ts';
import { readState, type Shape, upgraded } from '#shared/messaging/versions.ts';
import { CONTENT, isDirect, type NotificationContent } from '#shared/notification/content.ts';
import { NOTIFICATION, type Notification } from '#shared/notification/notification.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import type {
  ContentStore,
  NotificationScan,
  NotificationStore,
  OutcomeStore,
  ScannedNotification,
} from '#shared/notification/ports.ts';
import { type DueEntry, type DueKind, type DueRow, OUTBOX_DUE } from '#shared/once/due.ts';
import type {
  Commit,
  CommitResult,
  DeadLetterLists,
  DeadLetterStore,
  DueStore,
  OnceStore,
  OutboxRecord,
  OutboxStore,
  StateStore,
  StateStores,
} from '#shared/once/ports.ts';
import { outboxRow, stateRow } from '#shared/once/row-name.ts';
import type { SuppressionStore } from '#shared/suppression/ports.ts';
import { memoryDeadLetters } from './memory-dead-letters.ts';
import { memoryMessageLog } from './memory-message-log.ts';
import { memoryOutcomes } from './memory-outcomes.ts';
import { memorySuppressions } from './memory-suppressions.ts';

/** The storage ports in memory, with additional access for tests and simulations. */
export type MemoryStore = OnceStore &
  NotificationStore &
  ContentStore &
  OutboxStore &
  DueStore &
  DeadLetterStore &
  DeadLetterLists &
  OutcomeStore &
  MessageLogStore &
  SuppressionStore &
  ObjectionStore &
  StateStores &
  NotificationScan & {
    states: ReadonlyMap<string, StateRow>;
    outbox: ReadonlyMap<string, OutboxRecord>;
    /** Calls the listener with each new outbox record, as the table's stream would. */
    onOutbox(listener: (record: OutboxRecord) => void): void;
  };

type StateRow = { key: StateKey; stored: StoredState<unknown> };

const copy = <Value>(value: Value): Value => structuredClone(value);
const subjectKey = ({ tenant, type, id }: Subject): string => JSON.stringify([tenant, type, id]);
/** The name of a state's row in `states`. */
export const stateKey = ({ tenant, type, id, part }: StateKey): string =>
  JSON.stringify([tenant, type, id, part?.type ?? null, part?.id ?? null]);
/** The name of a record in `outbox`. */
export const outboxKey = (subject: Subject, commandId: string): string => `${subjectKey(subject)} ${commandId}`;

/**
 * Behaves like the table: a transaction writes everything or nothing, conditions are checked against the current
 * row, and all values that go in or come out are copies.
 */
export function memoryStore(): MemoryStore {
  const states = new Map<string, StateRow>();
  const contents = new Map<string, Pick<NewRecord, 'schemaVersion' | 'value'>>();
  const outbox = new Map<string, OutboxRecord>();
  const listeners: ((record: OutboxRecord) => void)[] = [];

  /** The state as this release reads it: a state that a newer release wrote cannot be read. */
  const stateOf = <State>(shape: Shape<State>, key: StateKey): StoredState<State> | undefined => {
    const stored = copy(states.get(stateKey(key))?.stored);
    return stored && readState(shape, typeOfState(key), stored);
  };
  const contentOf = (key: StateKey): NotificationContent | undefined => {
    const row = copy(contents.get(stateKey(key)));
    return row && upgraded('content row', CONTENT, row.schemaVersion, row.value).value;
  };
  const versionOf = (key: StateKey): number => states.get(stateKey(key))?.stored.version ?? 0;
  const put = (key: StateKey, stored: StoredState<unknown>): void => {
    states.set(stateKey(key), copy({ key: bare(key), stored }));
  };
  const keepContent = (key: StateKey, { schemaVersion, value }: Pick<NewRecord, 'schemaVersion' | 'value'>): void => {
    contents.set(stateKey(key), copy({ schemaVersion, value }));
  };
  const create = (row: NewRow): void => {
    if (row.kind === 'state') put(row.key, row.stored);
    else if (row.type === CONTENT.name) keepContent(row.key, row);
    else throw new Error(`The store in memory keeps no rows of type ${row.type}.`);
  };

  const entries = (): DueEntry[] => [
    ...[...outbox.values()].flatMap((record) => outboxEntry(record) ?? []),
    ...[...states.values()].flatMap((state) => stateEntry(state) ?? []),
  ];
  const timesOf = (kindName: string): number[] =>
    entries().flatMap(({ kind, dueAt }) => (kind === kindName ? dueAt : []));

  const outcomes = memoryOutcomes();
  const log = memoryMessageLog({
    keys: () => [...states.values()].flatMap(({ key }) => (key.part?.type === NOTIFICATION.name ? key : [])),
    stateOf: (key) => stateOf(NOTIFICATION, key),
    createdAtOf: (key) => createdAtIn(states.get(stateKey(key))?.stored.state),
    contentOf,
    outcomes,
  });

  const suppressions = memorySuppressions();
  const statesOf = <State>(shape: Shape<State>): StateStore<State> => ({
    async read(key) {
      return stateOf(shape, key);
    },

    async replace(key, expectedVersion, next) {
      if (versionOf(key) !== expectedVersion) return { kind: 'conflict', current: stateOf(shape, key) };
      put(key, next);
      return { kind: 'replaced' };
    },
  });
  return {
    ...outcomes,
    ...log,
    ...suppressions,
    ...memoryDeadLetters(states, put, stateOf),
    ...statesOf(NOTIFICATION),
    statesOf,
    states,
    outbox,
    onOutbox: (listener) => void listeners.push(listener),

    async load(key, commandId, shape) {
      return { stored: stateOf(shape, key), record: copy(outbox.get(outboxKey(key, commandId))) };
    },

    async commit({ key, expectedVersion, next, outbox: record, rows, related = [] }: Commit): Promise<CommitResult> {
      const earlier = outbox.get(outboxKey(record.subject, record.commandId));
      if (earlier) return { kind: 'duplicate', record: copy(earlier) };
      const taken = rows.some((row) => row.kind === 'state' && versionOf(row.key) > 0);
      const changed = related.some((one) => versionOf(one.key) !== one.expectedVersion);
      if (versionOf(key) !== expectedVersion || taken || changed) return { kind: 'conflict' };
      outbox.set(outboxKey(record.subject, record.commandId), copy(record));
      for (const one of [{ key, next }, ...related]) if (one.next) put(one.key, one.next);
      for (const row of rows) create(row);
      for (const listener of listeners) listener(copy(record));
      return { kind: 'committed' };
    },

    async readWithContent(key) {
      const stored = stateOf(NOTIFICATION, key);
      return stored && { stored, content: contentOf(key) };
    },

    async objectionsTo(tenant, recipients, asked) {
      const erasures = asked.flatMap((key) => {
        const stored = stateOf(ERASURE, key);
        return stored ? [{ key, stored }] : [];
      });
      return { suppressions: await suppressions.suppressionsOf(tenant, recipients), erasures };
    },

    async eraseContent(key, what) {
      if (what === 'all') return void contents.delete(stateKey(key));
      const content = what.length === 0 ? undefined : contentOf(key);
      if (!content) return;
      const recipients = content.recipients.map((address, position) => (what.includes(position) ? '' : address));
      keepContent(key, { schemaVersion: CONTENT.written, value: { ...content, recipients } });
    },

    async listOf(subject) {
      const own = [...states.values()].filter(({ key }) => subjectKey(key) === subjectKey(subject));
      return own.flatMap(({ key }) => {
        const stored = key.part?.type === NOTIFICATION.name && stateOf(NOTIFICATION, key);
        return key.part && stored ? [{ notificationId: key.part.id, stored }] : [];
      });
    },

    async keepRendered(key, rendered) {
      const content = contentOf(key);
      if (!content || isDirect(content)) throw new Error(`No content to render of ${subjectName(key)}`);
      const first = content.rendered ?? rendered;
      keepContent(key, { schemaVersion: CONTENT.written, value: { ...content, rendered: first } });
      return copy(first);
    },

    async scanNotifications({ segment, segments, cursor = '0' }) {
      const part = [...states.values()].filter((_, index) => index % segments === segment);
      const end = Number(cursor) + SCAN_ROWS;
      const page = part.slice(Number(cursor), end);
      const found = page.flatMap(({ key }) => scanned(key, () => stateOf(NOTIFICATION, key)));
      return { found, rows: page.length, ...(end < part.length && { cursor: String(end) }) };
    },

    async readOutbox(subject, commandId) {
      return copy(outbox.get(outboxKey(subject, commandId)));
    },

    async markPublished(subject, commandId, publishedAt) {
      const record = outbox.get(outboxKey(subject, commandId));
      if (!record) return;
      record.publishedAt = publishedAt;
      delete record.dueAt;
      delete record.failures;
    },

    async postpone(subject, commandId, dueAt, failures) {
      const record = outbox.get(outboxKey(subject, commandId));
      if (record?.dueAt !== undefined)
        Object.assign(record, { dueAt, ...(failures === undefined ? {} : { failures }) });
    },

    async bury(subject, commandId) {
      delete outbox.get(outboxKey(subject, commandId))?.dueAt;
    },

    async makeDue(subject, commandId, dueAt) {
      const record = outbox.get(outboxKey(subject, commandId));
      if (record && record.dueAt === undefined && record.publishedAt === undefined) record.dueAt = dueAt;
    },

    async due(kind, now, limit, from = 0) {
      return rowsDue(
        entries().filter(({ dueAt }) => dueAt >= from),
        kind,
        now,
        limit,
      );
    },

    async postponeDue(key, dueAt) {
      const stored = states.get(stateKey(key))?.stored;
      if (stored?.due) stored.due = { ...stored.due, at: dueAt };
    },

    async gauge(kindName) {
      const times = timesOf(kindName);
      return times.length === 0 ? { count: 0 } : { count: times.length, oldestDueAt: Math.min(...times) };
    },
  };
}

const createdAtIn = (state: unknown): string =>
  typeof state === 'object' && state !== null && 'createdAt' in state ? String(state.createdAt) : '';

/** Rows per page. The number is small, so that even a few rows need several pages. */
const SCAN_ROWS = 2;

function scanned(
  { part, ...subject }: StateKey,
  read: () => StoredState<Notification> | undefined,
): ScannedNotification[] {
  if (part?.type !== NOTIFICATION.name) return [];
  const notificationId = part.id;
  try {
    const stored = read();
    return stored ? [{ key: notificationKeyOf(subject, notificationId), stored }] : [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [{ row: `${subjectKey(subject)} ${notificationId}`, code: error.code, detail: error.message }];
  }
}

/** The key without other properties that the caller's object may have. */
const bare = ({ tenant, type, id, part }: StateKey): StateKey => ({ tenant, type, id, ...(part && { part }) });

/** The entry of an outbox row in the index of due rows; undefined if it has none. */
export const outboxEntry = ({ dueAt, subject, commandId }: OutboxRecord): DueEntry | undefined =>
  dueAt === undefined ? undefined : { ...outboxRow(subject, commandId), kind: OUTBOX_DUE.name, dueAt };

/** The entry of a state row in the index of due rows; undefined if it has none. */
export const stateEntry = ({ key, stored: { due } }: StateRow): DueEntry | undefined =>
  due && { ...stateRow(key), kind: due.kind, dueAt: due.at };

/** The rows of one kind that are due at `now`, oldest first. Entries that are no such rows are skipped. */
export function rowsDue<Row extends DueRow>(
  entries: readonly DueEntry[],
  kind: DueKind<Row>,
  now: number,
  limit: number,
): Row[] {
  return entries
    .filter((entry) => entry.kind === kind.name && entry.dueAt <= now)
    .sort((one, other) => one.dueAt - other.dueAt)
    .flatMap((entry) => kind.rowOf(entry) ?? [])
    .slice(0, limit);
}
