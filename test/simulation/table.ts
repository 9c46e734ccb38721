import type { MessageLogStore } from '#shared/message-log/ports.ts';
import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Shape } from '#shared/messaging/versions.ts';
import { FUNCTION } from '#shared/names.ts';
import type { Rendered } from '#shared/notification/content.ts';
import { NOTIFICATION } from '#shared/notification/notification.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import { DEAD_LETTER, deadLetterKey, dueOfLetter } from '#shared/once/dead-letter.ts';
import { type Commit, type StateStore, StoreUnavailable } from '#shared/once/ports.ts';
import { type MemoryStore, outboxEntry, stateEntry, stateKey } from '#test/support/memory/memory-store.ts';
import type { WorldStore } from '#test/support/world/functions.ts';
import { type Conditions, isWithin } from './conditions.ts';
import type { Environment } from './environment.ts';
import { amountOf, CALL_FAULTS, type CallFault, type Faults, READ_FAULTS } from './faults.ts';
import { createHalfSeen } from './half-seen.ts';
import { createIndexView } from './index-view.ts';
import type { LetterWatch } from './letters.ts';
import type { Scheduler } from './scheduler.ts';
import { TIMES } from './settings.ts';
import type { Witness } from './witness.ts';

export type StoreView = {
  /** How often the SDK tries a call by itself. */
  sdkAttempts: number;
  /** Of the newer release: what it writes, the older one cannot read. */
  isNewer: boolean;
};

export type TableOptions = {
  store: MemoryStore;
  scheduler: Scheduler;
  faults: Faults;
  conditions: Pick<Conditions, 'indexLagMs' | 'halfSeenMs' | 'feedbackOutage'>;
  witness: Witness;
  letters: LetterWatch;
};

