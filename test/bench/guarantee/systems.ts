import { bundleFunctions } from '#infra/bundle.ts';
import type { CloudOptions } from '#infra/local/cloud.ts';
import type { StageSettings } from '#infra/settings.ts';
import { FUNCTION } from '#shared/names.ts';
import { synthesizeWith } from '#test/support/template.ts';
import type { PeerProps } from '../peers/peer-stack.ts';
import { PEERS, type Peer, synthesizePeer } from '../peers/peers.ts';

/** A row of a table as a JavaScript object. */
export type Row = Record<string, unknown>;

type Synthesize = NonNullable<CloudOptions['synthesize']>;

/** A system under test: ours, or an alternative. */
export type System = {
  name: string;
  title: string;
  synthesize: Synthesize;
  /** Function that a schedule invokes. It reads even if there are no orders. */
  scheduled?: string;
  /** Whether a row shows to an operator that its e-mail has not been sent. */
  saysUnsent(row: Row): boolean;
};

/**
 * Stage `local` holds a message with an unknown outcome after 35 s, so that tests can observe it. That is less than the
 * minute after which a queue delivers feedback again or a schedule invokes a killed function again. Deployed stages wait
 * for four hours.
 */
const HOLD_AFTER_SECONDS = 300;
const patient = (settings: StageSettings): StageSettings => ({
  ...settings,
  timing: { ...settings.timing, holdAfterSeconds: HOLD_AFTER_SECONDS },
});

const synthesizeOurs: Synthesize = async ({ outdir }) =>
  void synthesizeWith('local', patient, { outdir, bundles: await bundleFunctions() });

/** @param peers the settings of all alternatives. */
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
      // Its records identify operations by a hash. Unsent e-mails are visible in a queue, or nowhere.
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
