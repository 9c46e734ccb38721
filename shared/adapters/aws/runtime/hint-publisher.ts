import {
  ALGORITHM,
  type SigningCredentials,
  sha256,
  signatureOf,
  signedForm,
  signingAt,
} from '#shared/adapters/aws/signature.ts';
import type { HintPublisher } from '#shared/live/hints.ts';
import { Failure } from '#shared/messaging/failure.ts';
import type { Clock } from '#shared/messaging/system.ts';

/** AppSync Events has not accepted hints. */
export class HintsRefused extends Failure {
  override readonly name = 'HintsRefused';
  readonly code = 'HINTS_REFUSED';
  readonly retriable = true;
  readonly next =
    'Nothing, if it stops by itself: the hints are published again, for a minute. Then pages read by themselves.';
}

/** The call is short, and a hint that is late is worth nothing. */
const LONGEST_CALL_MS = 2000;

export type HintPublisherOptions = {
  /** `https://<id>.appsync-api.<region>.amazonaws.com/event` */
  url: string;
  region: string;
  /** Read for each call, because temporary credentials change. */
  credentials: () => SigningCredentials;
  clock: Clock;
  fetch?: typeof globalThis.fetch;
};

/**
 * Publishes through the HTTP API of AppSync Events, one event a call. There is no client for it in the SDK. The request
 * is signed as IAM requires.
 * https://docs.aws.amazon.com/appsync/latest/eventapi/publish-http.html
 */
export function hintPublisher({
  url,
  region,
  credentials,
  clock,
  fetch = globalThis.fetch,
}: HintPublisherOptions): HintPublisher {
  return {
    async publish({ channel, hints }) {
      // Each event is JSON in a text.
      const body = JSON.stringify({ channel, events: [JSON.stringify({ hints })] });
      const headers = signedHeaders({ url, body, region, credentials: credentials(), now: clock.now() });
      const signal = AbortSignal.timeout(LONGEST_CALL_MS);
      const answer = await fetch(url, { method: 'POST', headers, body, signal });
      const text = await answer.text();
      if (!answer.ok) throw new HintsRefused(`AppSync Events has answered ${answer.status}.`);
      if (failedIn(text) > 0) throw new HintsRefused('AppSync Events has not accepted an event.');
    },
  };
}

type Signed = { url: string; body: string; region: string; credentials: SigningCredentials; now: number };

/** The headers of a POST with Signature Version 4. */
export function signedHeaders({ url, body, region, credentials, now }: Signed): Record<string, string> {
  const { host, pathname } = new URL(url);
  const signing = signingAt(now, region, 'appsync');
  const headers = {
    'content-type': 'application/json',
    'x-amz-date': signing.time,
    ...(credentials.sessionToken !== undefined && { 'x-amz-security-token': credentials.sessionToken }),
  };
  const { names, lines } = signedForm({ ...headers, host });
  const canonical = ['POST', pathname, '', lines, names, sha256(body)].join('\n');
  const signature = signatureOf(canonical, signing, credentials.secretAccessKey);
  const credential = `${credentials.accessKeyId}/${signing.scope}`;
  return {
    ...headers,
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** How many events the answer names as failed. */
function failedIn(text: string): number {
  const { failed }: { failed?: unknown[] } = JSON.parse(text);
  return failed?.length ?? 0;
}
