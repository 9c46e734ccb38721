import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { bundle } from '#infra/bundle.ts';
import { handlerOf } from '#infra/functions.ts';
import { appContext, type SynthOptions } from '#infra/synth.ts';
import { FUNCTION } from '#shared/names.ts';
import { DualWriteStack } from './dual-write/stack.ts';
import { OutboxStack } from './outbox/stack.ts';
import type { PeerProps } from './peer-stack.ts';
import { PowertoolsStack } from './powertools/stack.ts';

/** Common alternatives, each as a stack that runs on the local cloud like ours. */
export type Peer = {
  /** Its folder next to this file. Each folder in it is a function. */
  folder: string;
  stack: (app: App, props: PeerProps) => unknown;
};

export const PEERS = {
  dualWrite: {
    folder: 'dual-write',
    stack: (app, props) => new DualWriteStack(app, { ...props, onRepeat: 'answer' }),
  },
  dualWriteAgain: {
    folder: 'dual-write',
    stack: (app, props) => new DualWriteStack(app, { ...props, onRepeat: 'do-again' }),
  },
  powertools: { folder: 'powertools', stack: (app, props) => new PowertoolsStack(app, props) },
  outbox: { folder: 'outbox', stack: (app, props) => new OutboxStack(app, props) },
} satisfies Record<string, Peer>;

/** Bundles an alternative like ours, and synthesizes it without linters, because it is never deployed. */
export async function synthesizePeer(
  { folder, stack }: Peer,
  { outdir }: Pick<SynthOptions, 'outdir'>,
  settings: Omit<PeerProps, 'bundles'> = {},
): Promise<void> {
  const bundleDir = `${outdir}-bundles`;
  const bundles = Object.fromEntries(
    await Promise.all(
      Object.entries(handlersOf(folder)).map(async ([name, handler]) => {
        const bundled = join(bundleDir, name);
        await bundle(handler, bundled);
        return [name, bundled] as const;
      }),
    ),
  );
  const app = new App({ context: appContext(), outdir, analyticsReporting: false });
  stack(app, { ...settings, bundles });
  app.synth();
}

/** Its own functions, and our token trigger. */
function handlersOf(folder: string): Record<string, string> {
  const root = join(import.meta.dirname, folder);
  const own = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return {
    ...Object.fromEntries(own.map(({ name }) => [name, join(root, name, 'handler.ts')])),
    [FUNCTION.addTenantClaim]: handlerOf(FUNCTION.addTenantClaim),
  };
}
