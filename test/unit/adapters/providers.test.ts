import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, it, type TestContext } from 'node:test';
import { SESv2Client, type SendEmailCommand } from '@aws-sdk/client-sesv2';
import { MisconfiguredFunction } from '#shared/adapters/aws/runtime/environment.ts';
import type { OutgoingMessage } from '#shared/delivery/provider.ts';
import { eventually } from '#test/support/eventually.ts';
import { answerOf, IMPATIENT_MS, PROVIDER_CASES, type ProviderName } from '#test/support/provider-cases.ts';

/** How each service names these. */
const CODES: Record<ProviderName, { throttled: string; forbidden: string; refused: string; internal: string }> = {
  SES: {
    throttled: 'TooManyRequestsException',
    forbidden: 'AccessDeniedException',
    refused: 'MessageRejected',
    internal: 'InternalServiceErrorException',
  },
  SendGrid: {
    throttled: 'TooManyRequests',
    forbidden: 'Forbidden',
    refused: 'BadRequest',
    internal: 'Http500',
  },
  SNS: {
    throttled: 'Throttled',
    forbidden: 'AuthorizationError',
    refused: 'InvalidParameter',
    internal: 'InternalError',
  },
  'End User Messaging': {
    throttled: 'ThrottlingException',
    forbidden: 'AccessDeniedException',
    refused: 'ValidationException',
    internal: 'InternalServerException',
  },
};

for (const one of Object.values(PROVIDER_CASES)) {
  const { name, refuse } = one;
  const isAws = name !== 'SendGrid';
  const codes = CODES[name];
  const answerTo = (behave: (response: ServerResponse) => void, timeoutMs?: number) => answerOf(one, behave, timeoutMs);

  describe(`${name}: what is known after a call`, () => {
    it('defers what was throttled or not permitted', async () => {
      const throttled = await answerTo((response) => refuse(response, { status: 429, error: codes.throttled }));
      assert.deepEqual([throttled.kind, 'reason' in throttled && throttled.reason], ['deferred', 'THROTTLED']);
      const forbidden = await answerTo((response) => refuse(response, { status: 403, error: codes.forbidden }));
      assert.deepEqual([forbidden.kind, 'reason' in forbidden && forbidden.reason], ['deferred', 'PERMISSION_DENIED']);
    });

    it('defers what people can correct, whatever the service calls it', async (t) => {
      if (!isAws) return t.skip('The errors of SendGrid have no names. Its own table lists them by their status.');
      for (const [status, error, reason] of [
        [403, 'InvalidSignatureException', 'CREDENTIALS_REFUSED'],
        [400, 'ExpiredToken', 'CREDENTIALS_REFUSED'],
        [400, 'RequestExpired', 'CREDENTIALS_REFUSED'],
        [401, 'MissingAuthenticationTokenException', 'CREDENTIALS_REFUSED'],
        [403, 'OptInRequired', 'SERVICE_NOT_ENABLED'],
        [429, 'SomethingNewException', 'THROTTLED'],
        [403, 'SomethingNewException', 'PERMISSION_DENIED'],
      ] as const) {
        const answer = await answerTo((response) => refuse(response, { status, error }));
        assert.deepEqual(
          answer,
          { kind: 'deferred', reason, providerCode: providerCodeIn(answer), requests: 1 },
          error,
        );
      }
    });

    it('defers a refusal that it does not know to be about the message', async () => {
      for (const error of [codes.refused, 'SomethingNewException', 'ValidationError']) {
        const answer = await answerTo((response) => refuse(response, { error }));
        assert.deepEqual([answer.kind, answer.requests], ['deferred', 1], error);
        assert.equal('reason' in answer && answer.reason, 'REFUSAL_UNCLEAR', error);
      }
    });

    it('quotes codes, and no address, number or sentence of the provider', async () => {
      for (const error of Object.values(codes)) {
        const answer = await answerTo((response) => refuse(response, { error }));
        assert.doesNotMatch(JSON.stringify(answer), /ada@|\+43|about/);
      }
    });

    /** On a busy machine, the client may give up before its request arrives: that call says nothing about silence. */
    const answerToSilence = () =>
      eventually('the silent service received the request', async () => {
        const answer = await answerTo(() => undefined, IMPATIENT_MS);
        return answer.requests > 0 && answer;
      });

    it('does not know after a server error, a reset, a timeout or an answer cut short, and never repeats the call', async () => {
      const unknowns: Record<string, (response: ServerResponse) => void> = {
        'server error': (response) => refuse(response, { status: 500, error: codes.internal }),
        'bad gateway without a body': (response) => response.writeHead(502).end(),
        reset: (response) => response.socket?.resetAndDestroy(),
        'cut short': (response) => {
          response.writeHead(200, { 'content-length': 1000 });
          response.write('{"Mess');
          setImmediate(() => response.socket?.destroy());
        },
        'a refusal that is not of the service': (response) =>
          response.writeHead(403, { 'content-type': 'text/html' }).end('<html>'),
        'a request that timed out': (response) => refuse(response, { status: 408, error: 'RequestTimeoutException' }),
        ...(isAws && {
          'a request that was broken off': (response: ServerResponse) =>
            refuse(response, { error: 'RequestAbortedException' }),
        }),
        'an answer that is none': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      };
      for (const [what, behave] of Object.entries(unknowns)) {
        const { kind, requests } = await answerTo(behave);
        assert.deepEqual({ kind, requests }, { kind: 'unknown', requests: 1 }, what);
      }
      const { kind, requests } = await answerToSilence();
      assert.deepEqual({ kind, requests }, { kind: 'unknown', requests: 1 }, 'a timeout');
    });
  });
}

