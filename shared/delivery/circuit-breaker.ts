import type { StoredState } from '#shared/messaging/rows.ts';
import type { Clock, Log, Randomness } from '#shared/messaging/system.ts';
import type { Channel } from '#shared/names.ts';
import { isAboutAccount } from '#shared/notification/refusals.ts';
import { backoffMs } from '#shared/once/backoff.ts';
import type { StateStore } from '#shared/once/ports.ts';
import {
  CIRCUIT,
  type Circuit,
  type CircuitSettings,
  circuitKey,
  closed,
  counting,
  isTripped,
  opened,
  probeRefused,
  probing,
  type Verdict,
} from './circuit.ts';
import type { ProviderAnswer } from './provider.ts';

/** Whether the provider may be called now. */
export type Permit =
  | { kind: 'pass' }
  /** This call decides whether the circuit closes. */
  | { kind: 'probe' }
  /** No call before `until` (epoch milliseconds). */
  | { kind: 'wait'; until: number };

export type CircuitBreaker = {
  /**
   * Called before a message is claimed. It reads nothing while this environment sees no refusals.
   * @param deferrals how often the message was deferred before. The more often, the longer it waits.
   */
  enter(deferrals: number): Promise<Permit>;
  /** Receives the answer of the call, after it was stored. It never throws: its count matters less than the message. */
  record(permit: Permit, notificationId: string, answer: ProviderAnswer): Promise<void>;
};

/** What one environment keeps in memory between its messages. */
export type CircuitMemory = {
  verdicts: readonly Verdict[];
  /** The circuit as it was last read, and when. */
  seen?: { circuit: Circuit; at: number };
};

export type CircuitPorts = {
  states: StateStore<Circuit>;
  channel: Channel;
  clock: Clock;
  random: Randomness;
  log: Log;
  settings: CircuitSettings;
  /** New if absent. */
  memory?: CircuitMemory;
};

const CLOSED: Circuit = { status: 'closed' };
const PASS: Permit = { kind: 'pass' };

/**
 * Stops a channel's calls while its provider refuses most of them because of the account. Otherwise every message would
 * be claimed, refused and released at full speed until the account may send again. All environments of a stage share
 * one row. It is written when the circuit changes, and read only by environments that saw a refusal within the window
 * or last read a circuit that is not closed.
 */
export function circuitBreaker(ports: CircuitPorts): CircuitBreaker {
  const { memory = { verdicts: [] }, log, channel } = ports;
  const parts: Parts = { ...ports, memory };
  return {
    enter: (deferrals) => enter(deferrals, parts).catch((error) => permitUnread(error, parts)),
    record: async (permit, notificationId, answer) => {
      try {
        await record(permit, notificationId, answer, parts);
      } catch (error) {
        log.warn('Circuit not updated', { channel, error });
      }
    },
  };
}

type Parts = CircuitPorts & { memory: CircuitMemory };

/** If the row cannot be read, the call is permitted. The claim that follows shows whether the table works. */
function permitUnread(error: unknown, { log, channel }: Parts): Permit {
  log.warn('Circuit not read', { channel, error });
  return PASS;
}

async function enter(deferrals: number, parts: Parts): Promise<Permit> {
  const { clock, settings } = parts;
  const seen = await circuitNow(parts);
  const now = clock.now();
  if (seen.status === 'closed') return PASS;
  if (now < seen.probeAt) return wait(seen.probeAt, deferrals, parts);
  const taken = await change(parts, (circuit) =>
    circuit.status === 'open' && circuit.probeAt <= now ? probing(circuit, now, settings) : undefined,
  );
  if (taken.isOurs) return { kind: 'probe' };
  return taken.circuit.status === 'closed' ? PASS : wait(taken.circuit.probeAt, deferrals, parts);
}

/** Waits are spread out after the next probe, so that the waiting messages do not all come back at once. */
function wait(probeAt: number, deferrals: number, { random, settings }: Parts): Permit {
  const spread = { baseMs: settings.firstProbeMs, capMs: settings.longestWaitMs };
  return { kind: 'wait', until: probeAt + 1 + backoffMs(deferrals, random.fraction(), spread) };
}

