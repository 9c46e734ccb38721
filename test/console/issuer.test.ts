import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { buildConsole } from '#infra/console-build.ts';
import { contentSecurityPolicy, SAFE_HEADERS } from '#infra/console-policy.ts';
import { type SignInIssuer, signInAt, startSignInIssuer, USER } from '#test/support/sign-in-issuer.ts';
import { launchBrowser, lookAt, reasonToSkip } from './browser.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const PATIENCE_MS = 120_000;
const VIEW = '?channel=sms';

/** The built console and an API with an empty log, as a deployed stage has them. */
async function startStage(folder: string, issuer: SignInIssuer): Promise<{ url: string; server: Server }> {
  const server = createServer((incoming, response) => {
    const [path = '/'] = (incoming.url ?? '/').split('?');
    if (path === '/notifications') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"notifications":[]}');
      return;
    }
    if (path === '/config.json') {
      const apiUrl = `http://${incoming.headers.host}`;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ apiUrl, signIn: signInAt(issuer) }));
      return;
    }
    const file = path === '/' ? '/index.html' : path;
    response.writeHead(200, {
      ...SAFE_HEADERS,
      'content-type': TYPES[extname(file)] ?? 'text/plain',
      'content-security-policy': contentSecurityPolicy([issuer.url]),
    });
    response.end(readFileSync(join(folder, file)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

describe('the console of a stage with an issuer', { skip: await reasonToSkip() }, () => {
  let issuer: SignInIssuer;
  let stage: { url: string; server: Server };
  let browser: Browser;
  let context: BrowserContext | undefined;
  let page: Page;
  before(async () => {
    issuer = await startSignInIssuer();
    [stage, browser] = await Promise.all([startStage(await buildConsole(), issuer), launchBrowser()]);
  });
  beforeEach(async () => {
    Object.assign(issuer, { tokenSeconds: 3600, refreshes: false, forged: {}, grants: [], signedOut: 0 });
    await context?.close();
    context = await browser.newContext({ locale: 'en-GB' });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${stage.url}${VIEW}`);
  });
  after(async () => {
    await browser?.close();
    stage?.server.closeAllConnections();
    stage?.server.close();
    await issuer?.close();
  });

  const button = () => page.getByRole('button', { name: 'Sign in' });
  const signIn = async (): Promise<void> => {
    await button().click();
    await page.getByRole('link', { name: 'Continue' }).click();
  };
  const signedIn = () => page.getByRole('button', { name: 'Sign out' }).waitFor();
  const failed = () => page.getByRole('alert').getByText('could not be signed in').waitFor();
  const stored = () => page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }) + document.cookie);

  it('signs a person in, and shows the view that the person wanted, with nothing of the sign-in left', async () => {
    await button().waitFor();
    await lookAt(page, 'issuer-sign-in');
    await signIn();
    await signedIn();
    assert.equal(page.url(), `${stage.url}${VIEW}`);
    assert.deepEqual(issuer.grants, ['authorization_code: granted']);
    await page.getByTitle(`Signed in as ${USER}`).waitFor();
    assert.doesNotMatch(await stored(), /sign-in|eyJ|e30\.|verifier/);
  });

  it('refuses the answer of a sign-in that another page has begun', async () => {
    issuer.forged = { state: 'of-an-attacker' };
    await signIn();
    await failed();
    assert.deepEqual([issuer.grants, page.url()], [[], stage.url]);
  });

  it('says so if the issuer refuses the code, because it is not the one of this verifier', async () => {
    issuer.forged = { code: 'stolen' };
    await signIn();
    await failed();
    assert.deepEqual(issuer.grants, ['authorization_code: refused']);
    assert.equal(page.url(), `${stage.url}${VIEW}`);
    issuer.forged = {};
    await signIn();
    await signedIn();
  });

  it('asks again when the session has expired, and then shows the same view', async () => {
    issuer.tokenSeconds = 2;
    await signIn();
    await page.getByRole('heading', { name: 'Your session has expired' }).waitFor();
    assert.equal(page.url(), `${stage.url}${VIEW}`);
    issuer.tokenSeconds = 3600;
    await signIn();
    await signedIn();
    assert.equal(page.url(), `${stage.url}${VIEW}`);
  });

  it('replaces a token that is about to expire without a question', async () => {
    Object.assign(issuer, { tokenSeconds: 30, refreshes: true });
    await signIn();
    await signedIn();
    issuer.tokenSeconds = 3600;
    while (!issuer.grants.includes('refresh_token: granted')) await page.waitForRequest(/oauth2|notifications/);
    await signedIn();
  });

  it('leads back to a page that works, if a person returns from the issuer without signing in', async () => {
    await button().click();
    await page.getByRole('link', { name: 'Continue' }).waitFor();
    await page.goBack();
    await signIn();
    await signedIn();
  });

  it('ends the session of the issuer, too', async () => {
    await signIn();
    await signedIn();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await button().waitFor();
    assert.deepEqual([issuer.signedOut, page.url()], [1, stage.url]);
  });
});
