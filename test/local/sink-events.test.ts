import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { announced, eventsOf, folder, mail, published, send, sink, start, to } from './sink-under-test.ts';

describe('SES events', () => {
  it('report the acceptance and the outcome of an e-mail, with its tags', async () => {
    const { MessageId } = await send(
      mail({ ConfigurationSetName: 'mail', EmailTags: [{ Name: 'attempt', Value: 'a1' }] }),
    );
    const [sendEvent, delivery] = await eventually('two events', async () =>
      eventsOf(MessageId).length === 2 ? eventsOf(MessageId) : undefined,
    );
    assert.equal(published[0]?.topicArn, 'arn:topic');
    assert.equal(sendEvent?.eventType, 'Send');
    assert.deepEqual(sendEvent?.send, {});
    assert.deepEqual(sendEvent?.mail.destination, ['ada@example.com']);
    assert.deepEqual(sendEvent?.mail.tags.attempt, ['a1']);
    assert.deepEqual(sendEvent?.mail.tags['ses:configuration-set'], ['mail']);
    assert.deepEqual(sendEvent?.mail.tags['ses:from-domain'], ['shop.example']);
    assert.equal(delivery?.eventType, 'Delivery');
    assert.deepEqual((delivery?.delivery as { recipients?: string[] } | undefined)?.recipients, ['ada@example.com']);
  });

  it('are preceded by one plain text on a new topic', async (t) => {
    announced.splice(0);
    const dataDir = join(folder.path, 'announced');
    await (await start({ dataDir, publish: () => Promise.reject(new Error('the topic is away')) })).close();
    const again = await start({ dataDir });
    t.after(again.close);
    const text = 'Successfully validated SNS topic for Amazon SES event publishing.';
    await eventually('three announcements', async () => announced.length === 3);
    assert.deepEqual(announced.sort(), [`arn:everything: ${text}`, `arn:sends: ${text}`, `arn:topic: ${text}`]);
    const { MessageId } = await send(mail({ ConfigurationSetName: 'sends' }), again.url);
    await eventually('an event', async () => eventsOf(MessageId).length === 1);
    assert.equal(announced.length, 3);
  });

  it('match the mailbox simulator, with one outcome for each recipient', async () => {
    const simulator = ['success+1', 'bounce+a', 'complaint', 'ooto', 'suppressionlist'].map(
      (name) => `${name}@simulator.amazonses.com`,
    );
    const { MessageId } = await send(mail({ ...to(...simulator), ConfigurationSetName: 'mail' }));
    const events = await eventually('eight events', async () =>
      eventsOf(MessageId).length === 8 ? eventsOf(MessageId) : undefined,
    );
    const about = (type: string, detail: string, recipients: string) =>
      events
        .filter(({ eventType }) => eventType === type)
        .map((event) => (event[detail] as Record<string, unknown>)[recipients]);
    assert.deepEqual(about('Delivery', 'delivery', 'recipients'), [[simulator[0]], [simulator[2]], [simulator[3]]]);
    const bounces = events
      .filter(({ eventType }) => eventType === 'Bounce')
      .map((event) => event.bounce as { bounceType: string; bounceSubType: string });
    assert.deepEqual(bounces.map(({ bounceType, bounceSubType }) => `${bounceType} ${bounceSubType}`).sort(), [
      'Permanent General',
      'Permanent Suppressed',
      'Transient General',
    ]);
    assert.deepEqual(about('Complaint', 'complaint', 'complainedRecipients'), [[{ emailAddress: simulator[2] }]]);
    assert.equal(events.at(-1)?.eventType, 'Complaint');
  });

  it('have the outcome that the settings define by the end of the address, in SES’s format', async () => {
    sink.controls.replace({
      outcomes: {
        '@full.example': 'soft-bounced',
        '@slow.example': 'delayed',
        '@virus.example': 'rejected',
        '@template.example': 'rendering-failed',
        '@reader.example': 'clicked',
        '@forwards.example': 'forward-bounced',
        '@corrected.example': 'not-spam',
        '@listed.example': 'account-suppressed',
      },
    });
    const typesFor = async (address: string, count: number) => {
      const { MessageId } = await send(mail({ ...to(address), ConfigurationSetName: 'everything' }));
      await eventually(`${count} events`, async () => eventsOf(MessageId).length === count);
      return eventsOf(MessageId);
    };
    const shown = (events: Awaited<ReturnType<typeof typesFor>>) => events.map(({ eventType }) => eventType);
    const full = await typesFor('ada@full.example', 3);
    assert.deepEqual(shown(full), ['Send', 'DeliveryDelay', 'Bounce']);
    const bounce = full[2]?.bounce as { bounceType: string; bounceSubType: string } | undefined;
    assert.deepEqual([bounce?.bounceType, bounce?.bounceSubType], ['Transient', 'MailboxFull']);
    assert.deepEqual(shown(await typesFor('ada@slow.example', 3)), ['Send', 'DeliveryDelay', 'Delivery']);
    assert.deepEqual(shown(await typesFor('ada@virus.example', 2)), ['Send', 'Reject']);
    assert.deepEqual(shown(await typesFor('ada@template.example', 1)), ['Rendering Failure']);
    assert.deepEqual(shown(await typesFor('ada@reader.example', 4)), ['Send', 'Delivery', 'Open', 'Click']);
    const forwarded = (await typesFor('ada@forwards.example', 3))[2]?.bounce as typeof bounce & {
      bouncedRecipients: { emailAddress: string }[];
    };
    assert.equal(forwarded.bouncedRecipients[0]?.emailAddress, 'rfc822;forward-of-ada@forward.example');
    const complaints = [(await typesFor('ada@corrected.example', 3))[2], (await typesFor('ada@listed.example', 2))[1]];
    assert.deepEqual(
      complaints.map((event) => {
        const { complaintSubType, complaintFeedbackType } = (event?.complaint ?? {}) as Record<string, unknown>;
        return [complaintSubType, complaintFeedbackType];
      }),
      [
        [null, 'not-spam'],
        ['OnAccountSuppressionList', undefined],
      ],
    );
    sink.controls.replace({});
  });

  it('are published to the topic of their configuration set, if it selects their type', async () => {
    await send(mail());
    await send(mail({ ConfigurationSetName: 'silent' }));
    const { MessageId } = await send(mail({ ConfigurationSetName: 'sends' }));
    const last = await send(mail({ ConfigurationSetName: 'mail' }));
    await eventually('the last event', async () => eventsOf(last.MessageId).length === 2);
    assert.deepEqual(
      published
        .filter(({ event }) => event.mail.messageId !== last.MessageId)
        .map(({ topicArn, event }) => [topicArn, event.eventType, event.mail.messageId]),
      [['arn:sends', 'Send', MessageId]],
    );
  });

  it('are all published, for any number of concurrent e-mails', async () => {
    const sent = await Promise.all(Array.from({ length: 100 }, () => send(mail({ ConfigurationSetName: 'sends' }))));
    await eventually('100 events', async () => published.length === 100);
    assert.deepEqual(
      new Set(published.map(({ event }) => event.mail.messageId)),
      new Set(sent.map(({ MessageId }) => MessageId)),
    );
  });

  it('are duplicated, delayed or reordered by the settings', async () => {
    sink.controls.replace({ events: { Send: { copies: 3 } } });
    const doubled = await send(mail({ ConfigurationSetName: 'sends' }));
    await eventually('three copies', async () => eventsOf(doubled.MessageId).length === 3);

    sink.controls.replace({ events: { Send: { delayMs: 400 } } });
    const late = await send(mail({ ConfigurationSetName: 'mail' }));
    await eventually('both events', async () => eventsOf(late.MessageId).length === 2);
    assert.deepEqual(
      eventsOf(late.MessageId).map(({ eventType }) => eventType),
      ['Delivery', 'Send'],
    );

    sink.controls.replace({ events: { Send: { reorder: true } } });
    // All in one window of a second. Three calls take much less, but the window may end between them.
    const ids: (string | undefined)[] = [];
    await eventually('the beginning of a second', async () => Date.now() % 1000 < 200);
    for (let n = 0; n < 3; n += 1) ids.push((await send(mail({ ConfigurationSetName: 'sends' }))).MessageId);
    await eventually('three events', async () => ids.every((id) => eventsOf(id).length === 1));
    assert.deepEqual(
      published.slice(-3).map(({ event }) => event.mail.messageId),
      ids.toReversed(),
    );
  });

  it('are reordered even if they have the same time', async (t) => {
    let now = Date.UTC(2026, 0, 2, 3, 4, 5);
    const still = await start({ dataDir: join(folder.path, 'still'), clock: () => now });
    t.after(still.close);
    const reordered = { events: { Send: { reorder: true } } };
    still.controls.replace(reordered);
    const ids: (string | undefined)[] = [];
    for (let n = 0; n < 3; n += 1) ids.push((await send(mail({ ConfigurationSetName: 'sends' }), still.url)).MessageId);
    now += 2000;
    still.controls.replace(reordered);
    await eventually('three events', async () => published.length === 3);
    assert.deepEqual(
      published.map(({ event }) => event.mail.messageId),
      ids.toReversed(),
    );
  });

  it('are withheld, and are published when they are released', async () => {
    sink.controls.replace({ events: { Send: { withhold: true } } });
    const { MessageId } = await send(mail({ ConfigurationSetName: 'mail' }));
    await eventually('the delivery', async () => eventsOf(MessageId).length === 1);
    assert.deepEqual(
      eventsOf(MessageId).map(({ eventType }) => eventType),
      ['Delivery'],
    );
    sink.controls.replace({});
    await eventually('the Send event', async () => eventsOf(MessageId).length === 2);
  });

  it('are published again after a failure', async (t) => {
    const lines: string[] = [];
    const failing = await start({
      dataDir: join(folder.path, 'failing'),
      log: (line: string) => lines.push(line),
      publish: async (topicArn: string, message: string) => {
        if (lines.length === 0) throw new Error('the topic is away');
        if (message.startsWith('{')) published.push({ topicArn, event: JSON.parse(message) });
      },
    });
    t.after(failing.close);
    const { MessageId } = await send(mail({ ConfigurationSetName: 'sends' }), failing.url);
    await eventually('the event', async () => eventsOf(MessageId).length === 1);
    assert.match(lines.join(), /the topic is away/);
  });

  it('survive a restart, including delayed and withheld ones', async (t) => {
    const dataDir = join(folder.path, 'restarted');
    const publish = () => Promise.reject(new Error('the topic is away'));
    const stopped = await start({ dataDir, publish });
    const sent: (string | undefined)[] = [];
    for (const Send of [{}, { delayMs: 3_600_000 }, { withhold: true }]) {
      stopped.controls.replace({ events: { Send } });
      sent.push((await send(mail({ ConfigurationSetName: 'sends' }), stopped.url)).MessageId);
    }
    await stopped.close();
    const again = await start({ dataDir, clock: () => Date.now() + 3_600_000 });
    t.after(again.close);
    await eventually('three events', async () => published.length === 3);
    assert.deepEqual(published.map(({ event }) => event.mail.messageId).sort(), sent.toSorted());
  });
});
