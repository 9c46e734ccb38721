import assert from 'node:assert/strict';
import type { SQSRecord } from 'aws-lambda';
import { plannersOf } from '#shared/adapters/aws/runtime/redrive-planners.ts';
import { ofSubscriber, type RedriverPorts, registered } from '#shared/adapters/aws/runtime/redrivers.ts';
import { handleRequest } from '#shared/delivery/handle-request.ts';
import type { SenderPorts } from '#shared/delivery/sender.ts';
import { ERASURE } from '#shared/erasure/erasure.ts';
import { FALLBACK } from '#shared/fallback/fallback.ts';
import { FUNCTION } from '#shared/names.ts';
import { consume } from '#shared/once/consume.ts';
import type { DeadLetterRecord } from '#shared/once/dead-letter.ts';
import { deadLetterIdOf } from '#shared/once/dead-letter.ts';
import type { LetterVerdict } from '#shared/once/planner.ts';
import { REDRIVE_ATTRIBUTE, redriveAttribute } from '#shared/once/redriven-letter.ts';
import type { RedrivenMember, Redriver } from '#shared/once/redriver.ts';
import { REDRIVE_CHUNK } from '#shared/redrive/members.ts';
import { REDRIVE, REDRIVE_DUE, type Redrive } from '#shared/redrive/redrive.ts';
import { LEASE_MS, type RunPorts, redriveWaker } from '#shared/redrive/run.ts';
import { verdictsOf } from '#shared/redrive/verdicts.ts';
import { sqsRecord } from './aws-events.ts';
import { memoryDecidingRows } from './memory/memory-redrives.ts';
import { openLetters } from './open-letters.ts';
import { dying, KEY, Killed, startSet } from './redrive-run.ts';
import type { FunctionPorts, WorldStore } from './world/functions.ts';
import type { World } from './world/world.ts';

const SUBSCRIBER = FUNCTION.sendEmail;
const ANNOUNCED_AFTER_MS = 60_000;

export type ConceptRedriveOptions = {
  world: Pick<World, 'store' | 'clock' | 'log'>;
  ports: FunctionPorts;
  /** Of `send-email`, which handles its queue. Absent: nothing is sent by e-mail. */
  sender?: SenderPorts;
  /** What `wake-due` does while the redrive waits. */
  wake?: () => Promise<unknown>;
  /** What the functions see of the store. */
  store?: World['store'];
  /** The queue accepts messages, and loses them. */
  isLosing?: boolean;
};

/** `run-redrive` with the redrivers and planners of the concepts, over a world in memory. */
export function conceptRedrive({
  world,
  ports: given,
  sender,
  wake,
  store = world.store,
  isLosing = false,
}: ConceptRedriveOptions) {
  const { clock, log } = world;
  let queue: RedrivenMember[] = [];
  const sends: string[] = [];
  const consuming = { deadLetters: store, clock, log, subscriber: SUBSCRIBER, keepsMessage: true };
  const receive = (...records: SQSRecord[]) =>
    consume({ Records: records }, (body) => handleRequest(body, () => 30_000, sender ?? assert.fail()), consuming);
  const deliver = async (): Promise<void> => {
    const arrived = queue;
    queue = [];
    if (arrived.length > 0) await receive(...arrived.map(recordOf));
    await wake?.();
  };
  const toQueue: Redriver = {
    async send(members) {
      if (!isLosing) queue.push(...members);
      sends.push(...members.map(({ deadLetterId }) => deadLetterId));
      return new Set(members.map(({ deadLetterId }) => deadLetterId));
    },
  };
  const common = { ...given, store, subscriber: FUNCTION.runRedrive };
  const redriverPorts: RedriverPorts = {
    ...common,
    outbox: store,
    erasures: store.statesOf(ERASURE),
    replacements: store.statesOf(FALLBACK),
    announcedAfterMs: ANNOUNCED_AFTER_MS,
  };
  const redriversOver = (over: RedriverPorts) =>
    registered(new Map([[SUBSCRIBER, ofSubscriber(SUBSCRIBER, toQueue, over)]]), over);
  const planning = { plannerOf: plannersOf(SUBSCRIBER), rowsAt: memoryDecidingRows(store) };
  const ports: RunPorts = {
    ...common,
    timer: {
      async sleep(ms) {
        clock.advance(ms);
        await deliver();
      },
    },
    redrives: store.statesOf(REDRIVE),
    chunks: store.statesOf(REDRIVE_CHUNK),
    letters: store,
    verdictsOf: (letters) => verdictsOf(letters, planning),
    redriverOf: redriversOver(redriverPorts),
    pausedSubscribers: async () => new Map(),
    longestWaitMs: 30_000,
    due: store,
    worker: 'worker',
  };
  const letters = (): Promise<DeadLetterRecord[]> => openLetters(store);
  const run = async (over: RunPorts): Promise<void> => {
    const rows = await store.due(REDRIVE_DUE, clock.now() + LEASE_MS, 5);
    await redriveWaker(clock.now() + 50_000, over)(rows);
  };
  const redrive = async (): Promise<Redrive> => (await ports.redrives.read(KEY))?.state ?? assert.fail();
  return {
    sends,
    letters,
    receive: (body: string) => receive(sqsRecord('m', body)),
    /** What the plan says about all open dead letters. */
    verdicts: async (): Promise<LetterVerdict[]> => verdictsOf(await letters(), planning),
    letter: async (deadLetterId: string): Promise<DeadLetterRecord> =>
      (await store.readDeadLetters([deadLetterId])).get(deadLetterId)?.state ?? assert.fail(),
    /** Redrives all open dead letters. @param killAt the call at which the first worker dies, from 1. */
    async run(killAt?: { call: number; isAfter: boolean }): Promise<Redrive & { isKilled: boolean }> {
      const open = (await letters()).map(({ generation, fingerprint, ...letter }) => ({
        ...{ deadLetterId: deadLetterIdOf(letter), generation, fingerprint },
      }));
      await startSet(open, ports, { canary: [] });
      let isKilled = false;
      if (killAt) {
        const first = dying({ ...ports, worker: 'dies' }, killAt.call, killAt.isAfter, (wrap) =>
          redriversOver({
            ...redriverPorts,
            store: wrap({ load: store.load, commit: store.commit }),
            outbox: wrap({ makeDue: store.makeDue, readOutbox: store.readOutbox }),
            replacements: wrap(redriverPorts.replacements),
          }),
        );
        await run(first.ports).catch((error) => assert.ok(error instanceof Killed, String(error)));
        isKilled = first.isDead();
      }
      for (let minutes = 0; (await redrive()).dueAt !== undefined; minutes += 1) {
        assert.ok(minutes < 60, JSON.stringify(await redrive()));
        await run({ ...ports, worker: `worker-${minutes}` });
        await ports.timer.sleep(10_000);
      }
      return { ...(await redrive()), isKilled };
    },
  };
}

/** The store, without the contents of notifications while `isLost` says so. */
export const withoutContents = <Store extends Pick<WorldStore, 'readWithContent'>>(
  store: Store,
  isLost: () => boolean,
): Store => ({
  ...store,
  async readWithContent(key) {
    const found = await store.readWithContent(key);
    return found && isLost() ? { ...found, content: undefined } : found;
  },
});

function recordOf({ deadLetterId, generation, letter }: RedrivenMember): SQSRecord {
  const record = sqsRecord(deadLetterId, letter.message ?? '');
  const stringValue = redriveAttribute({ deadLetterId, generation });
  return { ...record, messageAttributes: { [REDRIVE_ATTRIBUTE]: { stringValue, dataType: 'String' } } };
}
