import { createHash } from 'node:crypto';
import type { Clock, Randomness } from '#shared/messaging/system.ts';

/** A call of an actor. It reaches the table or the provider when `go` is called. */
type Pending = { actor: string; operation: string; go(): void };

/** Holds every call of the actors until the explorer chooses the next one. */
export type Gate = {
  /** Waiting calls, in the order in which they were made. */
  pending: readonly Pending[];
  /** The ports of this actor: each call waits until it may pass. A call of a dead actor never passes. */
  of<Ports extends object>(actor: string, ports: Ports): Ports;
  /** Lets one call through. */
  pass(call: Pending): void;
  /** The actor of this call crashes before or after the call, and makes no other calls. */
  die(call: Pending, isMade: boolean): void;
  /** Everything that determines the rest of the run: the calls and answers of each actor, and the waiting calls. */
  situation(): unknown[];
};

export const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('base64');

/** @param onAnswer called for each answered call, before its actor continues. */
export function createGate(clock: Clock, onAnswer: (actor: string, operation: string) => void): Gate {
  const pending: Pending[] = [];
  const dead = new Set<string>();
  const seen = new Map<string, string>();
  const note = (actor: string, ...what: unknown[]): void =>
    void seen.set(actor, digestOf([seen.get(actor), clock.now(), ...what]));
  const wait = (call: Pending): void => {
    if (!dead.has(call.actor)) pending.push(call);
  };
  const pass = (call: Pending): void => {
    pending.splice(pending.indexOf(call), 1);
    call.go();
  };

  const of = <Ports extends object>(actor: string, ports: Ports): Ports =>
    new Proxy(ports, {
      get: (target, operation: string) => {
        const execute = target[operation as keyof Ports] as unknown;
        if (typeof execute !== 'function') return execute;
        if (operation === 'statesOf') return (...args: unknown[]) => of(actor, execute.apply(target, args) as object);
        return (...args: unknown[]) =>
          new Promise((resolve, reject) => {
            const go = (): void =>
              void execute.apply(target, args).then(
                (result: unknown) => {
                  note(actor, result);
                  onAnswer(actor, operation);
                  resolve(result);
                },
                (error: unknown) => {
                  note(actor, String(error));
                  reject(error);
                },
              );
            note(actor, operation, args);
            wait({ actor, operation, go });
          });
      },
    });
  return {
    pending,
    of,
    pass,
    die(call, isMade) {
      dead.add(call.actor);
      if (isMade) return pass(call);
      pending.splice(pending.indexOf(call), 1);
    },
    situation: () => [
      [...dead],
      [...seen].sort(),
      pending.map(({ actor, operation }) => `${actor} ${operation}`).sort(),
    ],
  };
}

/** Nonces that contain their actor, so that they do not depend on the order of the actors. */
export function namedRandomness() {
  const drawn = new Map<string, number>();
  const of = (actor: string): Randomness => ({
    nonce: () => {
      drawn.set(actor, (drawn.get(actor) ?? 0) + 1);
      return `${actor}-${drawn.get(actor)}`;
    },
    fraction: () => 0.5,
  });
  return { of, drawn };
}
