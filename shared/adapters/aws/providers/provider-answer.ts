import type { ProviderAnswer } from '#shared/delivery/provider.ts';
import { REFUSALS, type RefusalCode } from '#shared/notification/refusals.ts';
import { COMMON_REFUSALS } from './common-refusals.ts';
import { codeOf, type KnownRefusal, type ServiceRefusal } from './known-refusal.ts';
import { NotConnected } from './provider-line.ts';

/**
 * Makes the one call to a provider and returns what is known afterwards. The providers have no idempotency token, so
 * everything depends on two distinctions: *certainly not sent* from *unknown*, and *refused permanently* from *refused
 * temporarily*. A refusal is permanent only if the tables classify it as a refusal of this message.
 * @param known the provider's own refusals, without those that are common to all AWS services.
 */
export async function answerTo(
  call: () => Promise<{ MessageId?: string | undefined }>,
  known: readonly KnownRefusal[],
): Promise<ProviderAnswer> {
  try {
    const { MessageId } = await call();
    return MessageId
      ? { kind: 'accepted', providerMessageId: MessageId }
      : { kind: 'unknown', reason: 'NO_MESSAGE_ID' };
  } catch (error) {
    return answerForFailure(error, known);
  }
}

function answerForFailure(error: unknown, known: readonly KnownRefusal[]): ProviderAnswer {
  if (error instanceof NotConnected)
    return { kind: 'deferred', reason: error.code, providerCode: providerCodeOf(error.cause) };
  const providerCode = providerCodeOf(error);
  // Only a refusal from the service itself proves that the message was not sent. An unreadable answer, or an
  // answer from something in between, proves nothing.
  if (!isRefusal(error)) return { kind: 'unknown', reason: providerCode };
  const reason = refusalCodeOf(error, known);
  return { kind: REFUSALS[reason].about === 'message' ? 'rejected' : 'deferred', reason, providerCode };
}

/** Errors of the service itself that do not reveal whether it did the work. */
const UNDECIDED = /^(Unknown(Error)?|RequestTimeout(Exception)?|RequestAborted(Exception)?)$/;
const REQUEST_TIMEOUT = 408;

function isRefusal(error: unknown): error is ServiceRefusal {
  const { $fault, $metadata, name = '' } = error as Partial<ServiceRefusal>;
  const status = $metadata?.httpStatusCode ?? 0;
  return $fault === 'client' && status >= 400 && status < 500 && status !== REQUEST_TIMEOUT && !UNDECIDED.test(name);
}

function refusalCodeOf(refusal: ServiceRefusal, known: readonly KnownRefusal[]): RefusalCode {
  return codeOf(refusal, known) ?? codeOf(refusal, COMMON_REFUSALS) ?? codeByStatus(refusal);
}

function codeByStatus({ name, $metadata }: ServiceRefusal): RefusalCode {
  const status = $metadata?.httpStatusCode;
  if (status === 429 || /Throttl/.test(name)) return 'THROTTLED';
  if (status === 401 || status === 403) return 'PERMISSION_DENIED';
  return 'REFUSAL_UNCLEAR';
}

/** Only a code is recorded, because the texts of providers quote addresses and numbers. */
function providerCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN_ERROR';
  const { name, code, Reason } = error as Error & { code?: unknown; Reason?: unknown };
  if (typeof Reason === 'string' && CODE.test(Reason)) return Reason;
  return typeof code === 'string' && CODE.test(code) ? code : name;
}

const CODE = /^[A-Z][A-Z0-9_]{2,99}$/;
