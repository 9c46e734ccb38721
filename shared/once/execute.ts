import { type Announcement, type Decider, NOTHING_ANNOUNCED, type Rejection } from '#shared/messaging/decider.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import type { RelatedState, StoredState } from '#shared/messaging/rows.ts';
import type { Clock, Randomness, Timer } from '#shared/messaging/system.ts';
import type { Shape } from '#shared/messaging/versions.ts';
import { backoffMs } from './backoff.ts';
import type { Metadata } from './envelopes.ts';
import { IdempotencyConflict, TemporarilyUnavailable, VersionMismatch } from './errors.ts';
import { checkLimits } from './limits.ts';
import { outboxRecord, type RecordedCommand } from './outbox-record.ts';
import { type Commit, type OnceStore, type OutboxRecord, type Outcome, StoreUnavailable } from './ports.ts';

export type ExecutorSettings = {
  /** How long the stream may take before `wake-due` publishes the outbox row. */
  outboxGraceMs: number;
  /** How long conflicts and an unavailable store are retried here. After that, the caller has to retry. */
  budgetMs: number;
};

export type ExecutorPorts = {
  store: OnceStore;
  clock: Clock;
  timer: Timer;
  random: Randomness;
  settings: ExecutorSettings;
};

/** A command, and what it is decided with. */
export type Decided<
  State,
  Command,
  Event,
  Terms = undefined,
  Announced extends Announcement = Announcement,
> = WithTerms<Terms> &
  CommandSource<State, Command> & {
    decider: Decider<State, Command, Event, Terms, Announced>;
    key: StateKey;
    /**
     * The state as the caller knows it, to save the read: `absent` for commands that create it. A wrong assumption costs
     * one read and never causes a wrong write, because the commit checks the version.
     */
    assume?: 'absent' | StoredState<State>;
    /**
     * The version that the command is meant for; 0: no state. The state that is decided on has to have it, also after a
     * conflict. A rejection because there is no state takes precedence, and so does the stored answer of a repetition.
     */
    expectedVersion?: number;
    /**
     * Other states that change in the same transaction, or must not have changed. This is called again for every
     * commit attempt, so that a conflict
     * with one of them is decided on its current state. It may reject the command by throwing: then nothing is written. A
     * repetition of an accepted command still gets the stored answer.
     */
    related?: () => Promise<readonly RelatedState[]>;
  };

/** The command, or how it is read. */
type CommandSource<State, Command> =
  | { command: Command; readCommand?: undefined }
  | {
      command?: undefined;
      /**
       * Reads a command that contains data of another state. This is called again for every decision, and the decision
       * has the time before the read. So whatever changes the other state after the read has a later time. It may reject
       * the command by throwing, like `related`.
       * @param state that is decided on. It may show that nothing has to be read. undefined: nothing exists yet.
       */
      readCommand: (state: State | undefined) => Promise<Command>;
    };

/** Recognises a command, and says where it comes from. */
type Identified = {
  /** From `httpCommandId` or `messageCommandId`. */
  commandId: string;
  /** Distinguishes a repetition from a different command with the same id. */
  fingerprint: string;
  metadata: Metadata;
};

export type ExecuteRequest<
  State,
  Command,
  Event,
  Terms = undefined,
  Announced extends Announcement = Announcement,
> = Decided<State, Command, Event, Terms, Announced> & Identified;

/** What the decider needs besides time and key; see `AnnounceContext`. */
type WithTerms<Terms> = [Terms] extends [undefined] ? { terms?: undefined } : { terms: Terms };

/** `unchanged`: the decision has no events, so nothing was written. */
export type Executed = { kind: 'committed' | 'duplicate' | 'rejected' | 'unchanged'; outcome: Outcome };

/**
 * Handles a command once: load, check for a duplicate, decide (pure), and commit state and outbox in one
 * transaction. This follows Masternak and Pobiega's exactly-once processing: a duplicate gets the stored outcome, and
 * after a lost answer the caller asks again and never compensates.
 *
 * @throws IdempotencyConflict, VersionMismatch, LimitExceeded, and the errors of `related`: nothing was written.
 * @throws TemporarilyUnavailable after `budgetMs`: repeating the same command is safe.
 */
