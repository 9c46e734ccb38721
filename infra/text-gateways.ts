import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TextGateways } from '#shared/adapters/aws/providers/text-gateway-stage.ts';

/** A gateway that a stage can choose. Its `stage.ts` adds it to this union. */
type TextGateway = TextGateways[keyof TextGateways];

/**
 * The gateways for text messages in these folders: every folder that has a `stage.ts`. No list of them exists, so a new
 * gateway needs only its folder.
 * @throws Error with every folder that is not a complete gateway.
 */
export async function textGatewaysIn(folder: string): Promise<readonly TextGateway[]> {
  const names = globSync('*/stage.ts', { cwd: folder }).map(dirname).sort();
  const loaded = await Promise.all(names.map((name) => load(join(folder, name))));
  const faults = names.flatMap((name, index) => faultsOf(name, join(folder, name), loaded[index]));
  if (faults.length > 0) throw new Error(`${folder}:\n${faults.join('\n')}`);
  return loaded.filter((gateway) => gateway !== undefined);
}

async function load(folder: string): Promise<TextGateway | undefined> {
  const { gateway }: { gateway?: TextGateway } = await import(join(folder, 'stage.ts'));
  return gateway;
}

/** The name has to be the folder's, because the sender of text messages finds the gateway by its name. */
function faultsOf(name: string, folder: string, gateway: TextGateway | undefined): string[] {
  return [
    ...(gateway?.name === name ? [] : [`${name}/stage.ts has to export gateway = textGatewayStage('${name}', …).`]),
    ...(existsSync(join(folder, 'text-gateway.ts'))
      ? []
      : [`${name}/text-gateway.ts is missing: it opens the gateway.`]),
  ];
}

/** The gateways that a stage can choose. */
export const textGateways = await textGatewaysIn(
  join(dirname(import.meta.dirname), 'shared', 'adapters', 'aws', 'providers'),
);
