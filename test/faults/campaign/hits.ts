import type { FaultRule } from '#test/support/control.ts';

type HitRule = FaultRule & { hits: number };

export type Hits = {
  /** Stores the current hits of the rules. Call it before the rules are replaced or lost. */
  take(rules: HitRule[]): void;
  /** Starts with new rules that have no hits. */
  renew(): void;
  /** Faults by `<function> <service> <operation> <fault>`. */
  byPair(): Map<string, number>;
};

/** Counts the hits of all rules of a campaign. A cloud loses its rules when it is killed. */
export function countHits(): Hits {
  const before = new Map<string, number>();
  let now: HitRule[] = [];
  const add = (counts: Map<string, number>): Map<string, number> => {
    for (const { function: name, service, operation, fault, hits } of now) {
      const pair = `${name} ${service} ${operation} ${fault}`;
      if (hits > 0) counts.set(pair, (counts.get(pair) ?? 0) + hits);
    }
    return counts;
  };
  return {
    take: (rules) => {
      now = rules;
    },
    renew: () => {
      add(before);
      now = [];
    },
    byPair: () => add(new Map(before)),
  };
}