const providerCodeIn = (answer: object): string | undefined =>
  'providerCode' in answer ? String(answer.providerCode) : undefined;

describe('SES: the headers of a message', () => {
  const headersOf = async (t: TestContext, over: Partial<OutgoingMessage>) => {
    const ses = PROVIDER_CASES.SES;
    const send = t.mock.method(SESv2Client.prototype, 'send', async () => ({ MessageId: 'ses-1' }));
    assert.equal((await ses.provider().send({ ...ses.message, ...over })).kind, 'accepted');
    const [command] = send.mock.calls[0]?.arguments ?? [];
    send.mock.restore();
    // `send` is overloaded, so the mock has the type of its last overload. The adapter sends this command only.
    return (command as unknown as SendEmailCommand).input.Content?.Simple?.Headers;
  };

  it('is that it was generated, where it is automatic (RFC 3834), and nothing where a caller wrote it', async (t) => {
    const generated = [{ Name: 'Auto-Submitted', Value: 'auto-generated' }];
    assert.deepEqual(await headersOf(t, { isAutomatic: true }), generated);
    assert.equal(await headersOf(t, { isAutomatic: false }), undefined);
    assert.equal(await headersOf(t, {}), undefined);
  });
});

describe('The sender of text messages', () => {
  const environment = { ...process.env };
  afterEach(() => {
    process.env = { ...environment };
  });
  /** Each import with another query is a module of its own. */
  const loaded = (name: string): Promise<unknown> => import(`#functions/send-sms/handler.ts?${name}`);

  it('is loaded with a gateway that it knows, or not at all', async () => {
    await assert.rejects(loaded('none'), /SMS_GATEWAY is missing/);
    process.env.SMS_GATEWAY = 'pigeon';
    await assert.rejects(loaded('pigeon'), /Cannot find module .*pigeon\/text-gateway\.ts/);
    process.env.SMS_GATEWAY = '../ses';
    await assert.rejects(loaded('outside'), /The name of a gateway has/);
  });

  it('is loaded with what End User Messaging needs, or not at all', async () => {
    process.env.SMS_GATEWAY = 'end-user-messaging';
    await assert.rejects(loaded('unset'), (error: Error) => {
      assert.ok(error instanceof MisconfiguredFunction);
      assert.match(error.message, /ORIGINATION_IDENTITY is missing, SMS_CONFIGURATION_SET is missing/);
      return true;
    });
  });
});
