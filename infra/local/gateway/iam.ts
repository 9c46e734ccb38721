import type { PolicyStatement } from '../aws/policy.ts';

/** One permission that a call needs. A call may need several; then all of them must be allowed. */
export type Grant = { action: string; resource: string };

/**
 * The result of the policies for one grant. `statement` is the position of the first statement that allows it. `action`
 * is the action as that statement writes it.
 */
export type Decision = { allowed: true; statement: number; action: string } | { allowed: false; reason: string };

/**
 * Evaluates identity policies as IAM does: an explicit deny takes precedence, then any allow; otherwise the call is
 * denied. A statement that this evaluator does not understand (conditions, policy variables) never allows a call.
 */
export function decide(policies: PolicyStatement[], { action, resource }: Grant): Decision {
  const applying = policies.map((statement) => ({ statement, match: matches(statement, action, resource) }));
  const denying = applying.find(({ statement, match }) => statement.Effect === 'Deny' && match);
  if (denying) {
    const unread = notUnderstood(denying.statement);
    return {
      allowed: false,
      reason: unread ? `a deny with ${unread}` : `with an explicit deny in an identity-based policy`,
    };
  }
  for (const [position, { statement, match }] of applying.entries()) {
    if (statement.Effect === 'Allow' && match && !notUnderstood(statement))
      return { allowed: true, statement: position, action: match };
  }
  const unread = applying.map(({ statement, match }) => (match ? notUnderstood(statement) : undefined)).find(Boolean);
  if (unread) return { allowed: false, reason: `the only statement that could allow it has ${unread}` };
  return { allowed: false, reason: `because no identity-based policy allows the ${action} action` };
}

/** Why a statement that applies cannot be evaluated here; `undefined` when it can. */
function notUnderstood({ Condition, Resource, NotResource }: PolicyStatement): string | undefined {
  if (Condition && Object.keys(Condition).length > 0) {
    return `a Condition (${Object.keys(Condition).join(', ')}), which the local gateway does not emulate`;
  }
  const variable = [...listOf(Resource), ...listOf(NotResource)].find((pattern) => pattern.includes('${'));
  return variable && `a policy variable (${variable}), which the local gateway does not emulate`;
}

/** The action as the statement writes it, if the statement covers this action and resource. */
function matches(statement: PolicyStatement, action: string, resource: string): string | undefined {
  const written = matchedAction(statement, action);
  return written !== undefined && matchesResource(statement, resource) ? written : undefined;
}

function matchedAction({ Action, NotAction }: PolicyStatement, action: string): string | undefined {
  const isAction = (pattern: string) => wildcard(pattern.toLowerCase()).test(action.toLowerCase());
  if (Action !== undefined) return listOf(Action).find(isAction);
  const excluded = listOf(NotAction);
  return excluded.length > 0 && !excluded.some(isAction) ? `not ${excluded.join(', ')}` : undefined;
}

function matchesResource({ Resource, NotResource }: PolicyStatement, resource: string): boolean {
  // A policy variable could have any value: such a pattern applies, and the statement is then not understood.
  const isResource = (pattern: string) => pattern.includes('${') || wildcard(pattern).test(resource);
  if (Resource !== undefined) return listOf(Resource).some(isResource);
  const excluded = listOf(NotResource);
  return excluded.length > 0 && !excluded.some((pattern) => !pattern.includes('${') && isResource(pattern));
}

export const listOf = (value: string | string[] | undefined): string[] =>
  typeof value === 'string' ? [value] : (value ?? []);

const wildcards = new Map<string, RegExp>();

/** `*` matches any sequence of characters and `?` any single character. Every other character matches itself. */
export function wildcard(pattern: string): RegExp {
  let expression = wildcards.get(pattern);
  if (!expression) {
    expression = new RegExp(
      `^${pattern
        .replace(/[\\^$.+|(){}[\]]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
      's',
    );
    wildcards.set(pattern, expression);
  }
  return expression;
}
