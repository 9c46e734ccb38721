/** One statement of an identity policy, as CloudFormation writes it, with every reference resolved. */
export type PolicyStatement = {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, unknown>;
};

/** One permission that a call needs: a call may need several, and all of them. */
export type Grant = { action: string; resource: string };

/**
 * What the policies say about one grant. `statement` is the position of the first statement that
 * allows it and `action` how that statement writes the action.
 */
export type Decision = { allowed: true; statement: number; action: string } | { allowed: false; reason: string };

/**
 * Evaluates identity policies as IAM does: an explicit deny wins, then any allow, else no. What this
 * evaluator does not understand (conditions, policy variables) it never takes for a yes.
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
  const allowing = applying.findIndex(
    ({ statement, match }) => statement.Effect === 'Allow' && match && !notUnderstood(statement),
  );
  if (allowing >= 0) return { allowed: true, statement: allowing, action: applying[allowing]?.match as string };
  const unread = applying.map(({ statement, match }) => (match ? notUnderstood(statement) : undefined)).find(Boolean);
  if (unread) return { allowed: false, reason: `the only statement that could allow it has ${unread}` };
  return { allowed: false, reason: `because no identity-based policy allows the ${action} action` };
}

/** Why a statement that applies cannot be judged here, if so. */
function notUnderstood({ Condition, Resource, NotResource }: PolicyStatement): string | undefined {
  if (Condition && Object.keys(Condition).length > 0) {
    return `a Condition (${Object.keys(Condition).join(', ')}), which the local gateway does not emulate`;
  }
  const variable = [...listOf(Resource), ...listOf(NotResource)].find((pattern) => pattern.includes('${'));
  return variable && `a policy variable (${variable}), which the local gateway does not emulate`;
}

/** How the statement writes the action, if it speaks about this action and resource. */
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
  // A variable could become anything: such a pattern is taken to apply, and then not understood.
  const isResource = (pattern: string) => pattern.includes('${') || wildcard(pattern).test(resource);
  if (Resource !== undefined) return listOf(Resource).some(isResource);
  const excluded = listOf(NotResource);
  return excluded.length > 0 && !excluded.some((pattern) => !pattern.includes('${') && isResource(pattern));
}

export const listOf = (value: string | string[] | undefined): string[] =>
  typeof value === 'string' ? [value] : (value ?? []);

const wildcards = new Map<string, RegExp>();

/** `*` stands for any run of characters and `?` for any one; everything else for itself. */
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
