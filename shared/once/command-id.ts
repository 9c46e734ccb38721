import { createHash } from 'node:crypto';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

/**
 * Recognises a repeated HTTP request: tenant, method, resolved path and key make its scope, so the
 * same key may be used for another path. Hashed, so that no character of a caller's reaches a key.
 */
export function httpCommandId(scope: { tenant: string; method: string; path: string; idempotencyKey: string }): string {
  return `http#${sha256([scope.tenant, scope.method, scope.path, scope.idempotencyKey].join('\n'))}`;
}

/**
 * Recognises a message handled before. The id comes from the envelope (or says which transition it
 * is), never from SQS or SNS, which give a republished message a new one.
 */
export function messageCommandId(subscriber: string, messageId: string): string {
  return `msg#${encodeURIComponent(subscriber)}#${encodeURIComponent(messageId)}`;
}
