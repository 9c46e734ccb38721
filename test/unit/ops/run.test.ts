import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { OPS_NOW, type OpsRun, ranOps, type ScriptedAnswer, scriptedStage } from '#test/support/ops.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function stage(answers: Record<string, ScriptedAnswer | ScriptedAnswer[]>) {
  const { url, seen, close } = await scriptedStage(answers);
  open.push(close);
  const run = (args: string[], options: OpsRun = {}) =>
    ranOps([...args, '--url', url], { environment: { TOKEN: 'secret' }, ...options });
  return { url, seen, run };
}

const minutesAgo = (minutes: number): string => new Date(OPS_NOW - minutes * 60_000).toISOString();
const GROUP = {
  fingerprint: 'pfzh2rl3v6xwtmhsdti55caegb',
  subscriber: 'project-orders',
  reason: 'NOT_JSON',
  count: 280,
  firstSeenAt: minutesAgo(90),
  lastSeenAt: minutesAgo(1),
  example: 'gct2tufcpnxv4zeall7tmeldwd',
};
const LETTER = {
  deadLetterId: 'gct2tufcpnxv4zeall7tmeldwd',
  id: 'm1',
  subscriber: 'project-orders',
  reason: 'NOT_JSON',
  detail: 'The message is not JSON.',
  firstSeenAt: minutesAgo(90),
  lastSeenAt: minutesAgo(1),
  openedAt: minutesAgo(90),
  count: 2,
  attempts: 2,
  fingerprint: GROUP.fingerprint,
  status: 'open',
  generation: 1,
  history: [],
};
const ENTRY = { auditId: '1-a', at: minutesAgo(0), actor: 'eve', correlationId: 'c1', count: 1, action: 'discard' };
const LETTER_PATH = `/dead-letters/${LETTER.deadLetterId}`;

describe('a verb that reads', () => {
  it('prints a table, and sends the token', async () => {
    const { run, seen } = await stage({ 'GET /dead-letters/groups': { body: { groups: [GROUP] } } });
    assert.deepEqual(await run(['groups']), {
      code: 0,
      printed: [
        'FINGERPRINT                 OPEN  SUBSCRIBER      REASON    OLDEST      LATEST',
        'pfzh2rl3v6xwtmhsdti55caegb   280  project-orders  NOT_JSON  1 h 30 min  1 min',
        '',
        '280 open dead letters in 1 group, the oldest first.',
      ].join('\n'),
      remarks: '',
      drawn: [],
    });
    assert.deepEqual(seen, [{ method: 'GET', path: '/dead-letters/groups', token: 'Bearer secret' }]);
  });

  it('names the error of a group, which distinguishes it from others of its subscriber and reason', async () => {
    const failing = (errorName: string, frames?: string[]) => ({ ...GROUP, reason: 'GIVEN_UP', errorName, frames });
    const groups = [
      failing('TypeError', ['shared/order/order.ts:7']),
      failing('AccessDeniedException'),
      { ...GROUP, errorName: 'PoisonMessage', frames: ['shared/messaging/parse.ts:3'] },
    ];
    const { run } = await stage({ 'GET /dead-letters/groups': { body: { groups } } });
    const { printed } = await run(['groups'], { width: 140 });
    assert.match(printed, / REASON +ERROR +OLDEST/);
    assert.match(printed, / GIVEN_UP +TypeError at shared\/order\/order\.ts:7 +1 h/);
    assert.match(printed, / GIVEN_UP +AccessDeniedException +1 h/);
    assert.match(printed, / NOT_JSON +1 h/);
  });

  it('prints the answer of the API with --json', async () => {
    const { run } = await stage({ 'GET /dead-letters/groups': { body: { groups: [GROUP] } } });
    assert.deepEqual(JSON.parse((await run(['groups', '--json'])).printed), { groups: [GROUP] });
  });

  it('shows the beginning of a long message, and all of it with --json', async () => {
    const message = 'x'.repeat(100_000);
    const { run } = await stage({ [`GET ${LETTER_PATH}`]: { body: { ...LETTER, message } } });
    const { printed } = await run(['show', LETTER.deadLetterId]);
    assert.ok(printed.length < 5000);
    assert.match(printed, /\(100000 characters; --json prints all of them\)/);
    assert.equal(JSON.parse((await run(['show', LETTER.deadLetterId, '--json'])).printed).message, message);
  });

  it('reads pages up to the limit, with the filters', async () => {
    const { run, seen } = await stage({
      'GET /dead-letters?reason=NOT_JSON&status=open': { body: { deadLetters: [LETTER], nextCursor: 'n' } },
      'GET /dead-letters?reason=NOT_JSON&status=open&cursor=n': { body: { deadLetters: [LETTER], nextCursor: 'o' } },
    });
    const { code, printed } = await run(['dead-letters', '--reason', 'NOT_JSON', '--limit', '2']);
    assert.equal(code, 0);
    assert.match(printed, /2 dead letters, and there are more: raise --limit\.$/);
    assert.equal(seen.length, 2);
  });

  it('waits for a stage that answers "not now"', async () => {
    const { run, seen } = await stage({
      'GET /dead-letters/groups': [{ status: 503 }, { status: 429 }, { body: { groups: [] } }],
    });
    assert.equal((await run(['groups'])).printed, 'No dead letters are open.');
    assert.equal(seen.length, 3);
  });

  it('ends quietly if the reader of the output ended first', async () => {
    const { run } = await stage({ 'GET /dead-letters/groups': { body: { groups: [GROUP] } } });
    assert.deepEqual(await run(['groups'], { closedFrom: 0 }), { code: 141, printed: '', remarks: '', drawn: [] });
  });
});

