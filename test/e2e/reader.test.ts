import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { FIRST_CHAPTER_PAGES } from '#functions/reader/decider.ts';
import { eventually } from '#test/support/eventually.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

describe('page accesses over HTTP', () => {
  let stage: StageUnderTest;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.stop());

  const aReader = () => {
    const readerId = `reader-${randomUUID()}`;
    // Mail of a deployed stage goes to SES's mailbox simulator.
    const email = stage.isReal ? `success+${readerId}@simulator.amazonses.com` : `${readerId}@example.com`;
    return { readerId, email };
  };
  const open = (reader: object, page: number, key: string = randomUUID()) =>
    stage.acme.call('POST', '/page-accesses', { key, body: { ...reader, bookId: 'emma', page } });
  /** Repeats the request with its key until it is answered: on a busy machine, a function may time out. */
  const recorded = (who: object, page: number, key: string = randomUUID()) =>
    eventually(`page ${page} is recorded`, async () => {
      const answered = await open(who, page, key);
      return answered.status === 200 && answered;
    });
  const reader = (id: string) => stage.acme.call('GET', `/readers/${id}`);
  const counted = (readerId: string, pageAccesses: number) =>
    eventually(`${readerId} has ${pageAccesses} accesses`, async () => {
      const { json } = await reader(readerId);
      return json.pageAccesses === pageAccesses;
    });

  it('are counted for each reader, and a repeated request counts once', async () => {
    const one = aReader();
    const key = randomUUID();
    const first = await open(one, 1, key);
    assert.equal(first.status, 200);
    assert.deepEqual(first.json, { readerId: one.readerId, bookId: 'emma', firstChapterPages: 1, notifications: [] });
    const again = await open(one, 1, key);
    assert.deepEqual([again.status, again.text], [first.status, first.text]);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    await open(one, 40);
    await counted(one.readerId, 2);
    assert.deepEqual((await reader(one.readerId)).json, { readerId: one.readerId, pageAccesses: 2 });
  });

  it('send one e-mail when the first chapter is finished', async (t) => {
    const one = aReader();
    const answers = [];
    for (let page = 1; page <= FIRST_CHAPTER_PAGES; page += 1) answers.push(await recorded(one, page));
    const requested = answers.flatMap(({ json }) => json.notifications as { notificationId: string }[]);
    assert.equal(requested.length, 1);
    const path = `/notifications/${requested[0]?.notificationId}`;
    await eventually('the e-mail is sent', async () => (await stage.acme.call('GET', path)).json.status === 'SENT');
    // Accesses after the end of the chapter request nothing more.
    assert.deepEqual((await open(one, 1)).json.notifications, []);
    await counted(one.readerId, FIRST_CHAPTER_PAGES + 1);
    if (!stage.inbox) return t.skip('What a deployed stage sent is in the inbox of its recipient.');
    const received = (await stage.inbox.emails()).filter(({ to }) => to.includes(one.email));
    assert.deepEqual(
      received.map(({ subject }) => subject),
      ['You have finished the first chapter'],
    );
  });

  it('show nothing personal once the reader’s address is erased, and keep the count and the outcome', async () => {
    const one = aReader();
    const lastKey = randomUUID();
    for (let page = 1; page < FIRST_CHAPTER_PAGES; page += 1) await recorded(one, page);
    const last = await recorded(one, FIRST_CHAPTER_PAGES, lastKey);
    const [{ notificationId } = assert.fail()] = last.json.notifications as { notificationId: string }[];
    const notification = () => stage.acme.call('GET', `/notifications/${notificationId}`);
    const sent = await eventually('the e-mail is sent', async () => {
      const found = await notification();
      return found.json.status === 'SENT' && found;
    });
    assert.ok(sent.text.includes(one.email));
    await counted(one.readerId, FIRST_CHAPTER_PAGES);

    const address = new URLSearchParams({ channel: 'email', address: one.email });
    const asked = await stage.acme.call('DELETE', `/personal-data?${address}`);
    assert.equal(asked.status, 202);
    await eventually('the end of the erasure', async () => {
      const { json } = await stage.acme.call('GET', `/erasures/${asked.json.erasureId}`);
      return json.status === 'DONE';
    });

    const erased = await notification();
    assert.deepEqual([erased.json.status, erased.json.content], ['SENT', undefined]);
    const [model, repeated] = [await reader(one.readerId), await recorded(one, FIRST_CHAPTER_PAGES, lastKey)];
    assert.deepEqual(model.json, { readerId: one.readerId, pageAccesses: FIRST_CHAPTER_PAGES });
    assert.equal(repeated.text, last.text);
    for (const { text } of [erased, model, repeated]) assert.ok(!text.includes(one.email), text);
  });

  it('are of their tenant: another one’s reader answers 404, as one that no one has heard of', async () => {
    const one = aReader();
    await open(one, 1);
    await counted(one.readerId, 1);
    assert.equal((await stage.globex.call('GET', `/readers/${one.readerId}`)).status, 404);
    assert.equal((await reader('unknown')).json.code, 'READER_NOT_FOUND');
  });

  it('are described by their own document', async () => {
    // The route accepts one request per second.
    const { json } = await eventually('the description of the reader', async () => {
      const answer = await stage.acme.call<{ paths: object }>('GET', '/readers/openapi.json', { token: undefined });
      return answer.status === 200 && answer;
    });
    assert.deepEqual(Object.keys(json.paths), [
      '/page-accesses',
      '/readers/{readerId}',
      '/readers/openapi.json',
      '/readers/asyncapi.json',
    ]);
  });

  it('may be posted to an endpoint of the tenant', async (t) => {
    const { inbox } = stage;
    if (!inbox) return t.skip('The receiver of webhooks is the local inbox.');
    const eventTypes = ['counterfoil.page.accessed.v1', 'counterfoil.reader.discount-granted.v1'];
    const body = { endpoints: [{ endpointId: 'pages', url: inbox.hook('pages'), eventTypes }] };
    const put = await stage.acme.call('PUT', '/settings/webhooks', { key: randomUUID(), body });
    assert.equal(put.status, 200, put.text);
    const one = aReader();
    await recorded(one, 3);
    await eventually('the webhook about the page', async () =>
      (await inbox.webhooks()).some(({ path, body }) => path === '/pages' && body.includes(one.readerId)),
    );
  });

  it('are refused without a valid body', async () => {
    const { status, json } = await open({ ...aReader(), email: 'ada' }, 0);
    assert.equal(status, 400);
    assert.deepEqual((json.errors as { path: string }[] | undefined)?.map(({ path }) => path).sort(), [
      '/email',
      '/page',
    ]);
  });
});
