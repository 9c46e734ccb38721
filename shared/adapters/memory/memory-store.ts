import type { NewNotification } from '#shared/messaging/decider.ts';
import { notificationKey, type StateKey, type Subject, subjectName } from '#shared/messaging/identity.ts';
import type {
  Commit,
  CommitResult,
  DueRow,
  DueStore,
  NotificationStore,
  OnceStore,
  OutboxRecord,
  OutboxStore,
  StoredState,
} from '#shared/ports.ts';

/** The storage ports in memory, with what a test or a simulation wants to see beside them. */
export type MemoryStore = OnceStore &
  NotificationStore &
  OutboxStore &
  DueStore & {
    states: ReadonlyMap<string, { key: StateKey; stored: StoredState }>;
    outbox: ReadonlyMap<string, OutboxRecord>;
    /** Called with each newly written outbox record: what a stream would show. */
    onOutbox(listener: (record: OutboxRecord) => void): void;
  };

const copy = <Value>(value: Value): Value => structuredClone(value);
const subjectKey = ({ tenant, type, id }: Subject): string => JSON.stringify([tenant, type, id]);
const stateKey = (key: StateKey): string => JSON.stringify([key.tenant, key.type, key.id, key.notificationId ?? null]);
const outboxKey = (subject: Subject, commandId: string): string => `${subjectKey(subject)} ${commandId}`;

/**
 * Behaves as the table does: transactions are all or nothing, conditions are checked on the current
 * row, and what goes in or comes out is a copy.
 */
export function memoryStore(): MemoryStore {
  const states = new Map<string, { key: StateKey; stored: StoredState }>();
  const contents = new Map<string, object>();
  const outbox = new Map<string, OutboxRecord>();
  const listeners: ((record: OutboxRecord) => void)[] = [];

  const versionOf = (key: StateKey): number => states.get(stateKey(key))?.stored.version ?? 0;
  const put = (key: StateKey, stored: StoredState): void => {
    states.set(stateKey(key), copy({ key: bare(key), stored }));
  };
  const create = (key: StateKey, { notificationId, schemaVersion, state, content, dueAt }: NewNotification): void => {
    const ownKey = { ...key, notificationId };
    put(ownKey, { schemaVersion, version: 1, state, dueAt });
    contents.set(stateKey(ownKey), copy(content));
  };

  return {
    states,
    outbox,
    onOutbox: (listener) => void listeners.push(listener),

    async load(key, commandId) {
      return copy({ stored: states.get(stateKey(key))?.stored, record: outbox.get(outboxKey(key, commandId)) });
    },

    async commit({ key, expectedVersion, next, outbox: record, notifications }: Commit): Promise<CommitResult> {
      const earlier = outbox.get(outboxKey(record.subject, record.commandId));
      if (earlier) return { kind: 'duplicate', record: copy(earlier) };
      const taken = notifications.some(({ notificationId }) => versionOf({ ...key, notificationId }) > 0);
      if (versionOf(key) !== expectedVersion || taken) return { kind: 'conflict' };
      outbox.set(outboxKey(record.subject, record.commandId), copy(record));
      if (next) put(key, next);
      for (const notification of notifications) create(key, notification);
      for (const listener of listeners) listener(copy(record));
      return { kind: 'committed' };
    },

    async read(key) {
      return copy(states.get(stateKey(key))?.stored);
    },

    async replace(key, expectedVersion, next) {
      const current = states.get(stateKey(key))?.stored;
      if (current?.version !== expectedVersion) return { kind: 'conflict', current: copy(current) };
      put(key, next);
      return { kind: 'replaced' };
    },

    async readWithContent(key) {
      const stored = states.get(stateKey(key))?.stored;
      const content = contents.get(stateKey(key));
      return stored && content && copy({ stored, content });
    },

    async listOf(subject) {
      const own = [...states.values()].filter(({ key }) => subjectKey(key) === subjectKey(subject));
      return own.flatMap(({ key, stored }) =>
        key.notificationId === undefined ? [] : [copy({ notificationId: key.notificationId, stored })],
      );
    },

    async keepRendered(key, rendered) {
      const content = contents.get(stateKey(key)) as { rendered?: object } | undefined;
      if (!content) throw new Error(`No content of ${subjectName(key)}`);
      content.rendered ??= copy(rendered);
      return copy(content.rendered);
    },

    async readOutbox(subject, commandId) {
      return copy(outbox.get(outboxKey(subject, commandId)));
    },

    async markPublished(subject, commandId) {
      const record = outbox.get(outboxKey(subject, commandId));
      delete record?.dueAt;
      delete record?.failures;
    },

    async postpone(subject, commandId, dueAt, failures) {
      const record = outbox.get(outboxKey(subject, commandId));
      if (record?.dueAt !== undefined) Object.assign(record, { dueAt, failures });
    },

    async due(kind, now, limit) {
      const rows = kind === 'outbox' ? [...outbox.values()].map(outboxDue) : [...states.values()].map(notificationDue);
      return rows
        .filter((row) => row !== undefined)
        .filter(({ dueAt }) => dueAt <= now)
        .sort((one, other) => one.dueAt - other.dueAt)
        .slice(0, limit);
    },
  };
}

const bare = ({ tenant, type, id, notificationId }: StateKey): StateKey => ({
  tenant,
  type,
  id,
  ...(notificationId === undefined ? {} : { notificationId }),
});

const outboxDue = ({ dueAt, subject, commandId }: OutboxRecord): DueRow | undefined =>
  dueAt === undefined ? undefined : { kind: 'outbox', dueAt, subject: copy(subject), commandId };

function notificationDue({ key, stored }: { key: StateKey; stored: StoredState }): DueRow | undefined {
  const ownKey = key.notificationId === undefined ? undefined : notificationKey(key.tenant, key.notificationId);
  return ownKey && stored.dueAt !== undefined ? { kind: 'notification', dueAt: stored.dueAt, key: ownKey } : undefined;
}
