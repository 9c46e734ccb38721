import {
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
} from '#shared/domain/circuit/circuit.ts';
import { isAboutAccount } from '#shared/domain/notification/refusals.ts';
import { SHAPES } from '#shared/domain/shapes.ts';
import type { Channel } from '#shared/names.ts';
import { backoffMs } from '#shared/once/backoff.ts';
import type { Clock, Log, Randomness, StateStore, StoredState } from '#shared/ports.ts';
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
   * Asked before a message is claimed. While this environment meets no refusals, it reads nothing.
   * @param deferrals how often the message was deferred before: it then waits longer.
   */
  enter(deferrals: number): Promise<Permit>;
  /** Told what came of the call, after that was stored. It never throws: what it counts matters less. */
  record(permit: Permit, notificationId: string, answer: ProviderAnswer): Promise<void>;
};

/** What one environment remembers between its messages. */
export type CircuitMemory = {
  verdicts: readonly Verdict[];
  /** What was read of the circuit, and when. */
  seen?: { circuit: Circuit; at: number };
};

export type CircuitPorts = {
  states: StateStore;
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
 * Stops a channel's calls while its provider refuses most of them for the account's sake: each call would be refused
 * and each message claimed and given back, at full speed, for as long as that lasts. All environments of a stage share
 * one row, which is written when the circuit changes, and read only by who has met a refusal within the window.
 */
export function circuitBreaker(ports: CircuitPorts): CircuitBreaker {
  const { memory = { verdicts: [] }, log, channel } = ports;
  const parts: Parts = { ...ports, memory };
  return {
    enter: (deferrals) => enter(deferrals, parts).catch((error) => unasked(error, parts)),
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

/** Without the row, nothing speaks against the call; whether the table works, the claim will show. */
function unasked(error: unknown, { log, channel }: Parts): Permit {
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

/** Spread out behind the next probe, so that those who waited do not come back all at once. */
function wait(probeAt: number, deferrals: number, { random, settings }: Parts): Permit {
  const spread = { baseMs: settings.firstProbeMs, capMs: settings.longestWaitMs };
  return { kind: 'wait', until: probeAt + 1 + backoffMs(deferrals, random.fraction(), spread) };
}

/** What is known of the circuit. Nothing is read while neither the row nor an answer gave reason to. */
async function circuitNow(parts: Parts): Promise<Circuit> {
  const { memory, clock, settings } = parts;
  const now = clock.now();
  const known = memory.seen?.circuit ?? CLOSED;
  memory.verdicts = counting(memory.verdicts, known, now, settings);
  if (known.status === 'closed' && !memory.verdicts.some(({ isRefused }) => isRefused)) return CLOSED;
  if (memory.seen && now - memory.seen.at < settings.believedMs) return known;
  return circuitOf(await readRow(parts), parts);
}

const readRow = ({ states, channel }: Parts): Promise<StoredState | undefined> => states.read(circuitKey(channel));

/** Keeps in mind what the row says. */
function circuitOf(stored: StoredState | undefined, { memory, clock }: Parts): Circuit {
  const circuit = (stored?.state as Circuit | undefined) ?? CLOSED;
  memory.seen = { circuit, at: clock.now() };
  return circuit;
}

/** Writes what `changed` makes of the circuit, over whatever another environment wrote; undefined: nothing to change. */
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
    const next = { schemaVersion: SHAPES.circuit.written, version: version + 1, state };
    const result = await parts.states.replace(key, version, next);
    if (result.kind === 'replaced') return { circuit: circuitOf(next, parts), isOurs: true };
    stored = result.current;
  }
}

async function record(permit: Permit, notificationId: string, answer: ProviderAnswer, parts: Parts): Promise<void> {
  const verdict = verdictOf(notificationId, answer, parts.clock.now());
  // Throttled, cut off or without an answer: that says nothing about the account. A probe's lease runs out.
  if (!verdict) return;
  if (permit.kind === 'probe') return settleProbe(verdict, parts);
  const { memory, settings } = parts;
  const others = memory.verdicts.filter((one) => one.notificationId !== notificationId);
  memory.verdicts = counting([...others, verdict], memory.seen?.circuit ?? CLOSED, verdict.at, settings);
  if (verdict.isRefused && isTripped(memory.verdicts, settings)) await trip(verdict, parts);
}

/** A message that was taken, or refused for its own sake, shows that the account may send. */
function verdictOf(notificationId: string, answer: ProviderAnswer, at: number): Verdict | undefined {
  switch (answer.kind) {
    case 'accepted':
      return { notificationId, at, isRefused: false, code: '' };
    case 'rejected':
      return { notificationId, at, isRefused: false, code: answer.reason };
    case 'deferred':
      return isAboutAccount(answer.reason) ? { notificationId, at, isRefused: true, code: answer.reason } : undefined;
    case 'unknown':
      return undefined;
    default:
      return answer satisfies never;
  }
}

/** Another environment may have opened or closed it since: what was refused before it closed no longer counts. */
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
