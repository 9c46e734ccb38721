import type { MemoryStore } from '#shared/adapters/memory/memory-store.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import {
  type Commit,
  type ContentStore,
  type DueRow,
  type MessageLogStore,
  type StateStore,
  StoreUnavailable,
} from '#shared/ports.ts';
import type { Environment } from './environment.ts';
import { CALL_FAULTS, type CallFault, type Faults } from './faults.ts';
import { TIMES } from './settings.ts';

/** The ports of the store, as the functions use them; nobody reads the message log here. */
export type Store = Omit<
  MemoryStore,
  'states' | 'outbox' | 'onOutbox' | 'scanNotifications' | keyof ContentStore | keyof MessageLogStore
>;

export type StoreView = {
  /** How often the SDK tries a call by itself. */
  sdkAttempts: number;
  /** Of the newer release: what it writes, the older one cannot read. */
  isNewer: boolean;
};

const READS: readonly CallFault[] = CALL_FAULTS.filter((fault) => fault !== 'late' && fault !== 'lost-response');

/** One table under everything; each environment sees it through calls that may fail. */
export function simulatedTable(store: MemoryStore, faults: Faults) {
  /** Rows, by name, that the newer release wrote last. */
  const newer = new Set<string>();
  const nameOf = (...parts: unknown[]): string => JSON.stringify(parts);
  const rowOf = (key: Parameters<StateStore['read']>[0]): string =>
    nameOf(key.tenant, key.type, key.id, key.notificationId ?? null);
  let indexReads = 0;

  return (environment: Environment, { sdkAttempts, isNewer }: StoreView): Store => {
    const once = <Result>(
      operation: string,
      possible: readonly CallFault[],
      execute: () => Promise<Result>,
      about?: string,
    ) =>
      environment.call(operation, execute, {
        ...(about && { about }),
        failed: (): Result => {
          throw new StoreUnavailable('No answer in time.');
        },
        timeoutMs: TIMES.storeTimeoutMs,
        lateMs: 60_000,
        freezeMs: 15 * 60_000,
        possible,
      });
    /** As the SDK calls: again, with the same request, for as long as it may. */
    const call = async <Result>(
      operation: string,
      possible: readonly CallFault[],
      execute: () => Promise<Result>,
      about?: string,
    ): Promise<Result> => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await once(operation, possible, execute, about);
        } catch (error) {
          if (!(error instanceof StoreUnavailable) || tries >= sdkAttempts) throw error;
        }
      }
    };
    const read = <Result>(operation: string, row: string, execute: () => Promise<Result>): Promise<Result> =>
      call(operation, READS, async () => readable(row, await execute()));
    const readable = <Result>(row: string, result: Result): Result => {
      if (newer.has(row) && !isNewer) throw new NewerVersion('Written by a newer release.');
      return result;
    };
    const write = <Result>(operation: string, execute: () => Promise<Result>, about?: string): Promise<Result> =>
      call(operation, CALL_FAULTS, execute, about);
    const wrote = (row: string): void => {
      if (isNewer) newer.add(row);
    };

    return {
      load: (key, commandId) => read('load', rowOf(key), () => store.load(key, commandId)),
      commit: (commit) =>
        write(
          'commit',
          async () => {
            const name = `${commit.outbox.commandId} ${commit.outbox.nonce} ${environment.name}`;
            if (faults.strikes(name, 'transaction-conflict')) return { kind: 'conflict' };
            const result = await store.commit(commit);
            if (result.kind === 'committed') wroteAll(commit, wrote);
            return result;
          },
          commit.key.notificationId && `${commit.key.tenant} ${commit.key.notificationId}`,
        ),
      read: (key) => read('read', rowOf(key), () => store.read(key)),
      replace: (key, expectedVersion, next) =>
        write('replace', async () => {
          const result = await store.replace(key, expectedVersion, next);
          if (result.kind === 'replaced') wrote(rowOf(key));
          return readable(rowOf(key), result);
        }),
      readWithContent: (key) => read('readWithContent', rowOf(key), () => store.readWithContent(key)),
      listOf: (subject) => read('listOf', '', () => store.listOf(subject)),
      // A newer release words things differently.
      keepRendered: (key, rendered) =>
        write('keepRendered', () => store.keepRendered(key, isNewer ? { ...rendered, subject: 'Reworded' } : rendered)),
      readOutbox: (subject, commandId) =>
        read('readOutbox', outboxRow(commandId), () => store.readOutbox(subject, commandId)),
      markPublished: (subject, commandId, at) =>
        write('markPublished', () => store.markPublished(subject, commandId, at)),
      postpone: (subject, commandId, dueAt, failures) =>
        write('postpone', () => store.postpone(subject, commandId, dueAt, failures)),
      bury: (subject, commandId, at) => write('bury', () => store.bury(subject, commandId, at)),
      recordDeadLetter: (letter, seenAt) => write('recordDeadLetter', () => store.recordDeadLetter(letter, seenAt)),
      openDeadLetters: (limit) => read('openDeadLetters', '', () => store.openDeadLetters(limit)),
      recordOutcomes: (key, events) => write('recordOutcomes', () => store.recordOutcomes(key, events)),
      readOutcomes: (key) => read('readOutcomes', rowOf(key), () => store.readOutcomes(key)),
      suppress: (tenant, suppression) => write('suppress', () => store.suppress(tenant, suppression)),
      liftSuppression: (tenant, recipient, at) =>
        write('liftSuppression', () => store.liftSuppression(tenant, recipient, at)),
      suppressionsOf: (tenant, recipients) =>
        read('suppressionsOf', '', () => store.suppressionsOf(tenant, recipients)),
      objectionsTo: (tenant, recipients, erasures) =>
        read('objectionsTo', '', () => store.objectionsTo(tenant, recipients, erasures)),
      listSuppressions: (tenant, limit, cursor) =>
        read('listSuppressions', '', () => store.listSuppressions(tenant, limit, cursor)),
      due: (kind, now, limit) =>
        read('due', '', async () => {
          const rows: DueRow[] = await store.due(kind, now, limit);
          indexReads += 1;
          // The index is behind the table: some rows are not there yet.
          return rows.filter((_, position) => !faults.strikes(`index ${indexReads}.${position}`, 'stale-index'));
        }),
      postponeDue: (key, dueAt) => write('postponeDue', () => store.postponeDue(key, dueAt)),
      gauge: (kind) => read('gauge', '', () => store.gauge(kind)),
    };
  };
}

const outboxRow = (commandId: string): string => `outbox ${commandId}`;

function wroteAll({ key, next, outbox, notifications }: Commit, wrote: (row: string) => void): void {
  const row = (notificationId?: string): string =>
    JSON.stringify([key.tenant, key.type, key.id, notificationId ?? null]);
  if (next) wrote(row(key.notificationId));
  for (const { notificationId } of notifications) wrote(row(notificationId));
  wrote(outboxRow(outbox.commandId));
}