/** One table under everything; each environment sees it through calls that may fail. */
export function simulatedTable({ store, scheduler, faults, conditions, witness, letters }: TableOptions) {
  const index = createIndexView(conditions.indexLagMs, scheduler, faults);
  /** Rows, by name, that the newer release wrote last. */
  const newer = new Set<string>();
  const rowOf: (key: StateKey) => string = stateKey;
  const halfSeen = createHalfSeen({ mostMs: conditions.halfSeenMs, rowOf, scheduler, faults });
  const storedOf = (row: string): StoredState<unknown> | undefined => store.states.get(row)?.stored;
  const indexState = (row: string): void => {
    const state = store.states.get(row);
    index.wrote(row, state && stateEntry(state));
  };
  const indexOutbox = (subject: Subject, commandId: string): void => {
    const name = outboxRow(subject, commandId);
    const record = store.outbox.get(name);
    index.wrote(name, record && outboxEntry(record));
  };
  const rowsOf = ({ key, next, related = [], rows }: Commit): string[] => [
    ...(next ? [rowOf(key)] : []),
    ...related.map((one) => rowOf(one.key)),
    ...rows.flatMap((row) => (row.kind === 'state' ? [rowOf(row.key)] : [])),
  ];
  /** Everything that a transaction changes in addition to the table. */
  const commit = async (request: Commit) => {
    const rows = rowsOf(request);
    const before = new Map(rows.map((row) => [row, storedOf(row)]));
    const result = await store.commit(request);
    if (result.kind !== 'committed') return result;
    halfSeen.done(request, (row) => before.get(row));
    for (const row of rows) indexState(row);
    indexOutbox(request.outbox.subject, request.outbox.commandId);
    witness.committed(request);
    letters.committed(request);
    return result;
  };
  /** Newest first, without what the log does not show yet. */
  const listLog: MessageLogStore['listLog'] = async (tenant, range, limit) => {
    const page = await store.listLog(tenant, range, limit);
    return { ...page, entries: page.entries.filter(({ key }) => !witness.isUnlogged(key)) };
  };
  let indexReads = 0;
  let loads = 0;

  return (environment: Environment, { sdkAttempts, isNewer }: StoreView): WorldStore => {
    const isAway = (): boolean =>
      environment.name.startsWith(FUNCTION.recordEmailFeedback) && isWithin(conditions.feedbackOutage, scheduler.now());
    const away = (): Promise<never> => Promise.reject(new StoreUnavailable('The table is away.'));
    const once = <Result>(
      operation: string,
      possible: readonly CallFault[],
      execute: () => Promise<Result>,
      about?: string,
    ) =>
      environment.call(operation, () => (isAway() ? away() : execute()), {
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
      call(operation, READ_FAULTS, async () => readable(row, await execute()));
    const readable = <Result>(row: string, result: Result): Result => {
      if (newer.has(row) && !isNewer) throw new NewerVersion('Written by a newer release.');
      return result;
    };
    const write = <Result>(operation: string, execute: () => Promise<Result>, about?: string): Promise<Result> =>
      call(operation, CALL_FAULTS, execute, about);
    const wrote = (row: string): void => {
      if (isNewer) newer.add(row);
    };
    /** A write to an outbox row, and what the index makes of it. */
    const onOutbox = (subject: Subject, commandId: string, execute: () => Promise<void>) => async () => {
      await execute();
      indexOutbox(subject, commandId);
    };

    const statesOf = <State>(shape: Shape<State>): StateStore<State> => {
      const states = store.statesOf(shape);
      return {
        read: (key) => read('read', rowOf(key), () => states.read(key)),
        replace: (key, expectedVersion, next) =>
          write('replace', async () => {
            const result = await states.replace(key, expectedVersion, next);
            if (result.kind === 'replaced') {
              wrote(rowOf(key));
              halfSeen.wroteAlone(rowOf(key));
              indexState(rowOf(key));
              witness.replaced(key, next);
            }
            return readable(rowOf(key), result);
          }),
      };
    };

    return {
      load: (key, commandId, shape) =>
        read('load', rowOf(key), async () => {
          const first = await store.load(key, commandId, shape);
          loads += 1;
          const name = `load ${loads} ${commandId}`;
          if (conditions.halfSeenMs === undefined || !faults.strikes(name, 'torn-batch')) return first;
          // Both items are read as they are, but not at the same moment.
          const draws = faults.random(name);
          await new Promise<void>((resolve) => scheduler.after(amountOf(draws, 1, 1000), resolve));
          const { stored, record } = await store.load(key, commandId, shape);
          return draws.chance(0.5) ? { stored: first.stored, record } : { stored, record: first.record };
        }),
      commit: (request) =>
        write(
          'commit',
          async () => {
            const name = `${request.outbox.commandId} ${request.outbox.nonce} ${environment.name}`;
            if (faults.strikes(name, 'transaction-conflict')) return { kind: 'conflict' };
            const result = await commit(request);
            if (result.kind === 'committed') wroteAll(request, rowsOf(request), wrote);
            return result;
          },
          request.key.part && `${request.key.tenant} ${request.key.part.id}`,
        ),
      ...statesOf(NOTIFICATION),
      statesOf,
      readWithContent: (key) =>
        read('readWithContent', rowOf(key), async () => {
          const found = await store.readWithContent(key);
          const stored = halfSeen.stateOf(rowOf(key), found?.stored);
          return (
            found && stored && { stored, content: halfSeen.hidesContentOf(rowOf(key)) ? undefined : found.content }
          );
        }),
      listOf: (subject) =>
        read('listOf', '', async () =>
          (await store.listOf(subject)).flatMap(({ notificationId, stored: current }) => {
            const stored = halfSeen.stateOf(rowOf(notificationKeyOf(subject, notificationId)), current);
            return stored ? [{ notificationId, stored }] : [];
          }),
        ),
      eraseContent: (key, what) => write('eraseContent', () => store.eraseContent(key, what)),
      listLog: (tenant, range, limit) => read('listLog', '', () => listLog(tenant, range, limit)),
      readStates: (keys) => read('readStates', '', () => store.readStates(keys)),
      // A newer release words things differently.
      keepRendered: (key, rendered) =>
        write('keepRendered', () => store.keepRendered(key, isNewer ? reworded(rendered) : rendered)),
      readOutbox: (subject, commandId) =>
        read('readOutbox', outboxRow(subject, commandId), () => store.readOutbox(subject, commandId)),
      markPublished: (subject, commandId, at) =>
        write(
          'markPublished',
          onOutbox(subject, commandId, () => store.markPublished(subject, commandId, at)),
        ),
      postpone: (subject, commandId, dueAt, failures) =>
        write(
          'postpone',
          onOutbox(subject, commandId, () => store.postpone(subject, commandId, dueAt, failures)),
        ),
      bury: (subject, commandId, at) =>
        write(
          'bury',
          onOutbox(subject, commandId, () => store.bury(subject, commandId, at)),
        ),
      makeDue: (subject, commandId, dueAt) =>
        write(
          'makeDue',
          onOutbox(subject, commandId, () => store.makeDue(subject, commandId, dueAt)),
        ),
      readDeadLetters: (ids) => read('readDeadLetters', '', () => store.readDeadLetters(ids)),
      // As the adapter does: what was read is changed here, and written if no other environment has changed it.
      changeDeadLetter: async (id, change, known) => {
        const key = deadLetterKey(id);
        let before = known ?? (await read('readDeadLetter', '', () => store.statesOf(DEAD_LETTER).read(key)));
        for (;;) {
          const state = change(before?.state);
          if (state === undefined) return before?.state;
          const next = {
            schemaVersion: before?.schemaVersion ?? DEAD_LETTER.written,
            ...{ version: (before?.version ?? 0) + 1, state, due: dueOfLetter(state) },
          };
          const expected = before?.version ?? 0;
          const result = await write('changeDeadLetter', () => letters.replaceDeadLetter(key, expected, next));
          if (result.kind === 'replaced') return state;
          before = result.current;
        }
      },
      recordDeadLetter: (letter, seenAt) => write('recordDeadLetter', () => letters.recordDeadLetter(letter, seenAt)),
      unhandledDeadLetters: (limit, subscriber, since) =>
        read('unhandledDeadLetters', '', () => store.unhandledDeadLetters(limit, subscriber, since)),
      recordOutcomes: (key, events) => write('recordOutcomes', () => store.recordOutcomes(key, events)),
      readOutcomes: (key) => read('readOutcomes', rowOf(key), () => store.readOutcomes(key)),
      suppress: (tenant, suppression) =>
        write('suppress', async () => {
          const inForce = await store.suppress(tenant, suppression);
          if (inForce) witness.suppressed(tenant, suppression.recipient);
          return inForce;
        }),
      liftSuppression: (tenant, recipient, at) =>
        write('liftSuppression', () => store.liftSuppression(tenant, recipient, at)),
      suppressionsOf: (tenant, recipients) =>
        read('suppressionsOf', '', () => store.suppressionsOf(tenant, recipients)),
      objectionsTo: (tenant, recipients, erasures) =>
        read('objectionsTo', '', () => store.objectionsTo(tenant, recipients, erasures)),
      listSuppressions: (tenant, limit, cursor) =>
        read('listSuppressions', '', () => store.listSuppressions(tenant, limit, cursor)),
      due: (kind, now, limit, from) =>
        read('due', '', async () => {
          const rows = index.due(kind, now, limit, from);
          indexReads += 1;
          // Some rows are not there yet.
          return rows.filter((_, position) => !faults.strikes(`index ${indexReads}.${position}`, 'stale-index'));
        }),
      postponeDue: (key, dueAt) =>
        write('postponeDue', async () => {
          await store.postponeDue(key, dueAt);
          indexState(rowOf(key));
        }),
      gauge: (kind) => read('gauge', '', () => store.gauge(kind)),
    };
  };
}

const reworded = (rendered: Rendered): Rendered =>
  rendered.channel === 'email' ? { ...rendered, subject: 'Reworded' } : { ...rendered, body: 'Reworded' };

const outboxRow = ({ tenant, type, id }: Subject, commandId: string): string =>
  `${JSON.stringify([tenant, type, id])} ${commandId}`;

function wroteAll({ outbox }: Commit, rows: readonly string[], wrote: (row: string) => void): void {
  for (const row of rows) wrote(row);
  wrote(outboxRow(outbox.subject, outbox.commandId));
}