describe('a verb that changes something', () => {
  const answers = () => ({
    [`GET ${LETTER_PATH}`]: { body: LETTER },
    [`POST ${LETTER_PATH}/discard`]: { body: ENTRY },
  });
  const args = ['discard', LETTER.deadLetterId, '--reason', 'a test'];
  const sent = (seen: { method: string }[]) => seen.filter(({ method }) => method !== 'GET');

  it('shows what it will do, and does it once the words are typed', async () => {
    const { run, seen } = await stage(answers());
    const { code, printed } = await run(args, { typed: `discard ${LETTER.deadLetterId}` });
    assert.equal(code, 0);
    assert.match(printed, /NOT_JSON[\s\S]*never be handled[\s\S]*is discarded\. Audit entry 1-a\.$/);
    const [{ key, ...discarded } = { key: '' }] = sent(seen) as { key?: string }[];
    assert.match(key ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(discarded, {
      ...{ method: 'POST', path: `${LETTER_PATH}/discard`, token: 'Bearer secret', body: { reason: 'a test' } },
    });
  });

  it('is not done with other words, without a person, or with --read-only', async () => {
    const { run, seen } = await stage(answers());
    const refused = [
      await run(args, { typed: 'yes' }),
      await run(args),
      await run([...args, '--confirm', 'discard another']),
      await run([...args, '--read-only', '--confirm', `discard ${LETTER.deadLetterId}`]),
      await run(['owner', GROUP.fingerprint, 'mail team', '--read-only']),
    ];
    assert.deepEqual(
      refused.map(({ code, remarks }) => [code, remarks]),
      [
        [6, `"yes" is not "discard ${LETTER.deadLetterId}". Nothing was changed.`],
        [
          6,
          `No one can type here. Run it in a terminal, or add --confirm "discard ${LETTER.deadLetterId}". Nothing was changed.`,
        ],
        [6, `"discard another" is not "discard ${LETTER.deadLetterId}". Nothing was changed.`],
        [6, 'This verb changes something, and --read-only forbids it. Nothing was changed.'],
        [6, 'This verb changes something, and --read-only forbids it. Nothing was changed.'],
      ],
    );
    assert.deepEqual(sent(seen), []);
  });

  it('takes the words from a script', async () => {
    const { run, seen } = await stage(answers());
    assert.equal((await run([...args, '--confirm', `discard ${LETTER.deadLetterId}`])).code, 0);
    assert.equal(sent(seen).length, 1);
  });

  it('is not sent if the plan could not be shown, and says so', async () => {
    const { run, seen } = await stage(answers());
    const { code, remarks } = await run([...args, '--confirm', `discard ${LETTER.deadLetterId}`], { closedFrom: 0 });
    assert.equal(code, 141);
    assert.equal(remarks, 'The output was closed before the command was sent. Nothing was changed.');
    assert.deepEqual(sent(seen), []);
  });

  it('says that it was done if the output was closed afterwards', async () => {
    const { run } = await stage(answers());
    const { code, remarks } = await run([...args, '--confirm', `discard ${LETTER.deadLetterId}`], { closedFrom: 1 });
    assert.equal(code, 141);
    assert.equal(remarks, 'The output was closed after the command was executed.');
  });

  it('is repeated with the same key if its answer is lost', async () => {
    const { run, seen } = await stage({
      ...answers(),
      [`POST ${LETTER_PATH}/discard`]: [{ cut: true }, { body: ENTRY }],
    });
    assert.equal((await run(args, { typed: `discard ${LETTER.deadLetterId}` })).code, 0);
    const [first, second] = sent(seen) as { key?: string }[];
    assert.equal(first?.key, second?.key);
  });

  it('names the key if it is not known whether it was executed', async () => {
    const { run } = await stage({ ...answers(), [`POST ${LETTER_PATH}/discard`]: { cut: true } });
    const { code, remarks } = await run([...args, '--key', 'k1'], { typed: `discard ${LETTER.deadLetterId}` });
    assert.equal(code, 4);
    assert.match(remarks, /not known whether the command was executed: repeat it with --key k1/);
  });
});

describe('an edit of a message', () => {
  const EDITED = {
    ...ENTRY,
    action: 'edit',
    deadLetterId: LETTER.deadLetterId,
    editedTo: 'znjkrts3e3r7jau7xldycb2isk',
  };
  const editing = async (text: string, answer: ScriptedAnswer = { status: 201, body: EDITED }) => {
    const folder = temporaryFolder();
    open.push(async () => removeFolder(folder));
    const file = join(folder, 'message.json');
    writeFileSync(file, text);
    const answers = { [`GET ${LETTER_PATH}`]: { body: LETTER }, [`POST ${LETTER_PATH}/edit`]: answer };
    const { run, seen } = await stage(answers);
    const edit = (path = file, options: OpsRun = { typed: `edit ${LETTER.deadLetterId}` }) =>
      run(['edit', LETTER.deadLetterId, '--message', path, '--reason', 'a test'], options);
    return { edit, seen, folder };
  };

  it('sends the message of the file after a confirmation, and says how it is sent', async () => {
    const { edit, seen } = await editing('{"id":"m1","data":{}}');
    const { code, printed } = await edit();
    assert.equal(code, 0);
    assert.match(printed, /is not sent yet[\s\S]*plan --ids znjkrts3e3r7jau7xldycb2isk$/);
    assert.deepEqual(seen.at(-1)?.body, { message: { id: 'm1', data: {} }, reason: 'a test' });
    const unconfirmed = await edit(undefined, {});
    assert.equal(unconfirmed.code, 6);
    assert.equal(seen.filter(({ method }) => method === 'POST').length, 1);
  });

  it('sends nothing if the file cannot be read or is not JSON, and does not quote it', async () => {
    const { edit, seen, folder } = await editing('ada@example.com');
    for (const [path, why] of [
      [undefined, /is not JSON\. Nothing was sent\.$/],
      [join(folder, 'none'), /cannot be read \(ENOENT\)\. Nothing was sent\.$/],
    ] as const) {
      const { code, remarks } = await edit(path);
      assert.equal(code, 2);
      assert.match(remarks, why);
      assert.doesNotMatch(remarks, /ada/);
    }
    assert.deepEqual(seen, []);
  });

  it('lists every fault that the stage finds, and names the setting if the stage permits no edits', async () => {
    const errors = [{ path: '/message/data/total', code: 'REQUIRED', message: 'It is missing.', next: 'Give it.' }];
    const faulty = await editing('{}', {
      status: 400,
      body: { detail: 'The body has 1 fault.', next: 'Correct.', errors },
    });
    const { code, remarks } = await faulty.edit();
    assert.equal(code, 5);
    assert.match(remarks, /\/message\/data\/total: It is missing\. Give it\./);
    const off = await editing('{}', {
      status: 409,
      body: { detail: 'No.', next: 'Set operatorsEditMessages to true.' },
    });
    const refused = await off.edit();
    assert.equal(refused.code, 5);
    assert.match(refused.remarks, /operatorsEditMessages/);
  });
});

describe('what stops a verb', () => {
  const [EXPIRED, FORBIDDEN, MISSING] = ['a'.repeat(26), 'b'.repeat(26), 'c'.repeat(26)] as const;
  const [PAGE, ELSEWHERE] = ['d'.repeat(26), 'e'.repeat(26)] as const;
  const problem = { detail: 'There is no such dead letter.', next: 'Check the id.', code: 'DEAD_LETTER_NOT_FOUND' };

  it('is one sentence and an exit code of its own', async () => {
    const { run, url } = await stage({
      [`GET /dead-letters/${EXPIRED}`]: {
        status: 401,
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      },
      [`GET /dead-letters/${FORBIDDEN}`]: { status: 403, body: { message: 'Forbidden' } },
      [`GET /dead-letters/${MISSING}`]: { status: 404, body: problem },
      [`GET /dead-letters/${PAGE}`]: { text: '<html>', headers: { 'content-type': 'text/html' } },
    });
    const cases: [string[], OpsRun, number, RegExp][] = [
      [
        ['show', EXPIRED],
        {},
        3,
        /^The stage refuses the token: it has expired, or belongs to another stage \(Bearer error="invalid_token"\)/,
      ],
      [['show', FORBIDDEN], {}, 3, /^The token may not do this\. .* Use the token of an operator\.$/],
      [['show', MISSING], {}, 5, /^There is no such dead letter\. Check the id\.$/],
      [['show', PAGE], {}, 5, /it is not a stage of Counterfoil/],
      [['show', ELSEWHERE], {}, 5, /answers 404 to \/dead-letters\/e+:/],
      [
        ['show', MISSING],
        { environment: {} },
        3,
        /^A stored token is not sent to an address of --url\. Put a token into/,
      ],
      [['frobnicate'], {}, 2, /^error: unknown command 'frobnicate'/],
      [['groups', '--frob'], {}, 2, /^error: unknown option '--frob'/],
      [['show'], {}, 2, /^error: missing required argument 'id'/],
      [['dead-letters', '--limit', 'many'], {}, 2, /^--limit "many" is not a number/],
      [['groups', '--stage', 'nowhere'], {}, 2, /^Stage "nowhere" does not exist/],
    ];
    for (const [args, options, code, remark] of cases) {
      const ran = await run(args, options);
      assert.deepEqual([ran.code, ran.printed], [code, ''], `${args}: ${ran.remarks}`);
      assert.match(ran.remarks, remark);
    }
    assert.ok(url.startsWith('http://127.0.0.1'));
  });

  it('is an argument that would be another path of the API, before anything is sent', async () => {
    const { run, seen } = await stage({});
    const faulty: [string[], RegExp][] = [
      [['show', 'groups'], /^"groups" is not the id of a dead letter or of a notification: nothing was sent\. npm run/],
      [['discard', '..', '--reason', 'a test'], /is not the id of a dead letter.* dead-letters lists them\.$/],
      [['owner', 'x', 'mail team'], /is not the fingerprint of a group.* groups lists them\.$/],
      [['watch', ''], /^"" is not the id of a redrive.* redrives lists them\.$/],
      [['redrive', 'start'], /is not the id of a redrive/],
      [['stop', 'send-email'], /is not the id of a redrive/],
      [['pause', '../audit', '--reason', 'a test'], /is not the id of a redrive or the name of a subscriber/],
      [['settle', 'order', '--action', 'cancel', '--reason', 'a test'], /is not the id of a notification/],
      [['pause', LETTER.deadLetterId, '--reason', 'a test', '--owner', 'mail team'], /^--owner is about a subscriber/],
      [['resume', LETTER.deadLetterId, '--reason', 'a test'], /^--reason is about a subscriber.* Nothing was sent\.$/],
      [['groups', '--key', 'a\nb'], /^--key .* is not 1 to 128 printable ASCII characters\. Nothing was sent\.$/s],
    ];
    for (const [args, remark] of faulty) {
      const { code, printed, remarks } = await run(args);
      assert.deepEqual([code, printed], [2, ''], `${args}: ${remarks}`);
      assert.match(remarks, remark);
    }
    assert.deepEqual(seen, []);
  });

  it('is an address that is none of a stage, or a token that cannot be sent', async () => {
    const environment = { TOKEN: 'secret' };
    for (const [url, remark] of [
      ['http://stage.example', /does not begin with https:/],
      ['nonsense', /is not an address/],
      ['https://stage.example/prod', /is a scheme, a host and perhaps a port/],
      ['https://user:word@stage.example', /is a scheme, a host and perhaps a port/],
    ] as const) {
      const { code, remarks } = await ranOps(['groups', '--url', url], { environment });
      assert.equal(code, 2, remarks);
      assert.match(remarks, remark);
    }
    const { run, seen } = await stage({});
    for (const TOKEN of ['two words', 'line\nbreak', 'tokén']) {
      const { code, remarks } = await run(['groups'], { environment: { TOKEN } });
      assert.equal(code, 3);
      assert.match(remarks, /^The token has a space, a line break or another character .*--token-stdin\.$/);
    }
    assert.equal((await run(['groups', '--token-stdin'], { standardInput: ' \n' })).code, 3);
    assert.deepEqual(seen, []);
  });

  it('is Ctrl-C, also while the stage does not answer', async () => {
    const { run, seen } = await stage({ 'GET /dead-letters/groups': { status: 503 } });
    const { code, remarks } = await run(['groups'], { signal: AbortSignal.abort() });
    assert.deepEqual([code, remarks], [130, 'Interrupted.']);
    const pausing = await run(['pause', 'send-email', '--reason', 'a test', '--key', 'k1'], {
      signal: AbortSignal.abort(),
    });
    assert.equal(pausing.code, 130);
    assert.match(pausing.remarks, /^Interrupted\. It is not known whether the command was executed: .* --key k1/);
    assert.deepEqual(seen, []);
  });

  it('is an address where nothing listens', async () => {
    const { url, close } = await scriptedStage({});
    await close();
    const { code, remarks } = await ranOps(['groups', '--url', url], { environment: { TOKEN: 't' } });
    assert.equal(code, 4);
    assert.equal(remarks, `${url} cannot be reached (ECONNREFUSED). Start the local cloud with npm start.`);
  });

  it('is a stage without stored outputs, or without a token in them', async () => {
    const environment = { DATA_DIR: '/nowhere' };
    const missing = await ranOps(['groups'], { environment });
    assert.equal(missing.code, 4);
    assert.equal(
      missing.remarks,
      '/nowhere/outputs.json does not exist, so no local cloud runs here. Start it with npm start, or name another stage with --stage.',
    );
    const deployed = await ranOps(['groups', '--stage', 'prod'], { environment });
    assert.equal(deployed.code, 4);
    assert.match(deployed.remarks, /prod\.outputs\.json does not exist: npm run deploy -- --stage prod writes it/);
    const folder = temporaryFolder();
    open.push(async () => removeFolder(folder));
    const ofLocal = (text: string) => {
      writeFileSync(join(folder, 'outputs.json'), text);
      return ranOps(['groups'], { environment: { DATA_DIR: folder } });
    };
    for (const [text, code, remark] of [
      ['{', 2, /outputs\.json cannot be read/],
      ['{}', 4, /has no address of an API\. Name the address with --url\.$/],
      ['{"apiUrl":"http://127.0.0.1:1"}', 3, /has no token of operator\. Put a token into the environment variable/],
    ] as const) {
      const ran = await ofLocal(text);
      assert.deepEqual([ran.code, ran.printed], [code, ''], ran.remarks);
      assert.match(ran.remarks, remark);
    }
  });
});

describe('help', () => {
  it('lists the verbs, the exit codes and where the token comes from', async () => {
    const { code, printed } = await ranOps(['--help'], { width: 80 });
    assert.equal(code, 0);
    for (const word of ['groups', 'dead-letters', 'discard', 'Exit codes:', 'TOKEN'])
      assert.ok(printed.includes(word), word);
  });

  it('has examples for each verb', async () => {
    const { printed } = await ranOps(['--help']);
    const verbs = Array.from(
      printed.split('Commands:')[1]?.matchAll(/^ {2}([a-z-]+)/gm) ?? [],
      ([, verb = '']) => verb,
    );
    const own = verbs.filter((verb) => !['complete', 'help'].includes(verb));
    assert.ok(own.length >= 6, String(own));
    for (const verb of own)
      assert.match((await ranOps([verb, '--help'])).printed, new RegExp(`npm run ops -- ${verb}`));
  });
});
