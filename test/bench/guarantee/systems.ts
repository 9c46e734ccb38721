import { bundleFunctions } from '#infra/bundle.ts';
import type { CloudOptions } from '#infra/local/cloud.ts';
import type { StageSettings } from '#infra/settings.ts';
import { FUNCTION } from '#shared/names.ts';
import { synthesizeWith } from '#test/support/template.ts';
import type { PeerProps } from '../peers/peer-stack.ts';
import { PEERS, type Peer, synthesizePeer } from '../peers/peers.ts';

/** A row of a table, as JavaScript has it. */
export type Row = Record<string, unknown>;

type Synthesize = NonNullable<CloudOptions['synthesize']>;

/** What is put through the faults: ours, or an alternative. */
export type System = {
  name: string;
  title: string;
  synthesize: Synthesize;
  /** Function that a schedule invokes: it reads whether there are orders or not. */
  scheduled?: string;
  /** Whether a row says by itself, to a person who looks, that its mail has not been sent. */
  saysUnsent(row: Row): boolean;
};

/**
 * Stage `local` gives up on a message whose outcome is unknown after 35 s, so that this can be watched, which is less
 * than the minute after which a queue hands feedback out again or a schedule starts a function that died. On deployed
 * stages it is four hours.
 */
const HOLD_AFTER_SECONDS = 300;
const patient = (settings: StageSettings): StageSettings => ({
  ...settings,
  timing: { ...settings.timing, holdAfterSeconds: HOLD_AFTER_SECONDS },
});

const synthesizeOurs: Synthesize = async ({ outdir }) =>
  void synthesizeWith('local', patient, { outdir, bundles: await bundleFunctions() });

/** @param peers what is set in all alternatives. */
export function systemsWith(peers: Omit<PeerProps, 'bundles'>): System[] {
  const peer = (one: Peer) => ({
    synthesize: (options: Parameters<Synthesize>[0]) => synthesizePeer(one, options, peers),
  });
  return [
    { name: 'dual-write', title: 'dual write', ...peer(PEERS.dualWrite), saysUnsent: () => false },
    {
      name: 'dual-write-again',
      title: 'dual write, repeats done again',
      ...peer(PEERS.dualWriteAgain),
      saysUnsent: () => false,
    },
    {
      name: 'powertools',
      title: 'Powertools idempotency + batch',
      ...peer(PEERS.powertools),
      // Its records know operations by a hash; what has not been sent says so in a queue, or not at all.
      saysUnsent: () => false,
    },
    {
      name: 'outbox',
      title: 'stream outbox, sent flag',
      ...peer(PEERS.outbox),
      saysUnsent: ({ sent }) => sent === false,
    },
    {
      name: 'counterfoil',
      title: 'Counterfoil',
      synthesize: synthesizeOurs,
      scheduled: FUNCTION.wakeDue,
      saysUnsent: ({ type, state }) => type === 'notification' && (state as { status?: string }).status !== 'SENT',
    },
  ];
}
