import type { HttpEvent } from './event.ts';

/** Claims that identify the owner of a token: a person or a machine. */
const WHO = ['username', 'sub', 'client_id'] as const;

/** The person or machine that decided, from the token. API Gateway has already verified the token. */
export function callerOf({ requestContext }: HttpEvent): string {
  const claims = requestContext.authorizer?.jwt?.claims ?? {};
  const who = WHO.map((claim) => claims[claim]).find((value) => typeof value === 'string' && value !== '');
  return String(who ?? 'unknown');
}
