import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { SESv2Client, type SendEmailCommand } from '@aws-sdk/client-sesv2';
import { endUserMessagingProvider } from '#shared/adapters/aws/end-user-messaging-provider.ts';
import { MisconfiguredFunction } from '#shared/adapters/aws/environment.ts';
import { sesProvider } from '#shared/adapters/aws/ses-provider.ts';
import { snsSmsProvider } from '#shared/adapters/aws/sns-sms-provider.ts';
import type { OutgoingMessage, Provider, ProviderAnswer } from '#shared/delivery/provider.ts';
import { startHttpService } from '#test/support/http-service.ts';

const TIMEOUT_MS = 400;
Object.assign(process.env, { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });

const POOL = 'arn:aws:sms-voice:eu-central-1:000000000000:pool/pool-1a';
const about = { tenant: 'acme', notificationId: 'order_o1_1-1', attemptNonce: 'nonce-1' };

type Case = {
  name: string;
  endpoint: string;
  provider: () => Provider;
  message: OutgoingMessage;
  /** An error as the service writes it. */
  fail(response: ServerResponse, status: number, code: string): void;
  codes: { throttled: string; forbidden: string; refused: string; internal: string };
};

const endUserMessaging: Case = {
  name: 'End User Messaging',
  endpoint: 'AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2',
  provider: () =>
    endUserMessagingProvider({ originationIdentity: POOL, configurationSet: 'texts', timeoutMs: TIMEOUT_MS }),
  message: { ...about, recipients: ['+4366012345678'], rendered: { channel: 'sms', body: 'Hello', segments: 1 } },
  fail: failAsEndUserMessaging,
  codes: {
    throttled: 'ThrottlingException',
    forbidden: 'AccessDeniedException',
    refused: 'ValidationException',
    internal: 'InternalServerException',
  },
};

