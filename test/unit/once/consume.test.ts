import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SQSRecord } from 'aws-lambda';
import { isDependencyAway } from '#shared/adapters/aws/runtime/own-queue.ts';
import { handleRequest } from '#shared/delivery/handle-request.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { type ConsumePorts, consume } from '#shared/once/consume.ts';
import { DEAD_LETTER, deadLetterIdOf, deadLetterKey } from '#shared/once/dead-letter.ts';
import { LimitExceeded, TemporarilyUnavailable } from '#shared/once/errors.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { marked, redriveAttribute } from '#shared/once/redriven-letter.ts';
import { NotItsTurn, type ReturnedMessage } from '#shared/once/return-to-queue.ts';
import { sqsRecord } from '#test/support/aws-events.ts';
import { memoryStore } from '#test/support/memory/memory-store.ts';
import { openLetters } from '#test/support/open-letters.ts';
import { manualClock, memoryLog } from '#test/support/ports.ts';
import { createWorld, keyOfNotification } from '#test/support/world/world.ts';

/** A request to send, and `send-email`, which consumes batches. */
async function world() {
  const { store, clock, log, providers, place, sender, messages } = createWorld();
  const { notificationId } = await place();
  const request = messages().find((text) => JSON.parse(text).type === NOTIFICATION_REQUESTED) ?? assert.fail();
  const ports = sender();
  const consuming = { deadLetters: store, clock, log, subscriber: 'send-email', keepsMessage: true };
  const receive = (...bodies: string[]) =>
    consume(
      { Records: bodies.map((body, index) => sqsRecord(`m${index}`, body)) },
      (body) => handleRequest(body, () => 30_000, ports),
      consuming,
    );
  return { store, clock, notificationId, provider: providers.email, request, receive, log, consuming };
}

