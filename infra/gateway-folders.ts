import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How a folder declares a gateway of one kind. */
export type GatewayForm = {
  /** The file that declares the gateway to the stack, as its export `gateway`. */
  declaration: string;
  /** The function that makes the declaration. */
  made: string;
  /** The other files that a complete gateway has, with what each of them does. */
  others: Readonly<Record<string, string>>;
};

/** The folder of all providers. */
export const PROVIDERS = join(dirname(import.meta.dirname), 'shared', 'adapters', 'aws', 'providers');

/**
 * The gateways of one kind in these folders: every folder that has the declaration. No list of them exists, so a new
 * gateway needs only its folder.
 * @throws Error with every folder that is not a complete gateway.
 */
export async function gatewaysIn<Gateway extends { name: string }>(
  folder: string,
  form: GatewayForm,
): Promise<readonly Gateway[]> {
  const names = globSync(`*/${form.declaration}`, { cwd: folder }).map(dirname).sort();
  const loaded = await Promise.all(names.map((name) => load<Gateway>(join(folder, name, form.declaration))));
  const faults = names.flatMap((name, index) => faultsOf(name, folder, loaded[index], form));
  if (faults.length > 0) throw new Error(`${folder}:\n${faults.join('\n')}`);
  return loaded.filter((gateway) => gateway !== undefined);
}

async function load<Gateway>(path: string): Promise<Gateway | undefined> {
  const { gateway }: { gateway?: Gateway } = await import(path);
  return gateway;
}

/** The name has to be the folder's, because the functions find the gateway by its name. */
function faultsOf(
  name: string,
  folder: string,
  gateway: { name: string } | undefined,
  { declaration, made, others }: GatewayForm,
): string[] {
  const missing = Object.entries(others).filter(([file]) => !existsSync(join(folder, name, file)));
  return [
    ...(gateway?.name === name ? [] : [`${name}/${declaration} has to export gateway = ${made}('${name}', …).`]),
    ...missing.map(([file, does]) => `${name}/${file} is missing: ${does}.`),
  ];
}