const cases: Case[] = [
  {
    name: 'SES',
    endpoint: 'AWS_ENDPOINT_URL_SESV2',
    provider: () => sesProvider({ sender: 'orders@shop.example', configurationSet: 'mail', timeoutMs: TIMEOUT_MS }),
    message: {
      ...about,
      recipients: ['ada@example.com'],
      rendered: { channel: 'email', subject: 'Your order', html: '<p>Hello</p>', text: 'Hello' },
    },
    fail: (response, status, code) => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': code });
      response.end(JSON.stringify({ message: 'about ada@example.com' }));
    },
    codes: {
      throttled: 'TooManyRequestsException',
      forbidden: 'AccessDeniedException',
      refused: 'MessageRejected',
      internal: 'InternalServiceErrorException',
    },
  },
  {
    name: 'SNS SMS',
    endpoint: 'AWS_ENDPOINT_URL_SNS',
    provider: () => snsSmsProvider({ timeoutMs: TIMEOUT_MS }),
    message: { ...about, recipients: ['+4366012345678'], rendered: { channel: 'sms', body: 'Hello', segments: 1 } },
    fail: (response, status, code) => {
      response.writeHead(status, { 'content-type': 'text/xml' });
      response.end(
        `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>about +4366012345678</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
      );
    },
    codes: {
      throttled: 'Throttled',
      forbidden: 'AuthorizationError',
      refused: 'InvalidParameter',
      internal: 'InternalError',
    },
  },
  endUserMessaging,
];

function failAsEndUserMessaging(response: ServerResponse, status: number, code: string, Reason?: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  const __type = `com.amazonaws.pinpointsmsvoicev2#${code}`;
  response.end(JSON.stringify({ __type, Message: 'about +4366012345678', Reason }));
}

/** What a provider makes of one answer, and how many requests it made to get it. */
async function answerOf(
  { endpoint, provider, message }: Pick<Case, 'endpoint' | 'provider' | 'message'>,
  behave: (response: ServerResponse) => void,
): Promise<ProviderAnswer & { requests: number }> {
  const service = await startHttpService((_request, response) => behave(response));
  process.env[endpoint] = service.url;
  try {
    return { ...(await provider().send(message)), requests: service.requests() };
  } finally {
    await service.close();
    delete process.env[endpoint];
  }
}

for (const one of cases) {
  const { name, endpoint, provider, message, fail, codes } = one;
  const answerTo = (behave: (response: ServerResponse) => void) => answerOf(one, behave);

  describe(`${name}: what is known after a call`, () => {
    it('defers what certainly was not sent: throttled, not permitted', async () => {
      assert.equal((await answerTo((response) => fail(response, 429, codes.throttled))).kind, 'deferred');
      assert.equal((await answerTo((response) => fail(response, 403, codes.forbidden))).kind, 'deferred');
    });

    it('defers what people can mend: bad or late signatures, missing permission, an identity that is not verified yet', async () => {
      for (const [status, code] of [
        [403, 'InvalidSignatureException'],
        [400, 'ExpiredToken'],
        [400, 'RequestExpired'],
        [401, 'MissingAuthenticationTokenException'],
        [403, 'OptInRequired'],
        [429, 'SomethingNewException'],
      ] as const) {
        assert.equal((await answerTo((response) => fail(response, status, code))).kind, 'deferred', code);
      }
    });

    it('defers when no connection could be made', async () => {
      const gone = await startHttpService(() => undefined);
      await gone.close();
      process.env[endpoint] = gone.url;
      assert.deepEqual(await provider().send(message), { kind: 'deferred', reason: 'ECONNREFUSED' });
      delete process.env[endpoint];
    });

    it('rejects what the provider will never take, quoting a code and no address', async () => {
      const answer = await answerTo((response) => fail(response, 400, codes.refused));
      assert.equal(answer.kind, 'rejected');
      assert.doesNotMatch(JSON.stringify(answer), /ada@|\+43/);
    });

    it('does not know after a server error, a reset, a timeout or an answer cut short, and never repeats the call', async () => {
      const unknowns: Record<string, (response: ServerResponse) => void> = {
        'server error': (response) => fail(response, 500, codes.internal),
        'bad gateway without a body': (response) => response.writeHead(502).end(),
        reset: (response) => response.socket?.resetAndDestroy(),
        timeout: () => undefined,
        'cut short': (response) => {
          response.writeHead(200, { 'content-length': 1000 });
          response.write('{"Mess');
          setImmediate(() => response.socket?.destroy());
        },
        'a refusal that is not of the service': (response) =>
          response.writeHead(403, { 'content-type': 'text/html' }).end('<html>'),
        'an answer that is none': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      };
      for (const [what, behave] of Object.entries(unknowns)) {
        const { kind, requests } = await answerTo(behave);
        assert.deepEqual({ kind, requests }, { kind: 'unknown', requests: 1 }, what);
      }
    });
  });
}

describe('SES: what a message says of itself', () => {
  const headersOf = async (t: TestContext, over: Partial<OutgoingMessage>) => {
    const [ses] = cases;
    if (!ses) return assert.fail();
    const send = t.mock.method(SESv2Client.prototype, 'send', async () => ({ MessageId: 'ses-1' }));
    assert.equal((await ses.provider().send({ ...ses.message, ...over })).kind, 'accepted');
    const [command] = send.mock.calls[0]?.arguments ?? [];
    send.mock.restore();
    return (command as unknown as SendEmailCommand).input.Content?.Simple?.Headers;
  };

  it('is that it was generated, where it is automatic (RFC 3834), and nothing where a caller wrote it', async (t) => {
    const generated = [{ Name: 'Auto-Submitted', Value: 'auto-generated' }];
    assert.deepEqual(await headersOf(t, { isAutomatic: true }), generated);
    assert.equal(await headersOf(t, { isAutomatic: false }), undefined);
    assert.equal(await headersOf(t, {}), undefined);
  });
});

describe('End User Messaging: what each of its refusals means', () => {
  const known: [kind: ProviderAnswer['kind'], code: string, reason?: string][] = [
    ['deferred', 'ThrottlingException'],
    // The account's owners can mend these, or time does.
    ['deferred', 'AccessDeniedException'],
    ['deferred', 'AccessDeniedException', 'ACCOUNT_DISABLED'],
    ['deferred', 'AccessDeniedException', 'INSUFFICIENT_ACCOUNT_REPUTATION'],
    ['deferred', 'ServiceQuotaExceededException', 'MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT'],
    ['deferred', 'ResourceNotFoundException'],
    ['deferred', 'ConflictException', 'DESTINATION_PHONE_NUMBER_NOT_VERIFIED'],
    ['deferred', 'ConflictException', 'RESOURCE_NOT_ACTIVE'],
    ['deferred', 'ConflictException', 'NO_ORIGINATION_IDENTITIES_FOUND'],
    ['deferred', 'ConflictException', 'MESSAGE_TYPE_MISMATCH'],
    ['deferred', 'ConflictException', 'SOMETHING_NEW'],
    ['deferred', 'ValidationException', 'INVALID_IDENTITY_FOR_DESTINATION_COUNTRY'],
    ['deferred', 'ValidationException', 'SENDER_ID_REQUIRES_REGISTRATION'],
    ['deferred', 'ValidationException', 'RESOURCE_NOT_ACCESSIBLE'],
    // Somebody decided that this number gets nothing.
    ['rejected', 'ConflictException', 'DESTINATION_PHONE_NUMBER_OPTED_OUT'],
    ['rejected', 'ConflictException', 'DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION'],
    ['rejected', 'ConflictException', 'DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE'],
    // The same request would be refused for ever.
    ['rejected', 'ValidationException'],
    ['rejected', 'ValidationException', 'INVALID_PARAMETER'],
    ['rejected', 'ValidationException', 'DESTINATION_COUNTRY_BLOCKED'],
    ['rejected', 'ValidationException', 'SOMETHING_NEW'],
  ];
  for (const [kind, code, reason] of known) {
    it(`${kind}: ${code} ${reason ?? ''}`, async () => {
      const answer = await answerOf(endUserMessaging, (response) =>
        failAsEndUserMessaging(response, 400, code, reason),
      );
      assert.deepEqual(answer, { kind, reason: reason ?? code, requests: 1 });
    });
  }

  it('unknown: its own failure', async () => {
    const answer = await answerOf(endUserMessaging, (response) =>
      failAsEndUserMessaging(response, 500, 'InternalServerException'),
    );
    assert.deepEqual(answer, { kind: 'unknown', reason: 'InternalServerException', requests: 1 });
  });

  it('takes for a reason what is a code, and nothing that could quote a number', async () => {
    const answer = await answerOf(endUserMessaging, (response) =>
      failAsEndUserMessaging(response, 400, 'ConflictException', 'OPTED_OUT +4366012345678'),
    );
    assert.deepEqual(answer, { kind: 'deferred', reason: 'ConflictException', requests: 1 });
  });
});

describe('The sender through End User Messaging', () => {
  it('is loaded with what it needs, or not at all', async () => {
    await assert.rejects(import('#functions/send-sms/end-user-messaging.ts'), (error: Error) => {
      assert.ok(error instanceof MisconfiguredFunction);
      assert.match(error.message, /ORIGINATION_IDENTITY is missing, SMS_CONFIGURATION_SET is missing/);
      return true;
    });
  });
});
