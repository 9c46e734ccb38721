import type { PolicyStatement } from '../aws/policy.ts';
import type { Caller } from './caller.ts';
import { type Decision, decide, type Grant, listOf } from './iam.ts';

/** A permission that a function has and that none of its calls has needed so far. */
export type UnusedGrant = {
  function: string;
  /** Position of the statement among the function's statements. */
  statement: number;
  action: string;
  /** The statement's resources; `not …` where the statement names the excluded ones. */
  resources: string[];
};

export type Authoriser = ReturnType<typeof createAuthoriser>;

/**
 * Services whose calls pass through the gateway, by their IAM prefix. The use of other services is not visible here.
 */
const observed = new Set(['dynamodb', 'sns', 'sqs', 's3', 'ses', 'secretsmanager', 'sms-voice', 'lambda']);

/**
 * Authorises calls by the statements of their function and records which statements were needed.
 * @param policies statements of every function, so that a function without calls is reported too.
 */
export function createAuthoriser(accountId: string, policies: Record<string, PolicyStatement[]>) {
  const known = new Map(Object.entries(policies));
  const used = new Set<string>();
  const decided = new WeakMap<PolicyStatement[], Map<string, Decision>>();

  const decisionOf = (statements: PolicyStatement[], grant: Grant): Decision => {
    const decisions = decided.get(statements) ?? new Map<string, Decision>();
    decided.set(statements, decisions);
    const key = `${grant.action} ${grant.resource}`;
    const decision = decisions.get(key) ?? decide(statements, grant);
    decisions.set(key, decision);
    return decision;
  };

  return {
    /** Why a call is not allowed, in AWS's words; `undefined` when the call is allowed. */
    refusal({ functionName, policies: statements }: Caller, grants: Grant[]): string | undefined {
      if (!known.has(functionName)) known.set(functionName, statements);
      for (const grant of grants) {
        const decision = decisionOf(statements, grant);
        if (!decision.allowed) {
          const user = `arn:aws:sts::${accountId}:assumed-role/${functionName}/${functionName}`;
          return `User: ${user} is not authorized to perform: ${grant.action} on resource: ${grant.resource} ${decision.reason}`;
        }
        used.add(`${functionName} ${decision.statement} ${decision.action}`);
      }
      return undefined;
    },
    unused: (): UnusedGrant[] =>
      [...known].flatMap(([functionName, statements]) =>
        grantedPairs(functionName, statements).filter(
          ({ statement, action }) => !used.has(`${functionName} ${statement} ${action}`),
        ),
      ),
  };
}

function grantedPairs(functionName: string, statements: PolicyStatement[]): UnusedGrant[] {
  return statements.flatMap(({ Effect, Action, Resource, NotResource }, statement) => {
    if (Effect !== 'Allow') return [];
    const resources =
      Resource === undefined ? listOf(NotResource).map((resource) => `not ${resource}`) : listOf(Resource);
    return listOf(Action)
      .filter((action) => observed.has(prefixOf(action)))
      .map((action) => ({ function: functionName, statement, action, resources }));
  });
}

/** The service of an action: `sqs` of `sqs:SendMessage`. */
function prefixOf(action: string): string {
  const [prefix = ''] = action.split(':');
  return prefix;
}
