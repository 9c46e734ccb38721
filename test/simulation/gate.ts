import { createHash } from 'node:crypto';
import type { Clock, Randomness } from '#shared/messaging/system.ts';

/** A call that an actor wants to make: it reaches table or provider when it is told to go. */
type Pending = { actor: string; operation: string; go(): void };

/** Holds every call of the actors until somebody chooses which one is next. */
export type Gate = {
  /** Calls that wait for their turn, in the order in which they were asked for. */
  pending: readonly Pending[];
  /** The ports as this actor sees them: each call waits for its turn; a dead actor's never comes. */
  of<Ports extends object>(actor: string, ports: Ports): Ports;
  /** Lets one call through. */
  pass(call: Pending): void;
  /** The actor of this call dies with it, before it is made or after; what it would ask for next never comes. */
  die(call: Pending, isMade: boolean): void;
  /** What follows from here follows from this: all that each actor asked and was told, and what waits. */
  situation(): unknown[];
};

export const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('base64');

/** @param onAnswer called with each call that was answered, before its actor goes on. */
export function createGate(clock: Clock, onAnswer: (actor: string, operation: string) => void): Gate {
  const pending: Pending[] = [];
  const dead = new Set<string>();
  const heard = new Map<string, string>();
  const hear = (actor: string, ...what: unknown[]): void =>
    void heard.set(actor, digestOf([heard.get(actor), clock.now(), ...what]));
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
                  hear(actor, result);
                  onAnswer(actor, operation);
                  resolve(result);
                },
                (error: unknown) => {
                  hear(actor, String(error));
                  reject(error);
                },
              );
            hear(actor, operation, args);
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
      [...heard].sort(),
      pending.map(({ actor, operation }) => `${actor} ${operation}`).sort(),
    ],
  };
}

/** Nonces that show who drew them: whoever comes first, everybody has the same ones. */
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
