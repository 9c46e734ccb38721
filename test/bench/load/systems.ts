import { bundleFunctions } from '#infra/bundle.ts';
import type { StageSettings } from '#infra/settings.ts';
import { FUNCTION } from '#shared/names.ts';
import { synthesizeWith } from '#test/support/template.ts';
import { PEERS, type Peer, synthesizePeer } from '../peers/peers.ts';
import type { StartedSystem } from '../start-system.ts';

/** A system that is measured under load. */
export type LoadedSystem = StartedSystem & { name: 'outbox' | 'powertools' | 'counterfoil'; title: string };

/**
 * The alternatives have no rate of the provider, so ours has one that it never reaches. Orders get no reminders, as the
 * alternatives have none.
 */
const withoutPace = ({ email, orders: { reminderAfterSeconds: _, ...orders }, ...settings }: StageSettings) => ({
  ...settings,
  ...{ orders, email: { ...email, ratePerSecond: 10_000 } },
});

const peer = (one: Peer): StartedSystem => ({ synthesize: (options) => synthesizePeer(one, options) });

export const SYSTEMS: readonly LoadedSystem[] = [
  { name: 'outbox', title: 'stream outbox, sent flag', ...peer(PEERS.outbox) },
  { name: 'powertools', title: 'Powertools idempotency + batch', ...peer(PEERS.powertools) },
  {
    name: 'counterfoil',
    title: 'Counterfoil',
    synthesize: async ({ outdir }) =>
      void synthesizeWith('local', withoutPace, { outdir, bundles: await bundleFunctions() }),
    scheduled: FUNCTION.wakeDue,
  },
];