describe('a batch of messages', () => {
  it('returns an invalid record to its queue, and handles the others', async () => {
    const { provider, request, receive, consuming } = await world();
    const broken = { messageId: 'broken', body: request } as SQSRecord;
    const { batchItemFailures } = await consume(
      { Records: [broken] },
      () => assert.fail('It must not be handled.'),
      consuming,
    );
    assert.deepEqual(batchItemFailures, [{ itemIdentifier: 'broken' }]);
    await receive(request);
    assert.equal(provider.accepted.length, 1);
  });

  it('records each message that can never be handled once, with its reason, and handles the others', async () => {
    const { store, provider, request, receive } = await world();
    const envelope = JSON.parse(request);
    const poison = [
      'no json',
      '{"specversion":"1.0"}',
      JSON.stringify({ ...envelope, id: 'other', type: 'counterfoil.order.placed.v1' }),
      JSON.stringify({ ...envelope, id: 'empty', data: {} }),
      JSON.stringify({ ...envelope, id: 'foreign', tenantid: 'globex', time: '2025-12-31T22:00:00.000Z' }),
    ];
    const answer = await receive(...poison, request);
    assert.deepEqual(answer, { batchItemFailures: [] });
    assert.equal(provider.accepted.length, 1);
    await receive(...poison);
    const letters = await openLetters(store);
    assert.deepEqual(
      letters.map(({ reason, count }) => [reason, count]),
      [
        ['NOT_JSON', 2],
        ['MALFORMED', 2],
        ['UNKNOWN_TYPE', 2],
        ['MALFORMED', 2],
        ['NO_SUCH_NOTIFICATION', 2],
      ],
    );
    assert.equal(letters[2]?.id, 'other');
    assert.equal((await store.openGauge()).count, 5);
  });

  it('is logged in one line each, with its correlation id and without its contents', async () => {
    const { log, request, receive } = await world();
    const envelope = JSON.parse(request);
    const address = 'ada@example.com';
    const strange = [
      { ...envelope, id: address, correlationid: address, type: address },
      { ...envelope, id: address, data: { notificationId: address, channel: 'email' } },
      { id: address, correlationid: null },
    ].map((body) => JSON.stringify(body));
    await receive(request, ...strange, `no json ${address}`, 'null');
    assert.doesNotMatch(JSON.stringify(log.lines), /ada/);
    const about = (messageId: string) => log.lines.filter(({ fields }) => fields?.messageId === messageId);
    assert.deepEqual(
      about('m0').map(({ message, fields }) => [message, fields?.correlationId]),
      [
        ['Provider answered', 'correlation'],
        ['Notification handled', 'correlation'],
      ],
    );
    assert.deepEqual(
      about('m2').map(({ message, fields }) => [message, fields?.correlationId]),
      [['Message set aside as a dead letter', 'correlation']],
    );
    for (const id of ['m1', 'm3', 'm4', 'm5']) assert.equal(about(id).length, 1, id);
  });

  it('is logged also if the dead letter cannot be recorded', async () => {
    const { store, log } = await world();
    const broken = { ...store, recordDeadLetter: () => Promise.reject(new StoreUnavailable('no answer')) };
    const ports = { deadLetters: broken, clock: manualClock(), log, subscriber: 's', keepsMessage: true };
    const poison = () => Promise.reject(new PoisonMessage('NOT_JSON', 'The message is not JSON.'));
    const answer = await consume({ Records: [sqsRecord('m', 'no json')] }, poison, ports);
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm' }] });
    assert.deepEqual(
      log.lines.map(({ level, message }) => [level, message]),
      [['error', 'Message not handled; it comes again']],
    );
  });

  it('records a request whose notification failed because its content was lost', async () => {
    const { store, clock, notificationId, request, receive } = await world();
    await store.eraseContent(keyOfNotification(notificationId), 'all');
    clock.advance(60 * 60 * 1000);
    assert.deepEqual(await receive(request), { batchItemFailures: [] });
    const [letter] = await openLetters(store);
    assert.deepEqual([letter?.reason, letter?.tenant, letter?.message], ['CONTENT_GONE', 'acme', request]);
    // Whichever message about the notification reports the failure, the dead letter is the same.
    await receive(JSON.stringify({ ...JSON.parse(request), id: 'a-reminder' }));
    const letters = await openLetters(store);
    assert.deepEqual(
      letters.map(({ id, count }) => [id, count]),
      [[`acme/notification/${notificationId}`, 2]],
    );
  });

  describe('that were redriven', () => {
    const redriven = async () => {
      const { store, clock, provider, request, consuming } = await world();
      const letter = { subscriber: 'send-email', id: JSON.parse(request).id, reason: 'GIVEN_UP', detail: 'It failed.' };
      const deadLetterId = deadLetterIdOf(letter);
      await store.recordDeadLetter(letter, clock.now());
      const mark = { generation: 1, redriveId: 'redrive-1', actor: 'ada', at: new Date(clock.now()).toISOString() };
      await store.changeDeadLetter(deadLetterId, marked(mark));
      const record = sqsRecord('m', request);
      record.messageAttributes = {
        redrive: { stringValue: redriveAttribute({ deadLetterId, generation: 1 }), dataType: 'String' },
      };
      const handled: string[] = [];
      const receive = async (error?: unknown, ports: Partial<ConsumePorts> = {}) => {
        const handle = async (body: string) => {
          if (error) throw error;
          handled.push(body);
        };
        return (await consume({ Records: [record] }, handle, { ...consuming, ...ports })).batchItemFailures.length;
      };
      const current = async () => {
        const { state } = (await store.statesOf(DEAD_LETTER).read(deadLetterKey(deadLetterId))) ?? assert.fail();
        return [state.status, state.generation, state.history.at(-1)?.action, state.history.at(-1)?.redriveId];
      };
      return { store, clock, provider, request, record, handled, receive, current };
    };

    it('resolve their dead letter after they are handled, also if they are repeated', async () => {
      const { receive, current, handled } = await redriven();
      for (const _ of [1, 2]) {
        assert.equal(await receive(), 0);
        assert.deepEqual(await current(), ['resolved', 1, 'resolve', 'redrive-1']);
      }
      assert.equal(handled.length, 2);
    });

    it('come again if their dead letter cannot be resolved', async () => {
      const { store, receive, current } = await redriven();
      const away = { ...store, changeDeadLetter: () => Promise.reject(new StoreUnavailable('away')) };
      assert.equal(await receive(undefined, { deadLetters: away }), 1);
      assert.deepEqual(await current(), ['redriving', 1, 'redrive', 'redrive-1']);
    });

    it('keep the attribute when they are returned to their queue', async () => {
      const { clock, record, receive, current } = await redriven();
      const sent: ReturnedMessage[] = [];
      const returns = {
        clock,
        sendBack: async (message: ReturnedMessage) => void sent.push(message),
        isAway: isDependencyAway,
        longestMs: Number.MAX_SAFE_INTEGER,
        counters: { count: async () => undefined },
      };
      assert.equal(await receive(new StoreUnavailable('away'), { returns }), 0);
      assert.equal(sent[0]?.redrive, record.messageAttributes.redrive?.stringValue);
      assert.deepEqual(await current(), ['redriving', 1, 'redrive', 'redrive-1']);
    });

    it('that fail again open their dead letter in a new generation, which names the redrive', async () => {
      const { receive, current } = await redriven();
      assert.equal(await receive(new PoisonMessage('MALFORMED', 'It is malformed.')), 0);
      assert.deepEqual(await current(), ['open', 2, 'reopen', 'redrive-1']);
      assert.equal(await receive(), 0, 'a late copy of the same message');
      assert.deepEqual(await current(), ['open', 2, 'reopen', 'redrive-1']);
    });

    it('change the same dead letter if their text was scrubbed before it was sent again', async () => {
      const { store, receive, current } = await redriven();
      const scrubs = { keepsMessage: false, scrub: async () => 'scrubbed', mostReceives: 1 };
      assert.equal(await receive(new TypeError('a fault'), scrubs), 0);
      assert.deepEqual(await current(), ['open', 2, 'reopen', 'redrive-1']);
      assert.equal((await openLetters(store)).length, 1);
    });
  });

  it('reports the missing raw delivery if SNS wraps a message', async () => {
    const { store, request, receive } = await world();
    const wrapped = {
      Type: 'Notification',
      MessageId: 'm',
      TopicArn: 'arn:aws:sns:eu-central-1:1:t',
      Message: request,
    };
    assert.deepEqual(await receive(JSON.stringify(wrapped)), { batchItemFailures: [] });
    const [letter] = await openLetters(store);
    assert.equal(letter?.reason, 'SNS_ENVELOPE');
    assert.match(letter?.detail ?? '', /raw message delivery is off/);
  });

  it('repeats only what failed, by its own id', async () => {
    const { store, request, receive } = await world();
    const broken = { ...store, recordDeadLetter: () => Promise.reject(new Error('no answer')) };
    const records = [sqsRecord('first', 'no json'), sqsRecord('second', request)];
    const ports = { deadLetters: broken, clock: manualClock(), log: memoryLog(), subscriber: 's', keepsMessage: true };
    const handled: string[] = [];
    const answer = await consume(
      { Records: records },
      async (body) => {
        handled.push(body);
        if (body === 'no json') throw new Error('not now');
      },
      ports,
    );
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'first' }] });
    assert.equal(handled.length, 2);
    void receive;
  });
});

