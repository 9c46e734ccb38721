import { type DeadLetterRecord, deadLetterIdOf } from '#shared/once/dead-letter.ts';
import { REDRIVE, type Redrive } from '#shared/redrive/redrive.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import type { Answered, Asked, Operations } from './operations.ts';
import { TIMES } from './settings.ts';
import type { World } from './world.ts';

const MINUTE = 60_000;
const PEOPLE = ['ada', 'bob'];
/** After this number of tries, an operator gives up a request. */
const MOST_TRIES = 40;
/** How often each of them looks what is open while everything fails. */
const LOOKS = 10;

/**
 * Two operators who plan, start, pause, resume and stop redrives, and discard dead letters, without knowing what the
 * other one does. They repeat a request under its key until they have an answer.
 */
export function startOperators(seed: number, world: World): void {
  const { operations, scheduler } = world;
  if (!operations) return;
  for (const actor of PEOPLE) {
    const random = randomOf(seed, `operator/${actor}`);
    for (let look = 1; look <= LOOKS; look += 1)
      scheduler.after(random.between(MINUTE, 40 * MINUTE), () =>
        act({ actor, random, key: `${actor}-${look}` }, world),
      );
  }
}

type Turn = { actor: string; random: Random; key: string };

function act(turn: Turn, world: World): void {
  const { random } = turn;
  const open = lettersOf(world).filter(({ status }) => status === 'open');
  if (open.length === 0) return;
  const letter = random.pick(open);
  if (letter.subscriber.startsWith('send-') && random.chance(0.2)) discard(letter, turn, world);
  else plan(letter, open, turn, world);
}

function plan(letter: DeadLetterRecord, open: readonly DeadLetterRecord[], turn: Turn, world: World): void {
  const { random, actor, key } = turn;
  const body = {
    selection: selectionOf(letter, open, random),
    ratePerSecond: random.pick([1, 5, 500]),
    canary: random.pick([[], [1], [1, 3]]),
    stopAbove: random.pick([0, 0.3, 1]),
  };
  const start = ({ status, json: { redriveId } }: Answered): void => {
    if (status === 201) world.scheduler.after(random.between(0, MINUTE), () => begin(String(redriveId), turn, world));
  };
  askUntilAnswered({ actor, routeKey: 'POST /redrives', key, body }, random, world, start);
}

function selectionOf(letter: DeadLetterRecord, open: readonly DeadLetterRecord[], random: Random): object {
  const { subscriber, reason, fingerprint, tenant } = letter;
  const some = open.filter(() => random.chance(0.5)).map(deadLetterIdOf);
  return random.pick([
    { subscriber },
    { subscriber },
    { reason },
    { fingerprint },
    tenant === undefined ? { subscriber, reason } : { tenant },
    some.length === 0 ? { subscriber } : { ids: some },
  ]);
}

/** Starts a redrive, and perhaps does more with it while it runs. */
function begin(redriveId: string, { actor, random, key }: Turn, world: World): void {
  const steps = random.pick([[], [], ['pause'], ['stop'], ['pause', 'resume'], ['pause', 'stop'], ['stop', 'start']]);
  for (const [index, verb] of ['start', ...steps].entries()) {
    const ask = () => askUntilAnswered(verbOf({ verb, redriveId, actor, key: `${key}-${index}` }), random, world);
    if (index === 0) ask();
    else world.scheduler.after(index * random.between(0, random.pick([3000, 3 * MINUTE])), ask);
  }
}

export const verbOf = ({
  verb,
  redriveId,
  actor,
  key,
}: Pick<Asked, 'actor' | 'key'> & { verb: string; redriveId: string }) => ({
  ...{ actor, key: `${key}-${verb}`, body: {} },
  routeKey: `POST /redrives/{redriveId}/${verb}`,
  pathParameters: { redriveId },
});

/** What a discard loses is announced again: the row of a notification is due until it has ended. */
function discard(letter: DeadLetterRecord, { actor, random, key }: Turn, world: World): void {
  const asked = {
    ...{ actor, key: `${key}-discard`, body: { reason: 'Not needed.' } },
    routeKey: 'POST /dead-letters/{deadLetterId}/discard',
    pathParameters: { deadLetterId: deadLetterIdOf(letter) },
  };
  askUntilAnswered(asked, random, world);
}

/** Repeats a request until there is an answer. */
export function askUntilAnswered(
  asked: Asked,
  random: Random,
  world: World,
  then: (answer: Answered) => void = () => undefined,
): void {
  let tries = 0;
  let isDone = false;
  const next = (): void => {
    tries += 1;
    if (isDone || tries > MOST_TRIES) return;
    void operationsOf(world)
      .ask(asked)
      .then((answer) => {
        // 503: the operator tries again, as the answer asks them to.
        if (isDone || answer.status >= 500) return;
        isDone = true;
        then(answer);
      });
    world.scheduler.after(TIMES.clientTimeoutMs + random.between(100, 5000), next);
  };
  next();
}

function operationsOf({ operations }: World): Operations {
  if (!operations) throw new Error('This run has no operators.');
  return operations;
}

/**
 * When nothing fails any more, an operator resumes what is paused, and redrives what is open, until nothing is left that
 * can be redriven.
 */
export function cleanUp(world: World): void {
  let rounds = 0;
  const round = async (): Promise<void> => {
    rounds += 1;
    world.scheduler.after(2 * MINUTE, () => void round());
    const random = randomOf(rounds, 'clean up');
    const actor = 'eve';
    for (const { redriveId, status } of redrivesOf(world)) {
      const key = `eve-${rounds}-${redriveId}`;
      if (status === 'paused') askUntilAnswered(verbOf({ verb: 'resume', redriveId, actor, key }), random, world);
    }
    const open = await redrivable(world);
    for (const subscriber of new Set(open.map((letter) => letter.subscriber))) {
      const ids = open.filter((letter) => letter.subscriber === subscriber).map(deadLetterIdOf);
      const body = { selection: { ids: ids.slice(0, MOST_IDS) }, ratePerSecond: 500, canary: [], stopAbove: 1 };
      const key = `eve-${rounds}-${subscriber}`;
      askUntilAnswered({ actor, routeKey: 'POST /redrives', key, body }, random, world, ({ json: { redriveId } }) => {
        if (redriveId === undefined) return;
        askUntilAnswered(verbOf({ verb: 'start', redriveId: String(redriveId), actor, key }), random, world);
      });
    }
  };
  void round();
}

const MOST_IDS = 100;

/** The open dead letters that their subscriber would handle, or has handled. */
export async function redrivable(world: World): Promise<DeadLetterRecord[]> {
  const open = lettersOf(world).filter(({ status }) => status === 'open');
  const answers = await Promise.all(open.map((letter) => operationsOf(world).isRedrivable(letter)));
  return open.filter((_, index) => answers[index]);
}

export const lettersOf = ({ store }: World): DeadLetterRecord[] =>
  [...store.states.values()].flatMap(({ key, stored }) =>
    key.type === 'deadletter' ? [stored.state as DeadLetterRecord] : [],
  );

export const redrivesOf = ({ store }: World): Redrive[] =>
  [...store.states.values()].flatMap(({ key, stored }) =>
    key.part?.type === REDRIVE.name ? [stored.state as Redrive] : [],
  );
