import type { MiddlewareObj } from '@middy/core';
import * as v from 'valibot';
import type { Fault } from '#shared/messaging/failure.ts';
import type { HttpEvent, HttpResponse } from './event.ts';
import { type FaultTexts, faultsOf } from './faults.ts';
import { checkedOptions } from './options.ts';
import { repeatedMembers } from './repeated-members.ts';
import { RequestRefused } from './request-refused.ts';

export type WithBody<Body> = {
  json: {
    /** The body as received, before defaults. A retry is compared with it. */
    received: unknown;
    /** The output of the schema. */
    valid: Body;
  };
};

export type AnySchema = v.GenericSchema;

export type JsonBodyOptions<Schema extends AnySchema> = {
  schema: Schema;
  /** The faults of the schema's own checks. */
  texts: FaultTexts;
  maximumBytes: number;
};

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i;
const QUOTED = /"(?:[^"\\]|\\.)*"/g;
const CHARSET = /;\s*charset\s*=\s*"?([^\s";]*)/gi;
/** ASCII is a subset of UTF-8, byte for byte. */
const READABLE_CHARSETS = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/**
 * Reads and validates a JSON body. It is UTF-8 (RFC 8259), with or without a byte order mark. A field that occurs twice is
 * a fault. `__proto__` is an ordinary field, and unknown to every schema.
 *
 * API Gateway passes a body of a JSON type as text, in which U+FFFD has already replaced bytes that are not UTF-8. The
 * schemas refuse that character in every text. A body in base64 still has its original bytes, and is decoded strictly.
 * @throws RequestRefused `CONTENT_TYPE_UNSUPPORTED`, `BODY_NOT_UTF8`, `BODY_TOO_LARGE`, `BODY_EMPTY`, `JSON_INVALID`, or
 *   `VALIDATION_FAILED` with every fault.
 */
export function jsonBody<Schema extends AnySchema>(
  options: JsonBodyOptions<Schema>,
): MiddlewareObj<HttpEvent & WithBody<v.InferOutput<Schema>>, HttpResponse> {
  const { schema, texts, maximumBytes } = checkedOptions('jsonBody', options, ['schema', 'texts', 'maximumBytes']);
  return {
    before: ({ event }) => {
      checkType(event.headers['content-type']);
      const text = textOf(bytesOf(event), maximumBytes);
      const received = parse(text);
      const repeated = repeatedMembers(text, MOST_FAULTS).map((path) => ({ path, ...REPEATED }));
      const result = v.safeParse(schema, received);
      if (!result.success || repeated.length > 0)
        throw bodyRefused([...repeated, ...(result.success ? [] : faultsOf(result.issues, received, texts))]);
      event.json = { received, valid: result.output };
    },
  };
}

function checkType(contentType = ''): void {
  if (contentType.replace(QUOTED, '').includes(',')) {
    throw new RequestRefused(
      'CONTENT_TYPE_UNSUPPORTED',
      'The Content-Type has a comma: the header was sent more than once, and API Gateway joined the values.',
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
  throw notUtf8('The Content-Type names a charset other than UTF-8.');
}

function bytesOf({ body = '', isBase64Encoded }: HttpEvent): Buffer {
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}

function textOf(bytes: Buffer, maximumBytes: number): string {
  if (bytes.length > maximumBytes) {
    const detail = `The body has ${bytes.length} bytes. The limit is ${maximumBytes}.`;
    throw new RequestRefused('BODY_TOO_LARGE', detail, 'Send a smaller body.');
  }
  const text = decode(bytes);
  if (text.trim() === '') throw new RequestRefused('BODY_EMPTY', 'The body is empty.', 'Send a JSON object.');
  return text;
}

function parse(text: string): unknown {
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
  new RequestRefused(
    'BODY_NOT_UTF8',
    detail,
    'Encode the body as UTF-8, which is the only encoding of JSON (RFC 8259).',
  );

// The parser's message quotes the body, which may contain personal data.
const broken = (): RequestRefused => new RequestRefused('JSON_INVALID', 'The body is not JSON.', 'Check its syntax.');

const REPEATED = {
  code: 'FIELD_REPEATED',
  message: 'The object has this field more than once.',
  next: 'Give it once. Only one of the values could be used.',
};

/** Further faults are only counted, so that the size of an answer has a bound. */
const MOST_FAULTS = 100;

/** The refusal of a body with these faults. */
export function bodyRefused(faults: readonly Fault[]): RequestRefused {
  const listed = faults.slice(0, MOST_FAULTS);
  const rest = listed.length < faults.length ? ` The first ${listed.length} are listed.` : '';
  const detail = `The body has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}.${rest}`;
  return new RequestRefused(
    'VALIDATION_FAILED',
    detail,
    'Correct the faults that are listed under errors, and send the request again. Nothing was stored.',
    listed,
  );
}
