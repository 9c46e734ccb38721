import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Descriptions } from '#shared/http/openapi/description-route.ts';

const root = join(import.meta.dirname, '..', '..');

/** The two descriptions of the platform or of a business domain, and the folder whose messages they describe. */
export type Described = Descriptions & {
  /** `platform`, or the name of the domain. */
  name: string;
  folder: string;
};

/** All descriptions: those of the platform, and those of each business domain that has a `document.ts`. */
export async function allDescriptions(): Promise<Described[]> {
  const domains = globSync('functions/*/document.ts', { cwd: root }).sort();
  return [
    await descriptionsIn('shared/api/document.ts', 'platform', 'shared'),
    ...(await Promise.all(domains.map(of))),
  ];
}

const of = (file: string): Promise<Described> =>
  descriptionsIn(file, dirname(file).replace('functions/', ''), dirname(file));

async function descriptionsIn(file: string, name: string, folder: string): Promise<Described> {
  const { openApiText, asyncApiText }: Descriptions = await import(pathToFileURL(join(root, file)).href);
  return { name, folder, openApiText, asyncApiText };
}
