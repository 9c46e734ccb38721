import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { WebhookEntry } from '#infra/local/sink/sink.ts';
import { eventually } from '#test/support/eventually.ts';
import { list, mail, send, sink } from './sink-under-test.ts';

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

  it('shows a page that runs no code of a message', async () => {
    const page = await fetch(sink.inboxUrl);
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self'/);
    assert.doesNotMatch(await page.text(), /https?:\/\/(?!127)/);
    const { MessageId } = await send(
      mail({ Content: { Simple: { Subject: { Data: 's' }, Body: { Html: { Data: '<script>x</script>' } } } } }),
    );
    const html = await fetch(`${sink.inboxUrl}/emails/${MessageId}/html`);
    const policy = html.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /sandbox;/);
    assert.doesNotMatch(policy, /script-src|allow-scripts/);
    assert.equal(await html.text(), '<script>x</script>');
    for (const file of ['/inbox.js', '/inbox.css']) assert.equal((await fetch(`${sink.inboxUrl}${file}`)).status, 200);
  });

  it('announces new entries', async () => {
    const abort = new AbortController();
    const response = await fetch(`${sink.inboxUrl}/changes`, { signal: abort.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = '';
    const watching = (async () => {
      while (!seen.includes('data: email')) seen += (await reader?.read())?.value ?? '';
    })();
    await eventually('the stream to be open', async () => seen.includes('retry'));
    await send(mail());
    await watching;
    abort.abort();
  });

  it('refuses other host names and unknown paths', async () => {
    const { request } = await import('node:http');
    const outgoing = request(`${sink.inboxUrl}/emails`, { headers: { host: 'evil.example' } }).end();
    const [response] = await once(outgoing, 'response');
    assert.equal(response.statusCode, 403);
    response.resume();
    for (const path of ['/nothing', '/emails/none/html', '/constructor'])
      assert.equal((await fetch(`${sink.inboxUrl}${path}`)).status, 404);
    assert.equal((await fetch(`${sink.inboxUrl}/emails?offset=-1`)).status, 400);
  });
});