describe('a message at its last receive', () => {
  const consumeAt = async (receives: string, mostReceives: number | undefined, deadLetters = memoryStore()) => {
    const log = memoryLog();
    const record = sqsRecord('m1', 'to ada@example.com');
    record.attributes.ApproximateReceiveCount = receives;
    const { batchItemFailures } = await consume(
      { Records: [record] },
      () => Promise.reject(new TypeError('about ada@example.com')),
      {
        deadLetters,
        clock: manualClock(),
        log,
        subscriber: 's',
        keepsMessage: false,
        scrub: async () => 'scrubbed',
        ...(mostReceives !== undefined && { mostReceives }),
      },
    );
    return { failed: batchItemFailures.length, letters: await openLetters(deadLetters), log };
  };

  it('is set aside scrubbed where it still cannot be handled, so that the queue never does it as it is', async () => {
    for (const [receives, most] of [
      ['29', 30],
      ['30', undefined],
    ] as const) {
      const { failed, letters } = await consumeAt(receives, most);
      assert.deepEqual([failed, letters], [1, []]);
    }
    const { failed, letters } = await consumeAt('30', 30);
    assert.equal(failed, 0);
    assert.deepEqual(
      letters.map(({ reason, message }) => [reason, message]),
      [['GIVEN_UP', 'scrubbed']],
    );
    assert.doesNotMatch(JSON.stringify(letters), /ada@/);
  });

  it('is left to the queue where not even that can be recorded', async () => {
    const broken = { ...memoryStore(), recordDeadLetter: () => Promise.reject(new StoreUnavailable('away')) };
    assert.equal((await consumeAt('30', 30, broken)).failed, 1);
  });
});

