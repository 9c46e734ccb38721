import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hintPublisher, signedHeaders } from '#shared/adapters/aws/runtime/hint-publisher.ts';
import { sha256, signatureOf, signedForm, signingAt } from '#shared/adapters/aws/signature.ts';

/** From AWS's test suite for Signature Version 4: `get-vanilla`. */
const vanilla = {
  now: Date.parse('2015-08-30T12:36:00Z'),
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
};

describe('Signature Version 4', () => {
  it("is the one of AWS's test suite", () => {
    const signing = signingAt(vanilla.now, 'us-east-1', 'service');
    const { names, lines } = signedForm({ Host: 'example.amazonaws.com', 'X-Amz-Date': signing.time });
    const canonical = ['GET', '/', '', lines, names, sha256('')].join('\n');
    assert.equal(signatureOf(canonical, signing, vanilla.secretAccessKey), vanilla.signature);
  });

  it('covers the host, the time, the session and the body of a publication', () => {
    const request = {
      url: 'https://id.appsync-api.eu-central-1.amazonaws.com/event',
      body: '{}',
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'session' },
      now: vanilla.now,
    };
    const { authorization } = signedHeaders(request);
    assert.match(
      authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=AKID\/20150830\/eu-central-1\/appsync\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
    );
    assert.notEqual(signedHeaders({ ...request, body: '{ }' }).authorization, authorization);
  });
});

describe('the publisher of hints', () => {
  const publishing = (answer: Response) => {
    const fetched: [unknown, RequestInit | undefined][] = [];
    const publisher = hintPublisher({
      url: 'https://events.example/event',
      region: 'eu-central-1',
      credentials: () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' }),
      clock: { now: () => vanilla.now },
      fetch: async (url, init) => {
        fetched.push([url, init]);
        return answer;
      },
    });
    const hints = [{ kind: 'order', id: '1', version: 1 }];
    return { fetched, published: publisher.publish({ channel: '/tenants/acme/hints', hints }) };
  };

  it('sends all hints of a channel as one event', async () => {
    const { fetched, published } = publishing(Response.json({ successful: [{ index: 0 }], failed: [] }));
    await published;
    const [[url, init] = assert.fail()] = fetched;
    assert.equal(url, 'https://events.example/event');
    assert.deepEqual(JSON.parse(String(init?.body)), {
      channel: '/tenants/acme/hints',
      events: ['{"hints":[{"kind":"order","id":"1","version":1}]}'],
    });
  });

  it('fails if the service refuses the call or the event, so that the batch is received again', async () => {
    await assert.rejects(publishing(Response.json({}, { status: 429 })).published, { code: 'HINTS_REFUSED' });
    await assert.rejects(publishing(Response.json({ successful: [], failed: [{ index: 0 }] })).published, {
      code: 'HINTS_REFUSED',
    });
  });
});
