import { render } from 'preact';
import { readConfiguration } from '#console/base/configuration.ts';
import { App } from './app.tsx';

const root = document.getElementById('console');
if (!root) throw new Error('The page has no place for the console.');

/** Without its configuration, the page does not know its stage, so it waits for it. */
async function start(into: HTMLElement): Promise<void> {
  try {
    render(<App configuration={await readConfiguration()} />, into);
  } catch {
    into.textContent = 'The console cannot read its configuration. · Die Konsole kann ihre Konfiguration nicht lesen.';
    setTimeout(() => void start(into), 3000);
  }
}

void start(root);