describe('a message whose handling needs something that is away', () => {
  const HOUR_MS = 3_600_000;
  const FIRST_SENT = Date.UTC(2026, 0, 1);

  /** A queue and the function that reads from it; time moves only where a message waits. */
  function world(shape: Partial<ConsumePorts> = {}) {
    const clock = manualClock(FIRST_SENT);
    const log = memoryLog();
    const deadLetters = memoryStore();
    const sent: ReturnedMessage[] = [];
    const counted: string[] = [];
    const returns = {
      clock,
      sendBack: async (message: ReturnedMessage) => void sent.push(message),
      isAway: isDependencyAway,
      longestMs: 96 * HOUR_MS,
      counters: { count: async (name: string) => void counted.push(name) },
    };
    const ports: ConsumePorts = { deadLetters, clock, log, subscriber: 's', keepsMessage: false, returns, ...shape };
    const receive = async (record: SQSRecord, error: unknown) =>
      (await consume({ Records: [record] }, () => Promise.reject(error), ports)).batchItemFailures.length;
    const letters = async () => (await openLetters(deadLetters)).map(({ reason }) => reason);
    return { clock, log, sent, counted, returns, receive, letters, ports, deadLetters };
  }

  const first = (): SQSRecord => {
    const record = sqsRecord('m1', 'to ada@example.com');
    record.attributes.SentTimestamp = String(FIRST_SENT);
    record.attributes.MessageGroupId = 'acme';
    return record;
  };

  /** As SQS delivers a message that was returned: a new one, with what was sent. */
  const delivered = ({ body, groupId, firstSentAt, returns }: ReturnedMessage, now: number): SQSRecord => {
    const record = sqsRecord('m2', body);
    record.attributes.SentTimestamp = String(now);
    if (groupId !== undefined) record.attributes.MessageGroupId = groupId;
    const number = (value: number) => ({ stringValue: String(value), dataType: 'Number' });
    record.messageAttributes = { firstSentAt: number(firstSentAt), returns: number(returns) };
    return record;
  };

  it('waits in its queue for its turn, as often as necessary: that is no failure and no return', async () => {
    const { clock, log, sent, counted, receive, letters } = world({ mostReceives: 5 });
    let record = first();
    for (const [afterMs, delaySeconds] of [
      [0, 1],
      [1001, 2],
      [86_400_000, 900],
    ] as const) {
      for (let times = 0; times < 200; times += 1) {
        assert.equal(await receive(record, new NotItsTurn(afterMs)), 0, 'acknowledged');
        const message = sent.at(-1) ?? assert.fail();
        assert.deepEqual(message, {
          ...{ body: record.body, groupId: 'acme', firstSentAt: FIRST_SENT, returns: 0 },
          delaySeconds,
        });
        clock.advance(delaySeconds * 1000);
        record = delivered(message, clock.now());
      }
    }
    assert.deepEqual([await letters(), counted], [[], []]);
    assert.ok(log.lines.every(({ level }) => level === 'info'));
    // Where waiting ends and a failure begins, the returns begin with the first.
    await receive(record, new StoreUnavailable('The table is away.'));
    assert.deepEqual([sent.at(-1)?.returns, sent.at(-1)?.delaySeconds], [1, 5]);
  });

  it('stays in its queue if it cannot be sent back for its turn', async () => {
    const { returns, ports } = world();
    const refusing = {
      ...ports,
      returns: { ...returns, sendBack: () => Promise.reject(awsError('AccessDenied', 403)) },
    };
    const answer = await consume({ Records: [first()] }, () => Promise.reject(new NotItsTurn(0)), refusing);
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm1' }] });
  });

  it('is returned to its queue as it is, later and later, however often, until its queue would not keep it any more', async () => {
    const { clock, sent, counted, receive, letters } = world({ mostReceives: 30, scrub: async () => 'scrubbed' });
    let record = first();
    const delays: number[] = [];
    while ((await letters()).length === 0) {
      assert.equal(await receive(record, new StoreUnavailable('The table is away.')), 0, 'acknowledged');
      const message = sent.at(-1) ?? assert.fail();
      if (sent.length === delays.length) break;
      delays.push(message.delaySeconds);
      assert.deepEqual([message.body, message.groupId, message.firstSentAt], [record.body, 'acme', FIRST_SENT]);
      clock.advance(message.delaySeconds * 1000);
      record = delivered(message, clock.now());
    }
    assert.deepEqual(delays.slice(0, 10), [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    assert.equal(Math.max(...delays), 900, 'as long as SQS can delay');
    assert.ok(delays.length > 300, `${delays.length} returns in four days: far more than receives`);
    assert.deepEqual([await letters(), counted.length], [['WAITED_TOO_LONG'], delays.length]);
    assert.ok(clock.now() - FIRST_SENT >= 96 * HOUR_MS);
  });

  const AWAY: [what: string, error: unknown][] = [
    ['a table that does not answer', new StoreUnavailable('no answer')],
    ['a budget that ran out', new TemporarilyUnavailable('no answer')],
    ['a row of a newer release', new NewerVersion('from tomorrow')],
    ['a refused permission', awsError('AccessDeniedException', 400)],
    ['a key that was disabled', awsError('KMSInvalidStateException', 400)],
    ['a table that is gone', awsError('ResourceNotFoundException', 400)],
    ['a throttled secret', awsError('ThrottlingException', 400)],
    ['a service at fault', awsError('InternalServerError', 500)],
    ['a reset connection', Object.assign(new Error('reset'), { code: 'ECONNRESET' })],
    ['a refused connection', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })],
    ['a name that is not found', Object.assign(new Error('not found'), { code: 'ENOTFOUND' })],
    ['a call that took too long', Object.assign(new Error('slow'), { name: 'TimeoutError' })],
    ['credentials that are not there', Object.assign(new Error('none'), { name: 'CredentialsProviderError' })],
  ];
  for (const [what, error] of AWAY) {
    it(`waits for ${what}, also at its last receive`, async () => {
      const { sent, receive, letters } = world({ mostReceives: 1 });
      assert.equal(await receive(first(), error), 0);
      assert.deepEqual([sent.length, await letters()], [1, []]);
    });
  }

  const OURS: [what: string, error: unknown][] = [
    ['a fault of ours', new TypeError('undefined is not a function')],
    ['a request that is refused as it is', awsError('ValidationException', 400)],
    ['a command that is too large', new LimitExceeded('too large')],
    ['something that is no error', 'text'],
  ];
  for (const [what, error] of OURS) {
    it(`does not wait for ${what}, which uses up receives`, async () => {
      const { sent, receive, letters } = world();
      assert.equal(await receive(first(), error), 1);
      assert.deepEqual([sent.length, await letters()], [0, []]);
    });
  }

  it('is left in its queue where it cannot be returned, and is set aside at its last receive', async () => {
    const { returns } = world();
    const refusing = { ...returns, sendBack: () => Promise.reject(awsError('AccessDenied', 403)) };
    const { log, receive, letters } = world({ returns: refusing, mostReceives: 2 });
    const record = first();
    assert.equal(await receive(record, new StoreUnavailable('away')), 1);
    assert.deepEqual(
      log.lines.map(({ message }) => message),
      ['Message not returned to its queue', 'Message not handled; it comes again'],
    );
    record.attributes.ApproximateReceiveCount = '2';
    assert.equal(await receive(record, new StoreUnavailable('away')), 0);
    assert.deepEqual(await letters(), ['GIVEN_UP']);
  });

  for (const reason of ['GIVEN_UP', 'WAITED_TOO_LONG']) {
    it(`is in one group of ${reason} with all others, wherever the last try of each has waited`, async () => {
      const longestMs = reason === 'GIVEN_UP' ? HOUR_MS : 0;
      const refused = { ...world().returns, longestMs, sendBack: () => Promise.reject(new Error('refused')) };
      const { receive, ports, deadLetters } = world({ returns: refused, mostReceives: 1 });
      const about = (text: string) => ({ ...first(), body: text });
      await receive(about('one'), new StoreUnavailable('The table does not answer.'));
      await receive(about('two'), new TemporarilyUnavailable('The time of the command is over.'));
      const waiting = { ...ports, handlingMs: () => 0 };
      await consume({ Records: [about('three')] }, () => new Promise<never>(() => undefined), waiting);
      const groups = await deadLetters.listGroups();
      assert.deepEqual(
        groups.map((group) => group.reason),
        [reason],
      );
      assert.equal((await deadLetters.gaugeOf('open', groups[0]?.fingerprint ?? '')).count, 3);
    });
  }

  it('is returned where its dead letter cannot be recorded, because the table is away', async () => {
    const broken = { ...memoryStore(), recordDeadLetter: () => Promise.reject(new StoreUnavailable('away')) };
    const { sent, receive } = world({ deadLetters: broken });
    assert.equal(await receive(first(), new PoisonMessage('NOT_JSON', 'The message is not JSON.')), 0);
    assert.equal(sent.length, 1);
  });

  it('is returned before its invocation times out if nothing answers', async () => {
    const { sent, log, ports } = world({ handlingMs: () => 1 });
    const answer = await consume({ Records: [first()] }, () => new Promise<never>(() => undefined), ports);
    assert.deepEqual([answer.batchItemFailures, sent.length], [[], 1]);
    assert.deepEqual(
      log.lines.map(({ level, message }) => [level, message]),
      [['warn', 'Message returned to its queue']],
    );
    assert.doesNotMatch(JSON.stringify(log.lines), /ada@/);
  });
});

function awsError(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error('about ada@example.com'), { name, $fault: 'client', $metadata: { httpStatusCode } });
}
