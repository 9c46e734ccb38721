import type { ProviderAnswer } from '#shared/delivery/provider.ts';
import type { RefusalCode } from '#shared/notification/refusals.ts';
import type { PostResult } from './ports.ts';

type Answered = Extract<PostResult, { kind: 'answered' }>;
type Later = Omit<Extract<ProviderAnswer, { kind: 'repeat' }>, 'kind' | 'reason'>;

/**
 * What a call means for the notification, except for 410. Only a 2xx is an acceptance, and only a 4xx is final
 * (Standard Webhooks). Everything else is repeated.
 * @param id by which the receiver knows the webhook. @param now epoch milliseconds.
 */
export function answerOf(result: PostResult, id: string, now: number): ProviderAnswer {
  switch (result.kind) {
    case 'answered':
      return answerOfStatus(result, id, now);
    case 'not-permitted':
      return rejected('ENDPOINT_ADDRESS_REFUSED', result.code);
    case 'not-connected':
      return repeated('ENDPOINT_UNREACHABLE', result.code, { outcome: 'deferred' });
    case 'unanswered':
      return repeated('ENDPOINT_SILENT', result.code, { outcome: 'unknown' });
    default:
      return result satisfies never;
  }
}

function answerOfStatus(answered: Answered, id: string, now: number): ProviderAnswer {
  const { status, retryAfter, start } = answered;
  const code = `HTTP_${status}`;
  const answer = { status };
  if (status >= 200 && status < 300) return { kind: 'accepted', providerMessageId: id };
  if (status === 429 || status === 503) {
    return repeated('ENDPOINT_BUSY', code, { outcome: 'deferred', answer, ...askedPause(retryAfter, now) });
  }
  if (status >= 500) return repeated('ENDPOINT_FAILED', code, { outcome: 'unknown', answer });
  if (status >= 400) return { ...rejected('ENDPOINT_REFUSED', code), answer: { status, start } };
  return repeated('ENDPOINT_REDIRECTS', code, { outcome: 'deferred', answer });
}

const rejected = (reason: RefusalCode, providerCode: string) => ({ kind: 'rejected' as const, reason, providerCode });

const repeated = (reason: RefusalCode, providerCode: string, more: Later): ProviderAnswer => ({
  kind: 'repeat',
  reason,
  providerCode,
  ...more,
});

/** The pause of `Retry-After` (RFC 9110): a number of seconds, or a date. Another value has no effect. */
function askedPause(retryAfter: string | undefined, now: number): { notBeforeMs?: number } {
  const text = retryAfter?.trim() ?? '';
  const notBeforeMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return notBeforeMs > 0 ? { notBeforeMs } : {};
}
