import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it, type TestContext } from 'node:test';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { writeOutputs } from '#infra/outputs.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { controlOf } from '#test/support/control.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { eventually } from '#test/support/eventually.ts';
import { openStage } from '#test/support/stage.ts';

const main = join(import.meta.dirname, '..', '..', '..', 'infra', 'ops', 'main.ts');

describe('the command line of operators', () => {
  let stage: Awaited<ReturnType<typeof openStage>>;
  let folder: string;
  before(async () => {
    stage = await openStage();
    folder = temporaryFolder();
    writeOutputs(join(folder, 'outputs.json'), stage.outputs);
  });
  after(async () => {
    await stage.stop();
    removeFolder(folder);
  });

  /** Runs the command in a process of its own, as `npm run ops --` does. */
  async function ops(args: string[], { token = '', columns = '' } = {}) {
    const { PATH } = process.env;
    const child = spawn(process.execPath, [main, ...args], {
      env: { PATH, DATA_DIR: folder, TOKEN: token, COLUMNS: columns },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    const [printed, remarks] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await ended, printed, remarks };
  }

  /** Puts a message that is not an event into a queue of the local cloud, and waits for its dead letter. */
  async function aDeadLetter(t: TestContext): Promise<string | undefined> {
    const endpoint: string | undefined = stage.outputs.endpoints.sqs;
    if (endpoint === undefined) {
      t.skip('Only a local cloud lets a test write into its queues.');
      return undefined;
    }
    const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
    const sqs = new SQSClient({ endpoint, region: 'eu-central-1', credentials });
    const from = new Date().toISOString();
    const MessageBody = `not an event ${randomUUID()}`;
    await sqs.send(
      new SendMessageCommand({ QueueUrl: stage.outputs.queues['project-orders']?.url ?? '', MessageBody }),
    );
    sqs.destroy();
    return eventually('the dead letter', async () => {
      const { printed } = await ops(['dead-letters', '--subscriber', 'project-orders', '--from', from, '--json']);
      const { deadLetters } = JSON.parse(printed) as { deadLetters: { deadLetterId: string }[] };
      return deadLetters[0]?.deadLetterId;
    });
  }

  it('shows a dead letter and its group, and closes it after a confirmation', async (t) => {
    const id = await aDeadLetter(t);
    if (id === undefined) return;
    const shown = await ops(['show', id]);
    assert.equal(shown.code, 0, shown.remarks);
    assert.match(shown.printed, /^subscriber +project-orders$/m);
    const groups = await ops(['groups'], { columns: '120' });
    assert.match(groups.printed, /^FINGERPRINT +OPEN +SUBSCRIBER +REASON/m);
    assert.match(groups.printed, /project-orders +NOT_JSON/);
    const [narrow = ''] = (await ops(['groups'], { columns: '40' })).printed.split('\n\n');
    assert.ok(
      narrow.split('\n').every(({ length }) => length <= 40),
      narrow,
    );

    const fingerprint = /^group +(\S+)$/m.exec(shown.printed)?.[1] ?? '';
    const owned = await ops(['owner', fingerprint, 'shop team', '--note', 'A test writes into the queue.']);
    assert.equal(owned.code, 0, owned.remarks);
    assert.match((await ops(['show', id])).printed, /^owner +shop team$/m);

    const discard = ['discard', id, '--reason', 'A test.'];
    const unconfirmed = await ops(discard);
    assert.equal(unconfirmed.code, 6);
    assert.match((await ops(['show', id])).printed, /^status +open$/m);
    const done = await ops([...discard, '--confirm', `discard ${id}`]);
    assert.equal(done.code, 0, done.remarks);
    assert.match((await ops(['show', id])).printed, /^status +discarded$/m);
    const again = await ops([...discard, '--confirm', `discard ${id}`]);
    assert.deepEqual(
      [again.code, again.remarks],
      [5, 'The dead letter is discarded. Nothing. GET /dead-letters/{deadLetterId} shows who did what.\n'],
    );
    const audit = await ops(['audit', '--limit', '2']);
    assert.match(audit.printed, new RegExp(`discard +1 +deadLetterId ${id}`));
    assert.match(audit.printed, new RegExp(`describe-group .*fingerprint ${fingerprint}`));
  });

  it('plans a redrive, and starts nothing without its words', async (t) => {
    const id = await aDeadLetter(t);
    if (id === undefined) return;
    const dry = await ops(['plan', '--ids', id, '--dry-run', '--read-only']);
    assert.equal(dry.code, 0, dry.remarks);
    assert.match(dry.printed, /^1 member, frozen at .*Nothing was kept\.\n$/s);
    const planned = await ops(['plan', '--ids', id, '--json']);
    const { redriveId, status } = JSON.parse(planned.printed) as { redriveId: string; status: string };
    assert.equal(status, 'planned');
    assert.equal((await ops(['redrive', redriveId])).code, 6);
    assert.equal((await ops(['watch', redriveId])).code, 5);
    assert.match((await ops(['redrives'])).printed, new RegExp(`^${redriveId} +planned`, 'm'));
    assert.equal((await ops(['plan', '--fingerprint', 'a'.repeat(26)])).code, 5);
    const reason = ['--reason', 'A test.', '--confirm', `discard ${id}`];
    assert.equal((await ops(['discard', id, ...reason])).code, 0);
  });

  /** Puts the request of a message that was sent into the dead-letter queue of its sender, as if the function had crashed on it. */
  async function aCrashedRequest(t: TestContext): Promise<{ id: string; email: string } | undefined> {
    const endpoint: string | undefined = stage.outputs.endpoints.sqs;
    if (endpoint === undefined || stage.inbox === undefined) {
      t.skip('Only a local cloud lets a test write into its queues.');
      return undefined;
    }
    const order = stage.anOrder();
    const placed = await stage.acme.place(order);
    const sent = (await stage.settled(String(placed.json.orderId))).find(({ channel }) => channel === 'email');
    const { notificationId = '' } = sent ?? {};
    const id = randomUUID();
    const data = { notificationId, channel: 'email' };
    const MessageBody = envelopeText({ id, type: NOTIFICATION_REQUESTED, correlationid: id, data });
    const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
    const sqs = new SQSClient({ endpoint, region: 'eu-central-1', credentials });
    await sqs.send(new SendMessageCommand({ QueueUrl: stage.outputs.queues['send-email']?.dlqUrl ?? '', MessageBody }));
    sqs.destroy();
    const found = await eventually('the dead letter', async () => {
      const { printed } = await ops(['dead-letters', '--subscriber', 'send-email', '--limit', '1000', '--json']);
      const { deadLetters } = JSON.parse(printed) as { deadLetters: { deadLetterId: string; id: string }[] };
      return deadLetters.find((letter) => letter.id === id);
    });
    return { id: found.deadLetterId, email: order.contact.email };
  }

  it('plans, starts and watches a redrive to its end, and nothing is sent twice', async (t) => {
    const crashed = await aCrashedRequest(t);
    if (crashed === undefined) return;
    const { id, email } = crashed;
    const planned = await ops(['plan', '--ids', id, '--canary', 'none']);
    assert.equal(planned.code, 0, planned.remarks);
    assert.match(planned.printed, /^ +1 {2}already done: recognised, and not done again +/m);
    const redriveId = /npm run ops -- redrive ([a-z2-7]{26})$/m.exec(planned.printed)?.[1] ?? '';
    const control = controlOf(stage.outputs);
    const run = ops(['redrive', redriveId, '--confirm', 'redrive 1']);
    await eventually('the start of the redrive', async () =>
      new RegExp(`^${redriveId} +(running|done)`, 'm').test((await ops(['redrives'])).printed),
    );
    // It starts now instead of within a minute.
    await control.pause('run-redrive');
    await control.resume('run-redrive');
    const ended = await run;
    assert.equal(ended.code, 0, ended.remarks);
    assert.match(ended.printed, new RegExp(`Redrive ${redriveId}: done, by .*100 %, 1 of 1 .*resolved 1`));
    assert.equal((await ops(['watch', redriveId])).code, 0);
    assert.match((await ops(['show', id])).printed, /^status +resolved$/m);
    const again = await ops(['redrive', redriveId, '--confirm', 'redrive 1']);
    assert.equal(again.code, 5);
    assert.match(again.remarks, /^The redrive was started before\. It is done\./);
    const arrived = (await stage.inbox?.emails())?.filter(({ to }) => to.includes(email));
    assert.equal(arrived?.length, 1);
    const audit = await ops(['audit', '--limit', '100']);
    for (const action of ['plan-redrive', 'start-redrive', 'end-redrive'])
      assert.match(audit.printed, new RegExp(`${action} .*redriveId ${redriveId}`));
  });

  it('lists notifications that wait, and decides about one with the token of its tenant', async () => {
    const { json } = await stage.acme.call<{ notificationId: string }>('POST', '/notifications', {
      key: randomUUID(),
      body: {
        ...{ channel: 'email', to: ['success@simulator.amazonses.com'], subject: 'Later', text: 'Later' },
        sendAt: new Date(Date.now() + 86_400_000).toISOString(),
      },
    });
    const id = json.notificationId;
    const listed = await eventually('the notification in the list', async () => {
      const { printed } = await ops(['pending', '--json']);
      const { notifications, isComplete } = JSON.parse(printed) as {
        notifications: { notificationId: string; tenant: string; status: string }[];
        isComplete: boolean;
      };
      const found = notifications.find(({ notificationId }) => notificationId === id);
      return found ?? (!isComplete && { tenant: 'acme', status: 'PENDING' });
    });
    assert.deepEqual([listed.tenant, listed.status], ['acme', 'PENDING']);
    for (const verb of ['unknown', 'held']) assert.equal((await ops([verb])).code, 0);

    const settle = ['settle', id, '--action', 'cancel', '--reason', 'A test.', '--confirm', `cancel ${id}`];
    const ofOther = await ops(settle);
    assert.equal(ofOther.code, 5);
    assert.match(ofOther.remarks, /A notification belongs to a tenant: use its token/);
    const settled = await ops([...settle, '--as', 'acme']);
    assert.equal(settled.code, 0, settled.remarks);
    assert.match(settled.printed, new RegExp(`Notification ${id} is CANCELLED\\.`));
    assert.doesNotMatch(settled.printed, /simulator|Later/);
    assert.match((await ops(['show', id, '--as', 'acme'])).printed, /^status +CANCELLED$/m);
  });

  it('shows what happened to an order, and the lines of the logs where the stage has them', async () => {
    const correlation = randomUUID();
    const { json } = await stage.acme.call<{ orderId: string }>('POST', '/orders', {
      ...{ key: randomUUID(), body: stage.anOrder(), headers: { 'x-correlation-id': correlation } },
    });
    await stage.settled(json.orderId);
    const traced = await ops(['trace', json.orderId, '--as', 'acme']);
    assert.equal(traced.code, 0, traced.remarks);
    assert.match(traced.printed, /^WHEN +WHERE +WHAT +ABOUT\n/);
    assert.match(traced.printed, /Z {2}timeline +event OrderPlaced/);
    if (stage.isReal) return;
    assert.match(traced.printed, /Z {2}send-email /);
    const request = await ops(['trace', correlation, '--as', 'acme']);
    assert.match(request.printed, /Z {2}timeline +event OrderPlaced/);
    assert.match(request.printed, /Z {2}handle-command /);
    assert.equal((await ops(['trace', 'nothing'])).code, 5);
  });

  it('shows what waits, and pauses and resumes a subscriber', async () => {
    await eventually('the figures', async () => {
      const { printed } = await ops(['status']);
      return /^SUBSCRIBER +STATE/.test(printed) && / unknown, .*; measured .* ago\.$/m.test(printed);
    });
    const name = 'project-statistics';
    const pausing = await ops(['pause', name, '--reason', 'A test.', '--owner', 'testers']);
    assert.equal(pausing.code, 0, pausing.remarks);
    assert.match((await ops(['paused'])).printed, /^project-statistics +paus\w+ .* testers +A test\.$/m);
    assert.equal((await ops(['resume', name])).code, 6);
    const resumed = await ops(['resume', name, '--reason', 'Done.', '--confirm', `resume ${name}`]);
    assert.equal(resumed.code, 0, resumed.remarks);
    await eventually('the subscriber runs', async () =>
      /project-statistics +running/.test((await ops(['subscribers'])).printed),
    );
    assert.equal((await ops(['pause', 'nothing', '--reason', 'A test.'])).code, 5);
  });

  it('says in one sentence what is wrong, and changes nothing', async () => {
    const refused = [
      await ops(['groups'], { token: stage.outputs.tokens.acme }),
      await ops(['groups'], { token: 'no token' }),
      await ops(['show', 'a'.repeat(26)]),
      await ops(['dead-letters', '--from', 'yesterday']),
      await ops(['held'], { token: stage.outputs.tokens.acme }),
    ];
    assert.deepEqual(
      refused.map(({ code, printed }) => [code, printed]),
      [
        [3, ''],
        [3, ''],
        [5, ''],
        [5, ''],
        [3, ''],
      ],
    );
    for (const { remarks } of refused) assert.doesNotMatch(remarks, /^ +at /m);
  });
});
