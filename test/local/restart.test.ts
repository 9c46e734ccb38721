import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { anOrder, customerOf, inboxOf } from '#test/support/api.ts';
import { removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';

describe('A restart after Ctrl-C', () => {
  const dataDir = temporaryFolder();
  after(() => removeFolder(dataDir));

  it('keeps orders and inbox, sends nothing again, and replays a repeated request', async () => {
    const before = await startLocalCloud(dataDir);
    const order = anOrder();
    const placed = await customerOf(before.outputs).place(order, 'before the restart');
    const orderId = placed.json.orderId as string;
    await customerOf(before.outputs).settled(orderId);
    const emails = await inboxOf(before.outputs).emails();
    const texts = await inboxOf(before.outputs).sms();
    assert.equal(await before.interrupt(), 0);
    assert.equal(existsSync(join(dataDir, 'outputs.json')), false);

    const again = await startLocalCloud(dataDir);
    assert.equal(again.outputs.inboxUrl, before.outputs.inboxUrl, 'the URLs of endpoints at the inbox stay valid');
    const acme = customerOf(again.outputs);
    const sent = await acme.notificationsOf(orderId);
    assert.deepEqual(
      sent.map(({ status }) => status),
      ['SENT', 'SENT'],
    );
    const replayed = await acme.place(order, 'before the restart');
    assert.equal(replayed.headers.get('idempotency-replayed'), 'true');
    assert.equal(replayed.text, placed.text);
    // Messages that the restart repeated would have arrived before those of a later order.
    const later = await acme.place(anOrder());
    await acme.settled(later.json.orderId as string);
    const isEarlier = ({ id }: { id: string }): boolean => [...emails, ...texts].some((one) => one.id === id);
    assert.deepEqual((await inboxOf(again.outputs).emails()).filter(isEarlier), emails);
    assert.equal((await inboxOf(again.outputs).emails()).length, emails.length + 1);
    assert.equal((await inboxOf(again.outputs).sms()).length, texts.length + 1);
    assert.equal(await again.interrupt(), 0);
  });
});
