import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { WebhookEntry } from '#infra/local/sink/sink.ts';
import { list, sink } from './sink-under-test.ts';

describe('The inbox', () => {
  it('stores webhooks unchanged', async () => {
    const sent = await fetch(`${sink.inboxUrl}/hooks/billing/in?x=1`, {
      method: 'POST',
      headers: { 'idempotency-key': 'k1' },
      body: '{"a":1}',
    });
    assert.equal(sent.status, 202);
    const entry = (await list<WebhookEntry>('/webhooks')).at(-1) as WebhookEntry;
    assert.deepEqual([entry.path, entry.body, entry.headers['idempotency-key']], ['/billing/in', '{"a":1}', 'k1']);
    assert.equal((await list('/webhooks?offset=1')).length, 0);
  });

  it('leads people to the page of the console', async () => {
    assert.equal((await fetch(sink.inboxUrl)).status, 404);
    sink.showAt('http://127.0.0.1:4001/?page=inbox');
    const answer = await fetch(sink.inboxUrl, { redirect: 'manual' });
    assert.deepEqual([answer.status, answer.headers.get('location')], [302, 'http://127.0.0.1:4001/?page=inbox']);
  });

  it('refuses other host names and unknown paths', async () => {
    const { request } = await import('node:http');
    const outgoing = request(`${sink.inboxUrl}/emails`, { headers: { host: 'evil.example' } }).end();
    const [response] = await once(outgoing, 'response');
    assert.equal(response.statusCode, 403);
    response.resume();
    for (const path of ['/nothing', '/emails/none', '/constructor'])
      assert.equal((await fetch(`${sink.inboxUrl}${path}`)).status, 404);
    assert.equal((await fetch(`${sink.inboxUrl}/emails?offset=-1`)).status, 400);
  });
});
