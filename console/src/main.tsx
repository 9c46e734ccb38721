import { render } from 'preact';
import { type Configuration, readConfiguration } from '#console/base/configuration.ts';
import { App, type Returned } from './app.tsx';

const root = document.getElementById('console');
if (!root) throw new Error('The page has no place for the console.');

/** Without its configuration, the page does not know its stage, so it waits for it. */
async function start(into: HTMLElement): Promise<void> {
  try {
    const configuration = await readConfiguration();
    render(<App configuration={configuration} returned={await returnedFrom(configuration)} />, into);
  } catch {
    into.textContent = 'The console cannot read its configuration. · Die Konsole kann ihre Konfiguration nicht lesen.';
    setTimeout(() => void start(into), 3000);
  }
}

/** What came of a sign-in at the stage's issuer, if the issuer has just led a person back. The URL is then the one of before. */
async function returnedFrom({ signIn }: Configuration): Promise<Returned> {
  if (signIn.kind !== 'pkce') return {};
  const { completeSignIn, isReturn } = await import('./shell/pkce.ts');
  if (!isReturn(location.search)) return {};
  try {
    return { session: await completeSignIn(signIn) };
  } catch {
    return { hasFailed: true };
  }
}

void start(root);
