import { createHash } from 'node:crypto';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

/**
 * Recognises a repeated HTTP request. Its scope is tenant, method, resolved path and key, so the same key may be used
 * for another path. The id is hashed, so that no character that a caller chose becomes part of a row's key.
 */
export function httpCommandId(scope: { tenant: string; method: string; path: string; idempotencyKey: string }): string {
  return `http#${sha256([scope.tenant, scope.method, scope.path, scope.idempotencyKey].join('\n'))}`;
}

/**
 * Recognises a message that was handled before. The id comes from the envelope or names the transition. It never comes
 * from SQS or SNS, because they give a republished message a new id.
 */
export function messageCommandId(subscriber: string, messageId: string): string {
  return `msg#${encodeURIComponent(subscriber)}#${encodeURIComponent(messageId)}`;
}

/** The id of the message that a command handles (see `messageCommandId`); undefined: it is not for a message. */
export function messageIdOf(commandId: string): string | undefined {
  const [kind, , messageId] = commandId.split('#');
  return kind === 'msg' && messageId !== undefined ? decodeURIComponent(messageId) : undefined;
}
