import * as v from 'valibot';
import { SERVICE_NAMES } from '../aws/services.ts';
import { isRecord, isWhole } from '../base/json.ts';
import { OPERATIONS } from './operations.ts';

/** The kinds of faults that a rule can inject into a call of a function. */
const FAULTS = [
  /** The connection is refused: nothing was sent and nothing was done. */
  'refuse',
  /** The service's own throttling error; nothing was done. */
  'throttle',
  /** HTTP 500; nothing was done. */
  'error',
  /** The engine completes the call, then the connection is reset. */
  'lose-response',
  /** The call waits for `delayMs` and is then completed, even if the caller has given up in the meantime. */
  'delay',
  /** The calling environment is killed before the engine receives the call. */
  'kill-before',
  /** The calling environment is killed after the engine has completed the call, without an answer. */
  'kill-after',
  /** `TransactWriteItems` only: another transaction holds its first item, and nothing was done. */
  'transaction-conflict',
] as const;

export type Fault = (typeof FAULTS)[number];

const RULE = v.object({
  function: v.optional(v.string()),
  service: v.string(),
  operation: v.string(),
  fault: v.picklist(FAULTS),
  /** Probability that the rule applies to a matching call, above 0 and at most 1; 1 if absent. */
  probability: v.optional(v.number()),
  /** Number of matching calls that pass before the first hit; 0 if absent. */
  skip: v.optional(v.number()),
  /** Maximum number of hits; unlimited if absent. */
  times: v.optional(v.number()),
  /** How long `delay` holds a call; 1000 if absent. */
  delayMs: v.optional(v.number()),
});

/** One rule. `*` matches every service or operation. A rule without `function` matches every function. */
export type FaultRule = v.InferOutput<typeof RULE>;

type FaultedCall = { function: string; service: string; operation: string };

export type FaultRules = ReturnType<typeof createFaultRules>;

export function createFaultRules() {
  let rules: (FaultRule & { hits: number })[] = [];
  /** How many calls each rule still lets pass. */
  let skipped = new Map<FaultRule, number>();
  let random = mulberry32(0);
  const skips = (rule: FaultRule): boolean => {
    const left = skipped.get(rule) ?? 0;
    skipped.set(rule, left - 1);
    return left > 0;
  };
  const hits = (rule: FaultRule & { hits: number }, call: FaultedCall): boolean =>
    (rule.function ?? call.function) === call.function &&
    (rule.service === '*' || rule.service === call.service) &&
    (rule.operation === '*' || rule.operation === call.operation) &&
    !skips(rule) &&
    rule.hits < (rule.times ?? Number.POSITIVE_INFINITY) &&
    (rule.probability === undefined || random() < rule.probability);
  return {
    /** Replaces all rules and restarts the random numbers. The same seed gives the same sequence. */
    replace(next: FaultRule[], seed: number): void {
      rules = next.map((rule) => ({ ...rule, hits: 0 }));
      skipped = new Map(rules.map((rule) => [rule, rule.skip ?? 0]));
      random = mulberry32(seed);
    },
    list: (): (FaultRule & { hits: number })[] => rules.map((rule) => ({ ...rule })),
    clear: (): void => {
      rules = [];
    },
    /**
     * Returns the rule that applies to this call, after counting the hit. The first matching rule applies. A rule that
     * has reached its `times`, still skips calls, or whose draw fails, does not match.
     */
    take(call: FaultedCall): FaultRule | undefined {
      const rule = rules.find((candidate) => hits(candidate, call));
      if (rule) rule.hits += 1;
      return rule;
    },
  };
}

/** Bryc's mulberry32: a small generator, sufficient to draw faults, with the same sequence on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Services that a rule can name. Calls to a `webhook` do not pass through the gateway: the sink applies their rules. */
const ruleServices = [...SERVICE_NAMES, 'webhook', '*'] as const;

/**
 * Reads the rules that a client sent.
 * @returns the rules, or every problem in them with the valid values.
 */
export function readFaultRules(
  body: unknown,
  functionNames: string[],
): { rules: FaultRule[] } | { problems: string[] } {
  if (!Array.isArray(body)) return { problems: ['the body must be an array of rules'] };
  const problems = body.flatMap((rule, position) =>
    problemsOf(rule, functionNames).map((problem) => `[${position}] ${problem}`),
  );
  if (problems.length > 0) return { problems };
  v.assert(v.array(RULE), body);
  return { rules: body };
}

const fields = Object.keys(RULE.entries);

function problemsOf(rule: unknown, functionNames: string[]): string[] {
  if (!isRecord(rule)) return ['must be an object'];
  const { function: functionName, service, operation, fault, probability, skip, times, delayMs } = rule;
  const problems = Object.keys(rule)
    .filter((field) => !fields.includes(field))
    .map((field) => `unknown field ${JSON.stringify(field)}; valid: ${fields.join(', ')}`);
  const check = (valid: boolean, problem: string) => valid || problems.push(problem);
  const oneOf = (name: string, value: unknown, valid: readonly string[]) =>
    check(
      isOneOf(valid, value),
      `${name} ${value === undefined ? 'is missing' : `${JSON.stringify(value)} is unknown`}; valid: ${valid.join(', ')}`,
    );

  if (functionName !== undefined) oneOf('function', functionName, functionNames);
  oneOf('service', service, ruleServices);
  oneOf('operation', operation, operationsOf(service));
  oneOf('fault', fault, FAULTS);
  check(
    probability === undefined || (typeof probability === 'number' && probability > 0 && probability <= 1),
    'probability must be above 0 and at most 1',
  );
  check(skip === undefined || isWhole(skip, 0), 'skip must be a whole number of calls, 0 or more');
  check(times === undefined || isWhole(times, 1), 'times must be a whole number above 0');
  check(delayMs === undefined || isWhole(delayMs, 0), 'delayMs must be a whole number of milliseconds, 0 or more');
  check(delayMs === undefined || fault === 'delay', 'delayMs belongs to the fault delay only');
  check(
    fault !== 'transaction-conflict' || (service === 'dynamodb' && operation === 'TransactWriteItems'),
    'transaction-conflict is for service dynamodb, operation TransactWriteItems only',
  );
  return problems;
}

function operationsOf(service: unknown): string[] {
  const all = Object.entries(OPERATIONS).filter(
    ([name]) => service === name || service === '*' || !isOneOf(ruleServices, service),
  );
  return [
    ...new Set(all.flatMap(([, operations]) => Object.keys(operations))),
    ...(service === 'webhook' ? ['POST'] : []),
    '*',
  ];
}

const isOneOf = (valid: readonly string[], value: unknown): boolean => valid.some((one) => one === value);
