import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFaultRules, type FaultRule, readFaultRules } from '#infra/local/gateway/faults.ts';

const sendEmail = { function: 'send-email', service: 'sesv2', operation: 'SendEmail' };
const rule = (fields: Partial<FaultRule> = {}): FaultRule => ({
  service: 'sesv2',
  operation: 'SendEmail',
  fault: 'error',
  ...fields,
});

function rulesOf(rules: FaultRule[], seed = 1) {
  const faults = createFaultRules();
  faults.replace(rules, seed);
  return faults;
}

describe('Fault rules', () => {
  it('hit the calls they name, and only those', () => {
    const hit = (named: Partial<FaultRule>) => rulesOf([rule(named)]).take(sendEmail)?.fault;
    assert.equal(hit({}), 'error');
    assert.equal(hit({ function: 'send-email' }), 'error');
    assert.equal(hit({ service: '*', operation: '*' }), 'error');
    assert.equal(hit({ function: 'send-sms' }), undefined);
    assert.equal(hit({ service: 'sns' }), undefined);
    assert.equal(hit({ operation: 'Publish' }), undefined);
  });

  it('let the first match win; one that is used up matches no more', () => {
    const faults = rulesOf([rule({ fault: 'throttle', times: 2 }), rule({ fault: 'refuse' })]);
    assert.deepEqual(
      [1, 2, 3].map(() => faults.take(sendEmail)?.fault),
      ['throttle', 'throttle', 'refuse'],
    );
    assert.deepEqual(
      faults.list().map(({ fault, hits }) => [fault, hits]),
      [
        ['throttle', 2],
        ['refuse', 1],
      ],
    );
    faults.clear();
    assert.equal(faults.take(sendEmail), undefined);
    assert.deepEqual(faults.list(), []);
  });

  it('let the calls pass that they skip, and then hit the next ones', () => {
    const faults = rulesOf([rule({ fault: 'throttle', skip: 2, times: 1 }), rule({ fault: 'refuse', times: 1 })]);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => faults.take(sendEmail)?.fault),
      ['refuse', undefined, 'throttle', undefined],
    );
    assert.equal(faults.take({ ...sendEmail, operation: 'GetAccount' }), undefined);
  });

  it('draw by their probability, the same from the same seed', () => {
    const draws = (seed: number) => {
      const faults = rulesOf([rule({ probability: 0.25 })], seed);
      return Array.from({ length: 400 }, () => faults.take(sendEmail) !== undefined);
    };
    assert.deepEqual(draws(7), draws(7));
    assert.notDeepEqual(draws(7), draws(8));
    const hits = draws(7).filter(Boolean).length;
    assert.ok(hits > 70 && hits < 130, `${hits} of 400`);
  });
});

describe('Rules as a client sends them', () => {
  const problems = (body: unknown) => {
    const read = readFaultRules(body, ['send-email', 'send-sms']);
    return 'problems' in read ? read.problems : [];
  };

  it('are taken when every name is known', () => {
    assert.deepEqual(problems([]), []);
    assert.deepEqual(
      problems([rule({ function: 'send-sms', probability: 1, times: 3 }), { ...rule(), fault: 'delay', delayMs: 0 }]),
      [],
    );
    assert.deepEqual(
      problems([{ service: 'dynamodb', operation: 'TransactWriteItems', fault: 'transaction-conflict' }]),
      [],
    );
    assert.deepEqual(problems([{ service: 'webhook', operation: 'POST', fault: 'error' }]), []);
    assert.deepEqual(problems([{ service: '*', operation: 'Publish', fault: 'error' }]), []);
  });

  it('are refused with every problem, and what would be valid', () => {
    assert.deepEqual(problems({}), ['the body must be an array of rules']);
    assert.deepEqual(problems(['x']), ['[0] must be an object']);
    const found = problems([
      rule(),
      {
        function: 'nobody',
        service: 'ses',
        operation: 'Send',
        fault: 'boom',
        probability: 2,
        times: 0.5,
        delayMs: 5,
        extra: 1,
      },
    ]);
    assert.equal(found.length, 8);
    for (const problem of found) assert.match(problem, /^\[1\] /);
    const text = found.join('\n');
    assert.match(text, /unknown field "extra"; valid: function, service/);
    assert.match(text, /function "nobody" is unknown; valid: send-email, send-sms/);
    assert.match(text, /service "ses" is unknown; valid: dynamodb,.*webhook/);
    assert.match(text, /operation "Send" is unknown; valid: GetItem/);
    assert.match(text, /fault "boom" is unknown; valid: refuse, throttle, error, lose-response, delay, kill-before/);
    assert.match(text, /delayMs belongs to the fault delay only/);
    assert.deepEqual(problems([{}]).length, 3);
  });

  it('are refused for an operation of another service', () => {
    assert.match(
      problems([rule({ operation: 'PutItem' })])[0] ?? '',
      /operation "PutItem" is unknown; valid: SendEmail, \*/,
    );
    assert.match(
      problems([{ service: 'dynamodb', operation: '*', fault: 'transaction-conflict' }])[0] ?? '',
      /TransactWriteItems only/,
    );
  });
});
