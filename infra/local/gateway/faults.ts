import { OPERATIONS } from './operations.ts';
import { SERVICE_NAMES } from './services.ts';

/** What a rule can do to a call of a function. */
const FAULTS = [
  /** The connection is refused: nothing was sent, nothing was done. */
  'refuse',
  /** The service's own throttling error; nothing was done. */
  'throttle',
  /** HTTP 500; nothing was done. */
  'error',
  /** Done, then the connection is reset. */
  'lose-response',
  /** Held back for `delayMs`, then done, even if the caller has given up by then. */
  'delay',
  /** The calling environment dies before the engine sees the call. */
  'kill-before',
  /** The calling environment dies after the engine has done the work, without an answer. */
  'kill-after',
  /** `TransactWriteItems` only: another transaction holds its first item; nothing was done. */
  'transaction-conflict',
] as const;

export type Fault = (typeof FAULTS)[number];

/** One rule; `*` stands for every service or operation, no `function` for every function. */
export type FaultRule = {
  function?: string;
  service: string;
  operation: string;
  fault: Fault;
  /** Chance that a matching call is hit, 0 to 1; 1 if absent. */
  probability?: number;
  /** Most hits; unlimited if absent. */
  times?: number;
  /** How long `delay` holds a call back; 1000 if absent. */
  delayMs?: number;
};

type FaultedCall = { function: string; service: string; operation: string };

export type FaultRules = {
  /** Replaces all rules and starts the random numbers anew; the same seed draws the same. */
  replace(rules: FaultRule[], seed: number): void;
  list(): (FaultRule & { hits: number })[];
  clear(): void;
  /**
   * The rule that hits this call, its hit already counted. The first rule that matches wins; one that
   * has used up its `times` or loses its draw does not match.
   */
  take(call: FaultedCall): FaultRule | undefined;
};

export function createFaultRules(): FaultRules {
  let rules: (FaultRule & { hits: number })[] = [];
  let random = mulberry32(0);
  const hits = (rule: FaultRule & { hits: number }, call: FaultedCall): boolean =>
    (rule.function ?? call.function) === call.function &&
    (rule.service === '*' || rule.service === call.service) &&
    (rule.operation === '*' || rule.operation === call.operation) &&
    rule.hits < (rule.times ?? Number.POSITIVE_INFINITY) &&
    (rule.probability === undefined || random() < rule.probability);
  return {
    replace(next, seed) {
      rules = next.map((rule) => ({ ...rule, hits: 0 }));
      random = mulberry32(seed);
    },
    list: () => rules.map((rule) => ({ ...rule })),
    clear: () => {
      rules = [];
    },
    take(call) {
      const rule = rules.find((candidate) => hits(candidate, call));
      if (rule) rule.hits += 1;
      return rule;
    },
  };
}

/** Bryc's mulberry32: small, good enough to draw faults, the same on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Services that a rule can name; calls to a `webhook` do not pass through the gateway yet. */
const ruleServices = [...SERVICE_NAMES, 'webhook', '*'] as const;

/**
 * Reads rules as a client sent them.
 * @returns the rules, or everything that is wrong with them, with what would be valid.
 */
export function readFaultRules(
  body: unknown,
  functionNames: string[],
): { rules: FaultRule[] } | { problems: string[] } {
  if (!Array.isArray(body)) return { problems: ['the body must be an array of rules'] };
  const problems = body.flatMap((rule, position) =>
    problemsOf(rule, functionNames).map((problem) => `[${position}] ${problem}`),
  );
  return problems.length > 0 ? { problems } : { rules: body as FaultRule[] };
}

const fields = ['function', 'service', 'operation', 'fault', 'probability', 'times', 'delayMs'];

function problemsOf(rule: unknown, functionNames: string[]): string[] {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule)) return ['must be an object'];
  const {
    function: functionName,
    service,
    operation,
    fault,
    probability,
    times,
    delayMs,
  } = rule as Record<string, unknown>;
  const problems = Object.keys(rule)
    .filter((field) => !fields.includes(field))
    .map((field) => `unknown field ${JSON.stringify(field)}; valid: ${fields.join(', ')}`);
  const check = (valid: boolean, problem: string) => valid || problems.push(problem);
  const oneOf = (name: string, value: unknown, valid: readonly string[]) =>
    check(
      valid.includes(value as string),
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
  check(
    times === undefined || (Number.isInteger(times) && (times as number) > 0),
    'times must be a whole number above 0',
  );
  check(
    delayMs === undefined || (Number.isInteger(delayMs) && (delayMs as number) >= 0),
    'delayMs must be a whole number of milliseconds, 0 or more',
  );
  check(delayMs === undefined || fault === 'delay', 'delayMs belongs to the fault delay only');
  check(
    fault !== 'transaction-conflict' || (service === 'dynamodb' && operation === 'TransactWriteItems'),
    'transaction-conflict is for service dynamodb, operation TransactWriteItems only',
  );
  return problems;
}

function operationsOf(service: unknown): string[] {
  const all = Object.entries(OPERATIONS).filter(
    ([name]) => service === name || service === '*' || !ruleServices.includes(service as never),
  );
  return [
    ...new Set(all.flatMap(([, operations]) => Object.keys(operations))),
    ...(service === 'webhook' ? ['POST'] : []),
    '*',
  ];
}
