import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { commandsOf, filledIn, type GuideSection } from '#test/support/guide.ts';
import { type GuideAccount, startGuideAccount } from '#test/support/guide-account.ts';
import { ACCOUNT } from '#test/support/healthy-account.ts';
import { type HttpService, startHttpService } from '#test/support/http-service.ts';
import { actionsOf, CALLS_ELSEWHERE } from '#test/support/permissions.ts';

const root = join(import.meta.dirname, '..', '..');
const guide = commandsOf('how-to/deploy.md');

/** The values that a reader uses for each `<…>`. */
const VALUES = {
  'this repository': root,
  profile: 'shop',
  region: 'eu-central-1',
  account: ACCOUNT,
  'you@your.domain': 'ada@shop.test',
};

/** Every kind of command that this test can run or replace. Any other command on the page fails the test. */
const KNOWN = [
  /^git clone <this repository> \w+ && cd \w+$/,
  /^npm (ci|start)( +#.*)?$/,
  /^export [A-Z_]+=\S+( [A-Z_]+=\S+)*$/,
  /^aws sts get-caller-identity$/,
  /^aws sesv2 create-email-identity --email-identity \S+( +#.*)?$/,
  /^npm run (synth|bootstrap|doctor|deploy|smoke|tenants) -- --stage dev( [^#]*)?( +#.*)?$/,
  /^API=\$\(node -p "require\('\.\/\.counterfoil\/dev\.outputs\.json'\)\.apiUrl"\)$/,
  /^TOKEN=\$\(npm run --silent tenants -- --stage dev token \w+\)$/,
  /^curl -i \$API\/orders -H /,
  /^for tenant in [\w ]+; do npm run tenants -- --stage dev add \$tenant --client; done$/,
  /^OUTPUTS=\.counterfoil\/dev\.outputs\.json npm run test:e2e$/,
  /^npx cdk destroy counterfoil-dev --context stage=dev$/,
];

const isKnown = (command: string): boolean => KNOWN.some((pattern) => pattern.test(command));

/** An API that accepts each order once, and reports its e-mail as delivered immediately. */
function answerAsTheApi(orders: Map<string, string>, { method, headers }: IncomingMessage, response: ServerResponse) {
  if (!/^Bearer token of \w+$/.test(headers.authorization ?? '')) return void response.writeHead(401).end('{}');
  if (method === 'GET') {
    const recipients = [{ outcome: 'DELIVERED' }];
    response.end(JSON.stringify({ notificationId: 'n1', channel: 'email', status: 'SENT', recipients }));
    return;
  }
  const key = String(headers['idempotency-key']);
  const isReplay = orders.has(key);
  orders.set(key, headers.authorization ?? '');
  response.writeHead(201, isReplay ? { 'idempotency-replayed': 'true' } : {});
  response.end(JSON.stringify({ orderId: `order-${key}`, notifications: [{ notificationId: 'n1' }] }));
}

/** The `aws` commands of the page. */
function answerAsAws(line: string, identities: string[]): object | undefined {
  const [service, operation, , identity = ''] = line.split(' ');
  if (line === 'sts get-caller-identity') return { Account: ACCOUNT };
  if (`${service} ${operation}` !== 'sesv2 create-email-identity') return undefined;
  identities.push(identity);
  return { VerifiedForSendingStatus: false };
}

/** Replacements for programs that a test cannot use. All other commands of the page run unchanged. */
const STAND_INS = (controlUrl: string, realNpm: string): Record<string, string> => ({
  // Copies the files, without build output and installed packages.
  git: `[ "$1" = clone ] || exit 64
node -e '
const { cpSync } = require("node:fs");
const [from, to] = process.argv.slice(1);
const left = new Set(["node_modules", ".git", "cdk.out", "dist", ".local", ".counterfoil"]);
cpSync(from, to, { recursive: true, filter: (path) => !left.has(require("node:path").relative(from, path).split("/")[0]) });
' "$2" "$3"`,
  aws: `curl -sf --get --data-urlencode "line=$*" ${controlUrl}/aws || { echo "aws $*: this test does not know it" >&2; exit 64; }`,
  npm: `case "$1 \${2-}" in
  "ci ") ln -s ${root}/node_modules node_modules ;;
  "start ") exec node -e '
const child = require("node:child_process").spawn(${JSON.stringify(realNpm)}, ["start"], { detached: true, env: { ...process.env, PORT: "0" } });
child.stderr.pipe(process.stderr);
let isUp = false;
child.stdout.on("data", (text) => {
  process.stdout.write(text);
  if (isUp || !/Control/.test(text)) return;
  isUp = true;
  process.kill(-child.pid, "SIGINT");
});
// The exit code of npm for an interrupted script is ignored.
child.on("close", () => { process.exitCode = isUp ? 0 : 1; });
' ;;
  "run test:e2e") exec node -e '
const { apiUrl, tableName, tokens } = JSON.parse(require("node:fs").readFileSync(process.env.OUTPUTS, "utf8"));
const missing = ["acme", "globex", "operator"].filter((tenant) => !tokens[tenant]);
if (!apiUrl || !tableName || missing.length > 0) throw new Error("The suite cannot run on these outputs: " + missing);
console.log("The suite could run.");
' ;;
  run\\ *) exec ${realNpm} "$@" ;;
  *) echo "npm $*: this test does not know it" >&2; exit 64 ;;
esac`,
});

describe('the guide to deploying', () => {
  let folder: string;
  let api: HttpService;
  let here: GuideAccount;
  const orders = new Map<string, string>();
  const identities: string[] = [];
  /** The output by section. */
  const printed = new Map<string, string>();

  before(async () => {
    folder = temporaryFolder();
    api = await startHttpService((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
      if (pathname !== '/aws') return answerAsTheApi(orders, request, response);
      const answer = answerAsAws(searchParams.get('line') ?? '', identities);
      response.writeHead(answer ? 200 : 404).end(JSON.stringify(answer ?? {}));
    });
    here = await startGuideAccount(api.url);
    writeShims();
  });
  after(async () => {
    await here.account.close();
    await api.close();
    removeFolder(folder);
  });

  const bin = () => join(folder, 'bin');
  function writeShims(): void {
    mkdirSync(bin());
    const realNpm =
      String(process.env.PATH)
        .split(delimiter)
        .map((path) => join(path, 'npm'))
        .find(existsSync) ?? 'npm';
    for (const [name, script] of Object.entries(STAND_INS(api.url, realNpm))) {
      writeFileSync(join(bin(), name), `#!/bin/bash\nset -euo pipefail\n${script}\n`);
      chmodSync(join(bin(), name), 0o700);
    }
    symlinkSync(process.execPath, join(bin(), 'node'));
    writeFileSync(join(folder, '.cdk.json'), JSON.stringify({ notices: false }));
    writeFileSync(join(folder, 'credentials'), '[shop]\naws_access_key_id = person\naws_secret_access_key = test\n');
    writeFileSync(join(folder, 'cwd'), folder);
    writeFileSync(join(folder, 'environment'), '');
  }

  /** Types a section's commands into a terminal, with the folder and the variables of the previous section. */
  async function run({ heading, commands }: GuideSection): Promise<void> {
    const script = join(folder, 'section.sh');
    const typed = commands.map((command) => filledIn(command, VALUES)).join('\n');
    writeFileSync(
      script,
      `set -euo pipefail\n. ${folder}/environment\ncd "$(cat ${folder}/cwd)"\n${typed}\nexport -p > ${folder}/environment\npwd > ${folder}/cwd\n`,
    );
    const child = spawn('script', ['-qefc', `bash ${script}`, '/dev/null'], {
      env: {
        PATH: [bin(), dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
        HOME: folder,
        TERM: 'dumb',
        AWS_ENDPOINT_URL: here.account.url,
        AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
        AWS_CONFIG_FILE: join(folder, 'config'),
        CDK_DISABLE_CLI_TELEMETRY: 'true',
      },
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        // A reader answers every question with yes.
        if (/\(y\/n\)\s*$/.test(chunk)) child.stdin.write('y\n');
      });
    }
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    printed.set(heading, text);
    assert.equal(code, 0, `"${heading}" ended with ${code}:\n${text}`);
  }

  /** Manual steps of a person after the section of that name. */
  const people: Record<string, () => void> = {
    '2. Select the AWS account': () => {
      const file = join(folder, 'counterfoil', 'infra', 'stages.ts');
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll('dev.shop.example', 'shop.test'));
    },
    '6. Deploy': () => here.verifyDomain(),
  };

  it('contains only commands that this test knows', () => {
    const unknown = guide.flatMap(({ commands }) => commands).filter((command) => !isKnown(command));
    assert.deepEqual(unknown, [], 'Implement these commands in this test, and add them to KNOWN.');
    assert.ok(guide.length >= 8);
  });

  it('works from its first command to its last', { timeout: 840_000 }, async () => {
    for (const section of guide) {
      const before = here.account.calls.length;
      await run(section);
      people[section.heading]?.();
      if (!section.commands.some((command) => command.startsWith('npm run bootstrap'))) continue;
      const calls = here.account.calls.slice(before).map(({ operation }) => operation);
      assert.deepEqual(actionsOf(calls), actionsOf(CALLS_ELSEWHERE.bootstrap), 'docs/reference/permissions.md');
    }
    assert.deepEqual(here.stacks(), ['CDKToolkit'], 'the stage was created and deleted');
    const deployed = here.account.calls.filter(
      ({ operation, input }) =>
        operation === 'cloudformation ExecuteChangeSet' && !/CDKToolkit|-console/.test(String(input.StackName)),
    );
    assert.equal(
      deployed.length,
      guide.flatMap(({ commands }) => commands).filter((command) => command.startsWith('npm run deploy')).length,
    );
    const created = here.account.calls.filter(({ operation }) => operation === 'cognito-idp CreateUserPoolClient');
    assert.deepEqual(
      created.map(({ input }) => input.ClientName),
      ['acme', 'globex', 'operator'],
    );
    assert.deepEqual(identities, ['ada@shop.test']);
    assert.deepEqual([...orders.values()].sort(), ['Bearer token of acme', 'Bearer token of smoke']);
    for (const [heading, expected] of [
      ['5. Check what is missing', /0 block deploying, 0 block mail/],
      ['6. Deploy', /token1\._domainkey\.shop\.test CNAME token1\.dkim\.amazonses\.com/],
      ['7. Verify the sender', /ok +e-mail: identity\r?\n/],
      ['9. The first mail to yourself', /HTTP\/1\.1 201 Created/],
      ['Run the end-to-end suite there', /The suite could run\./],
    ] as const)
      assert.match(printed.get(heading) ?? '', expected, heading);
    for (const [heading, text] of printed) assert.doesNotMatch(text, /reserved context key|NotRecorded/, heading);
  });
});