/** The circuit's current state. The row is read only if its last state or a refused call gives a reason to. */
async function circuitNow(parts: Parts): Promise<Circuit> {
  const { memory, clock, settings } = parts;
  const now = clock.now();
  const known = memory.seen?.circuit ?? CLOSED;
  memory.verdicts = counting(memory.verdicts, known, now, settings);
  if (known.status === 'closed' && !memory.verdicts.some(({ isRefused }) => isRefused)) return CLOSED;
  if (memory.seen && now - memory.seen.at < settings.believedMs) return known;
  return circuitOf(await readRow(parts), parts);
}

const readRow = ({ states, channel }: Parts): Promise<StoredState<Circuit> | undefined> =>
  states.read(circuitKey(channel));

/** Keeps the row's circuit in memory. */
function circuitOf(stored: StoredState<Circuit> | undefined, { memory, clock }: Parts): Circuit {
  const circuit = stored?.state ?? CLOSED;
  memory.seen = { circuit, at: clock.now() };
  return circuit;
}

/** Writes the result of `changed`, and retries with the current row after a conflict. undefined: nothing to change. */
async function change(
  parts: Parts,
  changed: (circuit: Circuit) => Circuit | undefined,
): Promise<{ circuit: Circuit; isOurs: boolean }> {
  const key = circuitKey(parts.channel);
  let stored = await readRow(parts);
  while (true) {
    const circuit = circuitOf(stored, parts);
    const state = changed(circuit);
    if (!state) return { circuit, isOurs: false };
    const version = stored?.version ?? 0;
    const next = { schemaVersion: CIRCUIT.written, version: version + 1, state };
    const result = await parts.states.replace(key, version, next);
    if (result.kind === 'replaced') return { circuit: circuitOf(next, parts), isOurs: true };
    stored = result.current;
  }
}

async function record(permit: Permit, notificationId: string, answer: ProviderAnswer, parts: Parts): Promise<void> {
  const verdict = verdictOf(notificationId, answer, parts.clock.now());
  // A call that was throttled, cut off or not answered says nothing about the account. A probe's lease expires.
  if (!verdict) return;
  if (permit.kind === 'probe') return settleProbe(verdict, parts);
  const { memory, settings } = parts;
  const others = memory.verdicts.filter((one) => one.notificationId !== notificationId);
  memory.verdicts = counting([...others, verdict], memory.seen?.circuit ?? CLOSED, verdict.at, settings);
  if (verdict.isRefused && isTripped(memory.verdicts, settings)) await trip(verdict, parts);
}

/** A message that was accepted, or refused because of the message itself, shows that the account may send. */
function verdictOf(notificationId: string, answer: ProviderAnswer, at: number): Verdict | undefined {
  switch (answer.kind) {
    case 'accepted':
      return { notificationId, at, isRefused: false, code: '' };
    case 'rejected':
      return { notificationId, at, isRefused: false, code: answer.reason };
    case 'deferred':
      return isAboutAccount(answer.reason) ? { notificationId, at, isRefused: true, code: answer.reason } : undefined;
    case 'repeat':
    case 'unknown':
      return undefined;
    default:
      return answer satisfies never;
  }
}

/** Another environment may have opened or closed the circuit since. Refusals before it closed no longer count. */
async function trip({ code, at }: Verdict, parts: Parts): Promise<void> {
  const { memory, settings, log, channel } = parts;
  const { isOurs } = await change(parts, (circuit) => {
    memory.verdicts = counting(memory.verdicts, circuit, at, settings);
    return circuit.status === 'closed' && isTripped(memory.verdicts, settings) ? opened(code, at, settings) : undefined;
  });
  if (isOurs) log.error('Circuit opened', { channel, because: code });
}

async function settleProbe({ isRefused, code, at }: Verdict, parts: Parts): Promise<void> {
  const { memory, settings, log, channel } = parts;
  const { circuit, isOurs } = await change(parts, (current) => {
    if (current.status === 'closed') return undefined;
    return isRefused ? probeRefused(current, code, at, settings) : closed(at);
  });
  if (circuit.status === 'closed') memory.verdicts = [];
  if (isOurs) log.warn(isRefused ? 'Probe refused; circuit stays open' : 'Circuit closed', { channel, because: code });
}
