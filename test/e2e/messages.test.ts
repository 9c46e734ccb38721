import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { controlOf } from '#test/support/control.ts';
import { eventually } from '#test/support/eventually.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

type Recipient = { address?: string; outcome: string };
type Details = {
  notificationId: string;
  status: string;
  recipients: Recipient[];
  attempts: unknown[];
  timeline: { kind: string; at: string; outcome?: string; recipient?: number; by?: string; reason?: string }[];
  durations: Record<string, number>;
  content?: { subject?: string; text: string };
  resolutions?: { action: string; by: string; reason?: string }[];
};

let mails = 0;

/** An address of SES's mailbox simulator that no other test of this run uses. */
const simulated = (mailbox: string): string => {
  mails += 1;
  return `${mailbox}+${process.pid}-${mails}@simulator.amazonses.com`;
};

describe('a direct notification', () => {
  let stage: StageUnderTest;
  let acme: StageUnderTest['acme'];
  before(async () => {
    stage = await openStage();
    ({ acme } = stage);
  });
  after(() => stage.stop());

  const send = async (body: object, key: string = randomUUID()) => {
    const answer = await acme.call('POST', '/notifications', { key, body });
    assert.equal(answer.status, 202, answer.text);
    return answer.json.notificationId as string;
  };
  const email = (to: string[], more: object = {}) => ({
    channel: 'email',
    to,
    subject: 'Hello',
    text: 'Hello.',
    ...more,
  });
  const read = async (notificationId: string): Promise<Details> => {
    const { status, json } = await acme.call<Details>('GET', `/notifications/${notificationId}`);
    assert.equal(status, 200);
    return json;
  };
  const until = (what: string, notificationId: string, holds: (details: Details) => boolean): Promise<Details> =>
    eventually(what, async () => {
      const details = await read(notificationId);
      return holds(details) && details;
    });
  const arrived = async (address: string) =>
    (await stage.inbox?.emails())?.filter(({ to }) => to.includes(address)).length ?? 0;
  const resolve = (notificationId: string, action: string) =>
    acme.call('POST', `/notifications/${notificationId}/resolve`, {
      key: randomUUID(),
      body: { action, reason: 'A test decides' },
    });

  it('shows each recipient’s outcome, and is not sent to a recipient after a bounce', async () => {
    const [success, bounce, complaint] = [simulated('success'), simulated('bounce'), simulated('complaint')];
    const first = await send(email([success, bounce, complaint]));
    const outcomes = ['DELIVERED', 'BOUNCED', 'COMPLAINED'];
    const details = await until('every outcome', first, ({ recipients }) =>
      recipients.every(({ outcome }, position) => outcome === outcomes[position]),
    );
    assert.deepEqual(
      details.recipients.map(({ address }) => address),
      [success, bounce, complaint],
    );
    assert.equal(details.status, 'SENT');
    assert.equal(details.content?.text, 'Hello.');
    assert.ok(details.durations.claimedToSentMs !== undefined);
    assert.ok(
      ['accepted', 'claimed', 'sent', 'feedback'].every((kind) => details.timeline.some((one) => one.kind === kind)),
    );

    const next = await send(email([bounce]));
    const suppressed = await until('its final status', next, ({ status }) => status === 'SUPPRESSED');
    assert.deepEqual(suppressed.recipients, [{ address: bounce, outcome: 'SUPPRESSED' }]);

    const good = simulated('success');
    const mixed = await send(email([bounce, good]));
    const sent = await until(
      'the good one’s delivery',
      mixed,
      ({ recipients }) => recipients[1]?.outcome === 'DELIVERED',
    );
    assert.equal(sent.recipients[0]?.outcome, 'SUPPRESSED');
    if (stage.inbox) assert.deepEqual([await arrived(bounce), await arrived(good)], [1, 1]);

    const query = new URLSearchParams({ channel: 'email', address: bounce });
    const listed = await acme.call('GET', `/suppressions?${query}`);
    const [entry] = listed.json.suppressions as { reason: string; origin: string }[];
    assert.deepEqual([entry?.reason, entry?.origin], ['BOUNCE', first]);
    assert.equal((await acme.call('DELETE', `/suppressions?${query}`)).status, 200);
    const lifted = await send(email([bounce]));
    await until('the next e-mail to be sent', lifted, ({ status }) => status === 'SENT');
  });

  it('shows a provider’s report, correction or refusal as its own outcome', async (t) => {
    const { outputs } = stage;
    if (stage.isReal) return t.skip('A deployed stage’s provider has no such addresses.');
    const control = controlOf(outputs);
    await control.sink({
      outcomes: {
        '@forwards.example': 'forward-bounced',
        '@corrected.example': 'not-spam',
        '@listed.example': 'account-suppressed',
      },
    });
    t.after(() => control.sink({}));
    const at = (domain: string): string => `ada-${process.pid}@${domain}.example`;
    const feedbackIn = ({ timeline }: Details) =>
      timeline.filter(({ kind }) => kind === 'feedback').map(({ outcome, recipient }) => [outcome, recipient]);
    const reasons = async (address: string): Promise<string[]> => {
      const query = new URLSearchParams({ channel: 'email', address });
      const { suppressions } = (await acme.call('GET', `/suppressions?${query}`)).json;
      return (suppressions as { reason: string }[]).map(({ reason }) => reason);
    };

    const forwarded = await send(email([at('forwards')]));
    const bounced = await until('the bounce', forwarded, (details) => feedbackIn(details).length === 2);
    assert.deepEqual(feedbackIn(bounced).sort(), [
      ['BOUNCED', 0],
      ['DELIVERED', 0],
    ]);
    assert.deepEqual(await reasons(at('forwards')), ['BOUNCE']);

    // SendGrid reports no corrections. Its bounces name the recipient that the message was sent to.
    const isSendGrid = process.env.STAGE === 'local-sendgrid';
    const corrections = isSendGrid ? [] : [['NOT_SPAM', 0]];
    const corrected = await send(email([at('corrected')]));
    const delivered = await until(
      'the correction',
      corrected,
      (details) => feedbackIn(details).length === 1 + corrections.length,
    );
    assert.deepEqual(feedbackIn(delivered).sort(), [['DELIVERED', 0], ...corrections]);
    assert.equal(delivered.recipients[0]?.outcome, 'DELIVERED');
    assert.deepEqual(await reasons(at('corrected')), []);

    const listed = await send(email([at('listed')]));
    const rejected = await until('the refusal', listed, ({ recipients }) => recipients[0]?.outcome === 'REJECTED');
    assert.deepEqual([feedbackIn(rejected), rejected.status], [[['REJECTED', 0]], 'SENT']);
    assert.deepEqual(await reasons(at('listed')), []);

    const several = await send(email([`bea-${process.pid}@forwards.example`, simulated('success')]));
    const unattributed = await until(
      'the bounce of one of them',
      several,
      (details) => feedbackIn(details).length === 3,
    );
    assert.deepEqual(feedbackIn(unattributed).sort(), [
      ['BOUNCED', isSendGrid ? 0 : undefined],
      ['DELIVERED', 0],
      ['DELIVERED', 1],
    ]);
    assert.deepEqual(await reasons(`bea-${process.pid}@forwards.example`), isSendGrid ? ['BOUNCE'] : []);
  });

  it('is found in the message log by its recipient, newest first, and by no other tenant', async () => {
    const to = simulated('success');
    const sent = [await send(email([to])), await send(email([to])), await send(email([to]))];
    const query = new URLSearchParams({ recipient: to, limit: '2' });
    type Page = { notifications: Details[]; nextCursor?: string };
    const page = async (cursor?: string) =>
      (await acme.call<Page>('GET', `/notifications?${query}${cursor ? `&cursor=${cursor}` : ''}`)).json;
    const first = await eventually('them in the log', async () => {
      const found = await page();
      return found.notifications[0]?.notificationId === sent[2] && found.notifications.length === 2 && found;
    });
    const rest = await page(first.nextCursor);
    const ids = [...first.notifications, ...rest.notifications].map(({ notificationId }) => notificationId);
    assert.deepEqual(ids, sent.toReversed());
    const theirs = await stage.globex.call('GET', `/notifications?${query}`);
    assert.deepEqual(theirs.json.notifications, []);
    assert.equal((await stage.globex.call('GET', `/notifications/${sent[0]}`)).status, 404);
    const stolen = await stage.globex.call('GET', `/notifications?${query}&cursor=${first.nextCursor}`);
    assert.equal(stolen.status, 400);
  });

  it('is accepted while the provider is down, and sent when it is available again', async (t) => {
    const { outputs } = stage;
    if (stage.isReal) return t.skip('Tests cannot turn off the provider of a deployed stage.');
    const control = controlOf(outputs);
    await control.inject({ function: 'send-email', service: 'sesv2', operation: 'SendEmail', fault: 'refuse' });
    t.after(() => control.heal());
    const to = simulated('success');
    const waiting = await send(email([to]));
    await eventually('a refused call', async () => (await control.faults()).some(({ hits }) => hits > 0));
    // The sender releases its claim only after it has received the refusal.
    const { attempts } = await until('waiting for its next try', waiting, ({ status }) => status === 'PENDING');
    assert.deepEqual(attempts, [], 'A refused connection is not an unknown outcome.');
    assert.equal(await arrived(to), 0);
    await control.heal();
    await until('being sent', waiting, ({ status }) => status === 'SENT');
    assert.equal(await arrived(to), 1);
  });

  it('waits until its scheduled time, and is never sent if it is cancelled before', async () => {
    const [later, never] = [simulated('success'), simulated('success')];
    const sendAt = new Date(Date.now() + 5000).toISOString();
    const [waits, cancelled] = [await send(email([later], { sendAt })), await send(email([never], { sendAt }))];
    assert.equal((await resolve(cancelled, 'cancel')).status, 200);
    const { timeline } = await until('being sent', waits, ({ status }) => status === 'SENT');
    const claimedAt = timeline.find(({ kind }) => kind === 'claimed')?.at;
    assert.ok(claimedAt);
    assert.ok(Date.parse(claimedAt) >= Date.parse(sendAt) - 1000, `${claimedAt} is before ${sendAt}`);
    const { status, resolutions } = await read(cancelled);
    assert.equal(status, 'CANCELLED');
    assert.deepEqual(
      resolutions?.map(({ action, reason }) => [action, reason]),
      [['cancel', 'A test decides']],
    );
    if (stage.inbox) assert.deepEqual([await arrived(later), await arrived(never)], [1, 0]);
  });

  it('is either cancelled or claimed if both happen at the same time, and the row shows which', async () => {
    const messages = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const to = simulated('success');
        const notificationId = await send(email([to]));
        return { to, notificationId, cancelling: (await resolve(notificationId, 'cancel')).status };
      }),
    );
    for (const { to, notificationId, cancelling } of messages) {
      const { status } = await until('its final status', notificationId, (one) =>
        ['SENT', 'CANCELLED'].includes(one.status),
      );
      assert.equal(status, cancelling === 200 ? 'CANCELLED' : 'SENT');
      if (stage.inbox) assert.equal(await arrived(to), cancelling === 200 ? 0 : 1);
    }
  });

  it('loses its personal data after an erasure, and keeps only its outcome', async () => {
    const to = simulated('success');
    const notificationId = await send(email([to], { subject: 'Private' }));
    await until('its delivery', notificationId, ({ recipients }) => recipients[0]?.outcome === 'DELIVERED');
    const query = new URLSearchParams({ channel: 'email', address: to });
    const asked = await acme.call('DELETE', `/personal-data?${query}`);
    assert.equal(asked.status, 202);
    await eventually('the end of the erasure', async () => {
      const { json } = await acme.call('GET', `/erasures/${asked.json.erasureId}`);
      return json.status === 'DONE' && json;
    });
    const { content, recipients, status } = await read(notificationId);
    assert.deepEqual([content, status], [undefined, 'SENT']);
    assert.deepEqual(
      recipients.map(({ address, outcome }) => [address, outcome]),
      [[undefined, 'DELIVERED']],
    );
  });
});
