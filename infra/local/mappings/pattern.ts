import { isJsonObject, type Json } from '../base/json.ts';

/**
 * Whether an event matches a filter pattern, by the rules of EventBridge that the stack uses. The event must have every
 * field of the pattern, with one of the listed values or a string that begins with a listed prefix. A list matches when
 * one of its elements matches.
 */
export function matchesPattern(pattern: Json, event: unknown): boolean {
  if (Array.isArray(pattern)) {
    const values = Array.isArray(event) ? event : [event];
    return values.some((value) => pattern.some((rule) => matchesRule(rule, value)));
  }
  if (event === null || typeof event !== 'object' || !isJsonObject(pattern)) return false;
  const fields = new Map<string, unknown>(Object.entries(event));
  return Object.entries(pattern).every(([name, inner]) => fields.has(name) && matchesPattern(inner, fields.get(name)));
}

function matchesRule(rule: Json, value: unknown): boolean {
  if (!isJsonObject(rule)) return value === rule;
  return typeof value === 'string' && typeof rule.prefix === 'string' && value.startsWith(rule.prefix);
}