export async function executeOnce<State, Command, Event, Terms, Announced extends Announcement>(
  request: ExecuteRequest<State, Command, Event, Terms, Announced>,
  ports: ExecutorPorts,
): Promise<Executed> {
  const deadline = ports.clock.now() + ports.settings.budgetMs;
  const nonce = ports.random.nonce();
  let known: Known<State> = request.assume;
  for (let tries = 0; ; tries += 1) {
    const step = await attempt(request, known, nonce, ports);
    if (step.kind === 'done') return step.executed;
    known = step.known;
    const pauseMs = backoffMs(tries, ports.random.fraction());
    if (ports.clock.now() + pauseMs >= deadline) {
      throw new TemporarilyUnavailable('The command could not be completed in time.', { cause: step.cause });
    }
    await ports.timer.sleep(pauseMs);
  }
}

/** The state as far as it is known; undefined: it has to be read. */
type Known<State> = 'absent' | StoredState<State> | undefined;
type Done = { kind: 'done'; executed: Executed };
type Step<State> = Done | { kind: 'again'; known: Known<State>; cause?: unknown };

async function attempt<State, Command, Event, Terms, Announced extends Announcement>(
  request: ExecuteRequest<State, Command, Event, Terms, Announced>,
  assumed: Known<State>,
  nonce: string,
  ports: ExecutorPorts,
): Promise<Step<State>> {
  let known = assumed;
  try {
    if (known === undefined) {
      const { stored, record } = await ports.store.load(request.key, request.commandId, request.decider.shape);
      if (record) return done(recognise(record, request.fingerprint, nonce));
      known = stored ?? 'absent';
    }
    const now = ports.clock.now();
    const before = known === 'absent' ? undefined : known;
    const { readCommand } = request;
    const given = readCommand
      ? await orEarlier(() => readCommand(before?.state), request, ports)
      : { value: request.command };
    if (given.earlier) return done(recognise(given.earlier, request.fingerprint, nonce));
    const plan = decideOn(request, { command: given.value, now }, before, nonce, ports.settings);
    if (plan === 'mismatch') return await lookAgain(request, nonce, ports);
    if (!plan.commit) return done(plan.executed);
    return await committed(request, plan.executed, plan.commit, nonce, ports);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    // The commit may have succeeded. The next attempt then finds its own outbox row and recognises it by the nonce.
    return { kind: 'again', known, cause: error };
  }
}

/**
 * The state that was decided on does not have the expected version. It may have been assumed. Or it was read together
 * with the command's record while a transaction wrote both, and only the new state was seen: then a second read finds
 * the record.
 * @throws VersionMismatch if the command was not handled before.
 */
async function lookAgain<State, Command, Event, Terms, Announced extends Announcement>(
  {
    key,
    commandId,
    fingerprint,
    decider,
    expectedVersion = 0,
  }: ExecuteRequest<State, Command, Event, Terms, Announced>,
  nonce: string,
  { store }: ExecutorPorts,
): Promise<Step<State>> {
  const { stored, record } = await store.load(key, commandId, decider.shape);
  if (record) return done(recognise(record, fingerprint, nonce));
  const version = stored?.version ?? 0;
  if (version !== expectedVersion) throw new VersionMismatch(expectedVersion, version);
  return { kind: 'again', known: stored ?? 'absent' };
}

/** Commits the decision, with the other states that change in the same transaction. */
async function committed(
  request: Handled & Pick<ExecuteRequest<unknown, unknown, unknown>, 'fingerprint' | 'related'>,
  executed: Executed,
  planned: Commit,
  nonce: string,
  ports: ExecutorPorts,
): Promise<Done | { kind: 'again'; known: undefined }> {
  // A stored rejection by the decider does not change other states either.
  const related = request.related && planned.next ? await orEarlier(request.related, request, ports) : { value: [] };
  if (related.earlier) return done(recognise(related.earlier, request.fingerprint, nonce));
  const commit = related.value.length === 0 ? planned : { ...planned, related: related.value };
  checkLimits(commit);
  const result = await ports.store.commit(commit);
  if (result.kind === 'duplicate') return done(recognise(result.record, request.fingerprint, nonce));
  if (result.kind === 'conflict') return { kind: 'again', known: undefined };
  return done(executed);
}

