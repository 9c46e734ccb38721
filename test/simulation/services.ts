import type { OutgoingMessage, Provider, ProviderAnswer } from '#shared/delivery/provider.ts';
import type { Publication, Publisher, PublishFailure } from '#shared/ports.ts';
import type { Environment } from './environment.ts';
import { CALL_FAULTS, type Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import { TIMES } from './settings.ts';

/** One call that a provider took, as it happened. */
export type Accepted = {
  tenant: string;
  notificationId: string;
  attemptNonce: string;
  providerMessageId: string;
  recipients: readonly string[];
  rendered: string;
  at: number;
  /** What is told of it: how long that takes to reach our queue, and whether anybody will be able to read it. */
  event?: { delayMs: number; arrives: boolean };
};

export type SimulatedProvider = {
  /** Every call that arrived, taken or not: what is counted. */
  calls: OutgoingMessage[];
  accepted: Accepted[];
  /** As an environment of a sender sees it. */
  seenFrom(environment: Environment): Provider;
};

export type ProviderOptions = {
  name: string;
  scheduler: Scheduler;
  random: Random;
  faults: Faults;
  /** How often the SDK tries a call by itself. */
  sdkAttempts: number;
  /** How long it may still work on a call that was given up. */
  inFlightMs: number;
  /** What is told of an acceptance, and when; absent: the provider tells nothing. */
  tell?: (accepted: Accepted) => void;
};

export function simulatedProvider({
  name,
  scheduler,
  faults,
  sdkAttempts,
  inFlightMs,
  tell,
}: ProviderOptions): SimulatedProvider {
  const calls: OutgoingMessage[] = [];
  const accepted: Accepted[] = [];
  const take = async (message: OutgoingMessage): Promise<ProviderAnswer> => {
    calls.push(structuredClone({ ...message }));
    const { tenant, notificationId, attemptNonce, recipients, rendered } = message;
    // Now and then it takes the next attempt, as providers do.
    if (faults.strikes(`${name} ${tenant} ${attemptNonce}`, 'provider-rejects')) {
      return { kind: 'rejected', reason: 'MESSAGE_REJECTED' };
    }
    const providerMessageId = `${name}-${accepted.length + 1}`;
    const taken: Accepted = {
      tenant,
      notificationId,
      attemptNonce,
      providerMessageId,
      recipients: [...recipients],
      rendered: JSON.stringify(rendered),
      at: scheduler.now(),
    };
    accepted.push(taken);
    tell?.(taken);
    return { kind: 'accepted', providerMessageId };
  };
  const once = (message: OutgoingMessage, environment: Environment): Promise<ProviderAnswer> =>
    environment.call<ProviderAnswer>(`${name}.send`, () => take(message), {
      failed: () => ({ kind: 'unknown', reason: 'TIMEOUT' }),
      throttled: () => ({ kind: 'deferred', reason: 'THROTTLED' }),
      timeoutMs: TIMES.providerTimeoutMs,
      // Both clocks that judge it may be off, so the bound is not used up.
      lateMs: inFlightMs - 4 * TIMES.skewMs,
      freezeMs: inFlightMs - 4 * TIMES.skewMs,
      possible: CALL_FAULTS,
      about: `${message.tenant} ${message.notificationId}`,
    });
  return {
    calls,
    accepted,
    seenFrom: (environment) => ({
      send: async (message) => {
        let answer = await once(message, environment);
        // What the SDK would do by itself: a timeout looks transient to it.
        for (let tries = 1; tries < sdkAttempts && answer.kind === 'unknown'; tries += 1) {
          answer = await once(message, environment);
        }
        return answer;
      },
    }),
  };
}

/** Everything that was published, as subscribers saw it. */
export type Topic = { published: Publication[]; seenFrom(environment: Environment): Publisher };

export function simulatedTopic(deliver: (publication: Publication) => void, faults: Faults): Topic {
  const published: Publication[] = [];
  let batches = 0;
  const take = async (publications: readonly Publication[]): Promise<PublishFailure[]> => {
    batches += 1;
    const failures: PublishFailure[] = [];
    for (const [position, publication] of publications.entries()) {
      if (faults.strikes(`publish ${batches}.${position}`, 'partial-publish')) {
        failures.push({ key: publication.key, reason: 'InternalError', permanent: false });
      } else {
        published.push({ ...publication });
        deliver(publication);
      }
    }
    return failures;
  };
  return {
    published,
    seenFrom: (environment) => ({
      publishBatch: (publications) => {
        const refused = (): PublishFailure[] =>
          publications.map(({ key }) => ({ key, reason: 'TimeoutError', permanent: false }));
        return environment.call('publish', () => take(publications), {
          failed: refused,
          timeoutMs: TIMES.storeTimeoutMs,
          lateMs: 60_000,
          freezeMs: 5 * 60_000,
          possible: CALL_FAULTS,
        });
      },
    }),
  };
}
