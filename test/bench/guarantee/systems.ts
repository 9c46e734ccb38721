import { bundleFunctions } from '#infra/bundle.ts';
import type { StageSettings } from '#infra/settings.ts';
import { FUNCTION } from '#shared/names.ts';
import { DEAD_LETTER } from '#shared/once/dead-letter.ts';
import { synthesizeWith } from '#test/support/template.ts';
import type { PeerProps } from '../peers/peer-stack.ts';
import { PEERS, type Peer, synthesizePeer } from '../peers/peers.ts';
import type { StartedSystem } from '../start-system.ts';

/** A row of a table, as JavaScript has it. */
export type Row = Record<string, unknown>;

type Synthesize = StartedSystem['synthesize'];

/** A system that is tested under faults: ours, or an alternative. */
export type System = StartedSystem & {
  name: string;
  title: string;
  /** Whether a row is marked as not sent, so that a person can find it. */
  isMarkedUnsent(row: Row): boolean;
};

/**
 * Stage `local` holds a notification whose outcome is unknown after 35 s, so that demonstrations are short. That is less
 * than the minute after which a queue delivers feedback again or a schedule starts a crashed function again. On deployed
 * stages it is four hours.
 */
const HOLD_AFTER_SECONDS = 300;
const withLongerHold = (settings: StageSettings): StageSettings => ({
  ...settings,
  timing: { ...settings.timing, holdAfterSeconds: HOLD_AFTER_SECONDS },
});

const synthesizeOurs: Synthesize = async ({ outdir }) =>
  void synthesizeWith('local', withLongerHold, { outdir, bundles: await bundleFunctions() });

/** @param peers settings of all alternatives. */
export function systemsWith(peers: Omit<PeerProps, 'bundles'>): System[] {
  const peer = (one: Peer) => ({
    synthesize: (options: Parameters<Synthesize>[0]) => synthesizePeer(one, options, peers),
  });
  return [
    { name: 'dual-write', title: 'dual write', ...peer(PEERS.dualWrite), isMarkedUnsent: () => false },
    {
      name: 'dual-write-again',
      title: 'dual write, repeats done again',
      ...peer(PEERS.dualWriteAgain),
      isMarkedUnsent: () => false,
    },
    {
      name: 'powertools',
      title: 'Powertools idempotency + batch',
      ...peer(PEERS.powertools),
      // Its records contain only hashes of operations. Only a queue can show what was not sent.
      isMarkedUnsent: () => false,
    },
    {
      name: 'outbox',
      title: 'stream outbox, sent flag',
      ...peer(PEERS.outbox),
      isMarkedUnsent: ({ sent }) => sent === false,
    },
    {
      name: 'counterfoil',
      title: 'Counterfoil',
      synthesize: synthesizeOurs,
      scheduled: FUNCTION.wakeDue,
      isMarkedUnsent: ({ type, state }) => {
        const { status } = (state ?? {}) as { status?: string };
        return type === 'notification' ? status !== 'SENT' : type === DEAD_LETTER.name && status === 'open';
      },
    },
  ];
}
