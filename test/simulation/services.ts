import { answerTo } from '#shared/adapters/aws/providers/provider-answer.ts';
import type { OutgoingMessage, Provider } from '#shared/delivery/provider.ts';
import type { ContactChannel } from '#shared/names.ts';
import type { Publication, Publisher, PublishFailure } from '#shared/once/ports.ts';
import { type Conditions, isWithin } from './conditions.ts';
import type { Environment } from './environment.ts';
import { CALL_FAULTS, type CallFault, type Faults } from './faults.ts';
import { accountRefusal, KNOWN_REFUSALS, messageRefusal, noAnswer, throttled, unreachable } from './provider-errors.ts';
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
  /** Its Send event: the delay until it is in our queue, and whether it arrives and can be read. */
  event?: { delayMs: number; arrives: boolean };
  /** Its other events, which reach our queue. */
  outcomeEvents?: readonly OutcomeEvent[];
};

/** An event about one recipient of an accepted call; without `recipient`, about all recipients. */
export type OutcomeEvent = {
  eventType: 'Delivery' | 'Bounce' | 'Complaint' | 'DeliveryDelay' | 'Reject';
  /** Epoch milliseconds. */
  at: number;
  recipient?: string;
  /** Bounce type and subtype, delay type. */
  type?: string;
  subType?: string;
};

/** A call as it begins in a sender, whether or not it reaches the provider. */
export type Begun = {
  tenant: string;
  notificationId: string;
  attemptNonce: string;
  recipients: readonly string[];
  at: number;
  /** When the invocation began that makes it. */
  bornAt: number;
};

export type SimulatedProvider = {
  begun: Begun[];
  /** Every call that arrived, taken or not: what is counted. */
  calls: OutgoingMessage[];
  accepted: Accepted[];
  /** Attempts whose message was refused for good. */
  refused: Set<string>;
  /** Attempts whose outcome was not known to the sender after its call. */
  unanswered: Set<string>;
  /** Calls that were refused because of the account. */
  accountRefusals(): number;
  /** As an environment of a sender sees it. */
  seenFrom(environment: Environment): Provider;
};

export type ProviderOptions = {
  name: ContactChannel;
  scheduler: Scheduler;
  faults: Faults;
  conditions: Pick<Conditions, 'connectOutage' | 'accountPause'>;
  /** How often the SDK tries a call by itself. */
  sdkAttempts: number;
  /** How long the provider may still work on a call after the client gave up. */
  inFlightMs: number;
  /** Called for each accepted call; absent if the provider has no events. */
  onAccepted?: (accepted: Accepted) => void;
};

/** Faults while no connection can be established: the environment may still crash or freeze. */
const CONNECT_FAULTS: readonly CallFault[] = ['crash-before', 'freeze-before', 'freeze-after'];

export function simulatedProvider({
  name,
  scheduler,
  faults,
  conditions: { connectOutage, accountPause },
  sdkAttempts,
  inFlightMs,
  onAccepted,
}: ProviderOptions): SimulatedProvider {
  const begun: Begun[] = [];
  const calls: OutgoingMessage[] = [];
  const accepted: Accepted[] = [];
  const refused = new Set<string>();
  const unanswered = new Set<string>();
  let accountRefusals = 0;
  const isDuring = (window: Conditions['accountPause']): boolean =>
    window?.channels.includes(name) === true && isWithin(window, scheduler.now());
  const take = async (message: OutgoingMessage): Promise<{ MessageId: string }> => {
    const { tenant, notificationId, attemptNonce, recipients, rendered } = message;
    if (isDuring(accountPause)) {
      accountRefusals += 1;
      throw accountRefusal(name, faults.random(`account ${accountRefusals} ${attemptNonce}`));
    }
    calls.push(structuredClone({ ...message }));
    // It may accept the next attempt, as providers do.
    if (faults.strikes(`${name} ${tenant} ${attemptNonce}`, 'provider-rejects')) {
      refused.add(attemptNonce);
      throw messageRefusal(name);
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
    onAccepted?.(taken);
    return { MessageId: providerMessageId };
  };
  const times = {
    timeoutMs: TIMES.providerTimeoutMs,
    // Both clocks that judge it may be off, so the bound is not used up.
    lateMs: inFlightMs - 4 * TIMES.skewMs,
    freezeMs: inFlightMs - 4 * TIMES.skewMs,
    throttled,
  };
  /** No request leaves: there is nothing that it could leave over. */
  const connectInVain = ({ attemptNonce }: OutgoingMessage, environment: Environment) => {
    const error = unreachable(faults.random(`connect ${attemptNonce}`));
    return environment.call<never>(`${name}.connect`, () => Promise.reject(error), {
      ...times,
      failed: () => {
        throw error;
      },
      possible: CONNECT_FAULTS,
    });
  };
  const once = (message: OutgoingMessage, environment: Environment): Promise<{ MessageId: string }> => {
    const { tenant, notificationId, attemptNonce, recipients } = message;
    const { bornAt } = environment;
    begun.push({ tenant, notificationId, attemptNonce, recipients, at: scheduler.now(), bornAt });
    if (isDuring(connectOutage)) return connectInVain(message, environment);
    const about = `${tenant} ${notificationId}`;
    const failed = (): never => {
      unanswered.add(attemptNonce);
      return noAnswer();
    };
    return environment.call(`${name}.send`, () => take(message), { ...times, failed, possible: CALL_FAULTS, about });
  };
  return {
    begun,
    calls,
    accepted,
    refused,
    unanswered,
    accountRefusals: () => accountRefusals,
    seenFrom: (environment) => ({
      send: async (message) => {
        const call = () => answerTo(() => once(message, environment), KNOWN_REFUSALS[name]);
        let answer = await call();
        // What the SDK would do by itself: a timeout looks transient to it.
        for (let tries = 1; tries < sdkAttempts && answer.kind === 'unknown'; tries += 1) answer = await call();
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
