import type { Json } from '../template/assembly.ts';

/**
 * Whether an event matches a filter pattern, by EventBridge's rules as far as the stack uses them:
 * every field of the pattern must be there, with one of the listed values or a string that begins
 * with a listed prefix. A field that is a list matches when one of its elements does.
 */
export function matchesPattern(pattern: Json, event: unknown): boolean {
  if (Array.isArray(pattern)) {
    const values = Array.isArray(event) ? event : [event];
    return values.some((value) => pattern.some((rule) => matchesRule(rule, value)));
  }
  if (event === null || typeof event !== 'object') return false;
  const fields = event as Record<string, unknown>;
  return Object.entries(pattern as Record<string, Json>).every(
    ([name, inner]) => Object.hasOwn(fields, name) && matchesPattern(inner, fields[name]),
  );
}

function matchesRule(rule: Json, value: unknown): boolean {
  if (rule === null || typeof rule !== 'object') return value === rule;
  const { prefix } = rule as { prefix: string };
  return typeof value === 'string' && value.startsWith(prefix);
}
