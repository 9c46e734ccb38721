import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const command = join(root, 'node_modules', '@redocly', 'cli', 'bin', 'cli.js');

type Run = { exitCode: number | null; printed: string };

/** Runs Redocly in the project's folder, where its rules are. It sends nothing and asks for no update. */
function redocly(...words: string[]): Run {
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...words], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  return { exitCode: status, printed: stdout + stderr };
}

/** Validates an OpenAPI or AsyncAPI document. */
export const lint = (file: string): Run => redocly('lint', file, '--format=codeframe');

/** A browser may load nothing from another host, so the page works without a network. */
const OFFLINE = `<meta http-equiv="Content-Security-Policy" content="default-src 'unsafe-inline' 'unsafe-eval' data: blob:">`;

/**
 * Renders a document as one HTML file.
 * @throws Error if Redocly refuses the document.
 */
export function renderPage(document: string, page: string): void {
  const { exitCode, printed } = redocly('build-docs', document, '--inlineBundle', '--output', page);
  if (exitCode !== 0) throw new Error(printed);
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace('<head>', () => `<head>\n  ${OFFLINE}`),
  );
}