/**
 * What `read` returns. It may reject a command that was accepted earlier, on the other states at that time. So an earlier
 * outbox record takes precedence over the rejection.
 */
async function orEarlier<Value>(
  read: () => Promise<Value>,
  { key, commandId, decider }: Handled,
  { store }: ExecutorPorts,
): Promise<{ value: Value; earlier?: undefined } | { earlier: OutboxRecord }> {
  try {
    return { value: await read() };
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    const { record } = await store.load(key, commandId, decider.shape);
    if (!record) throw error;
    return { earlier: record };
  }
}

/** Where the record of a command is found. */
type Handled = { key: StateKey; commandId: string; decider: { shape: Shape<unknown> } };

const done = (executed: Executed): Done => ({ kind: 'done', executed });

/** The command's outbox row exists. It is our own commit whose answer was lost, a repetition, or another command. */
function recognise(record: OutboxRecord, fingerprint: string, nonce: string): Executed {
  const { outcome } = record;
  if (record.nonce === nonce) return { kind: outcome.accepted ? 'committed' : 'rejected', outcome };
  if (record.fingerprint !== fingerprint) throw new IdempotencyConflict();
  return { kind: 'duplicate', outcome };
}

type Plan = { executed: Executed; commit?: Commit };

function decideOn<State, Command, Event, Terms, Announced extends Announcement>(
  request: ExecuteRequest<State, Command, Event, Terms, Announced>,
  { command, now }: { command: Command; now: number },
  stored: StoredState<State> | undefined,
  nonce: string,
  settings: ExecutorSettings,
): Plan | 'mismatch' {
  const { decider, key, expectedVersion } = request;
  const before = stored?.state;
  const decision = decider.decide(command, before, { key, now });
  const isAboutNothing = !stored && decision.kind === 'rejected';
  if (expectedVersion !== undefined && expectedVersion !== (stored?.version ?? 0) && !isAboutNothing) return 'mismatch';
  if (decision.kind === 'rejected') return refuse({ ...request, command }, stored, decision.rejection, nonce, now);

  const version = (stored?.version ?? 0) + 1;
  const [first, ...others] = decision.events;
  if (first === undefined) return { executed: { kind: 'unchanged', outcome: accepted(version - 1, {}) } };
  const state = others.reduce((current, event) => decider.evolve(current, event), decider.evolve(before, first));
  const announced = decider.announce(decision.events, state, {
    key,
    now,
    version,
    correlationId: request.metadata.correlationId,
    commandId: request.commandId,
    // TypeScript does not resolve `WithTerms` over a type parameter.
    terms: request.terms as Terms,
  });
  const outcome = accepted(version, decider.answer(state, announced, version));
  return {
    executed: { kind: 'committed', outcome },
    commit: {
      key,
      expectedVersion: version - 1,
      // A row keeps the version that it was read as, which may be newer than the version that this release writes.
      next: {
        schemaVersion: stored?.schemaVersion ?? decider.shape.written,
        version,
        state,
        due: decider.due(state),
      },
      outbox: outboxRecord(
        { ...request, command },
        { nonce, now, outcome, announced, graceMs: settings.outboxGraceMs },
      ),
      rows: announced.rows,
    },
  };
}

const accepted = (version: number, answer: Record<string, unknown>): Outcome => ({
  accepted: true,
  version,
  answer: JSON.stringify(answer),
});

/**
 * A rejection that depends on an existing state is stored, so that the key keeps its answer. Without a state, nothing
 * is stored.
 */
function refuse(
  request: RecordedCommand,
  stored: StoredState<unknown> | undefined,
  rejection: Rejection,
  nonce: string,
  now: number,
): Plan {
  const outcome: Outcome = { accepted: false, version: stored?.version ?? 0, answer: JSON.stringify(rejection) };
  const executed: Executed = { kind: 'rejected', outcome };
  if (!stored) return { executed };
  const outbox = outboxRecord(request, { nonce, now, outcome, announced: NOTHING_ANNOUNCED, graceMs: 0 });
  return { executed, commit: { key: request.key, expectedVersion: stored.version, outbox, rows: [] } };
}
