import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allDescriptions } from '#test/support/descriptions.ts';
import { lint, renderPage } from './redocly.ts';

/** `npm run docs:reference`: validates the descriptions and renders a page of each. It needs no network. */

const FOLDER = '.reference';

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER);
for (const { name, openApiText, asyncApiText } of await allDescriptions()) {
  build(`${name}-http-api`, openApiText);
  build(`${name}-messages`, asyncApiText);
}

function build(name: string, text: string): void {
  const document = join(FOLDER, `${name}.json`);
  // Redocly quotes the lines around a fault.
  writeFileSync(document, JSON.stringify(JSON.parse(text), null, 2));
  const { exitCode, printed } = lint(document);
  if (exitCode !== 0) throw new Error(`${document} is not valid:\n${printed}`);
  const page = join(FOLDER, `${name}.html`);
  renderPage(document, page);
  process.stdout.write(`${page}\n`);
}
