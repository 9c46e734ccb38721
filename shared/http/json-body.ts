import type { MiddlewareObj } from '@middy/core';
import * as v from 'valibot';
import type { Fault } from '#shared/messaging/failure.ts';
import type { HttpEvent, HttpResponse } from './event.ts';
import type { FaultTexts } from './faults.ts';
import { checkedOptions } from './options.ts';
import { RequestRefused } from './request-refused.ts';

export type WithBody<Body> = {
  json: {
    /** As it came, before defaults: what a repetition is compared with. */
    received: unknown;
    /** What the schema made of it. */
    valid: Body;
  };
};

/** Some checks import what they need first. */
export type AnySchema = v.GenericSchema | v.GenericSchemaAsync;

export type JsonBodyOptions<Schema extends AnySchema> = {
  schema: Schema;
  /** What to say about what does not pass the schema's own checks; asked for when something does not. */
  texts: () => Promise<FaultTexts>;
  maximumBytes: number;
};

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i;
const QUOTED = /"(?:[^"\\]|\\.)*"/g;
const CHARSET = /;\s*charset\s*=\s*"?([^\s";]*)/gi;
/** ASCII is a part of UTF-8, byte for byte. */
const READABLE_CHARSETS = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/**
 * Reads and validates a JSON body, which is UTF-8 (RFC 8259), with or without a byte order mark. Of a field that is
 * given twice, the last one counts (JSON.parse); `__proto__` is a field like any other, and unknown to every schema.
 *
 * API Gateway passes a body of this type as text, in which U+FFFD already replaces bytes that were not UTF-8. The schemas
 * refuse that character in every text. A body in base64 still has its bytes, and is decoded strictly.
 * @throws RequestRefused `CONTENT_TYPE_UNSUPPORTED`, `BODY_NOT_UTF8`, `BODY_TOO_LARGE`, `BODY_EMPTY`, `JSON_INVALID`, or
 *   `VALIDATION_FAILED` with every fault.
 */
export function jsonBody<Schema extends AnySchema>(
  options: JsonBodyOptions<Schema>,
): MiddlewareObj<HttpEvent & WithBody<v.InferOutput<Schema>>, HttpResponse> {
  const { schema, texts, maximumBytes } = checkedOptions('jsonBody', options, ['schema', 'texts', 'maximumBytes']);
  return {
    before: async ({ event }) => {
      checkType(event.headers['content-type']);
      const received = parse(bytesOf(event), maximumBytes);
      const result = await v.safeParseAsync(schema, received);
      if (!result.success) {
        // Few bodies are faulty: what tells the faults is loaded by the first that is.
        const { faultsOf } = await import('./faults.ts');
        throw refused(faultsOf(result.issues, received, await texts()));
      }
      event.json = { received, valid: result.output };
    },
  };
}

function checkType(contentType = ''): void {
  if (contentType.replace(QUOTED, '').includes(',')) {
    throw new RequestRefused(
      'CONTENT_TYPE_UNSUPPORTED',
      'The Content-Type has a comma: the header was sent more than once, and was joined on the way.',
      'Send Content-Type: application/json, once.',
    );
  }
  if (!JSON_TYPE.test(contentType)) {
    throw new RequestRefused(
      'CONTENT_TYPE_UNSUPPORTED',
      'The Content-Type is not JSON.',
      'Send Content-Type: application/json.',
    );
  }
  const charsets = Array.from(contentType.matchAll(CHARSET), ([, charset = '']) => charset.toLowerCase());
  if (charsets.every((charset) => READABLE_CHARSETS.has(charset))) return;
  throw notUtf8('The Content-Type names another charset than UTF-8.');
}

function bytesOf({ body = '', isBase64Encoded }: HttpEvent): Buffer {
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}

function parse(bytes: Buffer, maximumBytes: number): unknown {
  if (bytes.length > maximumBytes) {
    const detail = `The body has ${bytes.length} bytes; ${maximumBytes} is the limit.`;
    throw new RequestRefused('BODY_TOO_LARGE', detail, 'Send less in one request.');
  }
  const text = decode(bytes);
  if (text.trim() === '') throw new RequestRefused('BODY_EMPTY', 'The body is empty.', 'Send a JSON object.');
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw broken();
    throw error;
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw notUtf8('The body has bytes that are not UTF-8.');
    throw error;
  }
}

const notUtf8 = (detail: string): RequestRefused =>
  new RequestRefused('BODY_NOT_UTF8', detail, 'Encode the body as UTF-8; JSON has no other encoding (RFC 8259).');

// What the parser says would quote the body, and a quote may hold personal data.
const broken = (): RequestRefused => new RequestRefused('JSON_INVALID', 'The body is not JSON.', 'Check its syntax.');

/** Beyond these, the rest is only counted: an answer must not grow with the nonsense that was sent. */
const MOST_FAULTS = 100;

function refused(faults: readonly Fault[]): RequestRefused {
  const told = faults.slice(0, MOST_FAULTS);
  const detail = `The body has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}${told.length < faults.length ? `; the first ${told.length} are listed` : ''}.`;
  return new RequestRefused(
    'VALIDATION_FAILED',
    detail,
    'Correct what is listed under errors and send it again; nothing was stored.',
    told,
  );
}
