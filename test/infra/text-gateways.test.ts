import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { InvalidStage, settingsOf, validated } from '#infra/stages.ts';
import { textGateways, textGatewaysIn } from '#infra/text-gateways.ts';

describe('the gateways for text messages', () => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-gateways-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Faults of stage dev with these settings for text messages. */
  const faultsOf = (sms: object): string[] => {
    try {
      validated('dev', { ...settingsOf('dev'), sms });
      return [];
    } catch (error) {
      if (!(error instanceof InvalidStage)) throw error;
      return error.faults;
    }
  };

  it('are the folders of providers that declare one', () => {
    for (const name of ['end-user-messaging', 'sns'])
      assert.equal(textGateways.filter((gateway) => gateway.name === name).length, 1, name);
  });

  it('are named if a stage chooses another one', () => {
    const known = textGateways.map(({ name }) => `"${name}"`).join(' or ');
    assert.deepEqual(faultsOf({ gateway: 'pigeon', ratePerSecond: 1 }), [
      `Stage "dev", sms.gateway: must be ${known}.`,
    ]);
  });

  it('report every missing and every unknown field at once', () => {
    assert.deepEqual(faultsOf({ gateway: 'end-user-messaging', senderId: 'SHOP', colour: 'red' }), [
      'Stage "dev", sms.ratePerSecond: is missing.',
      'Stage "dev", sms.originationIdentity: is missing.',
      'Stage "dev", sms.senderId: is unknown.',
      'Stage "dev", sms.colour: is unknown.',
    ]);
  });

  it('are refused with every fault if a folder is not complete', async () => {
    for (const [name, source] of [
      ['misnamed', "export const gateway = { name: 'other' };"],
      ['undeclared', ''],
    ] as const) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'stage.ts'), source);
    }
    writeFileSync(join(folder, 'misnamed', 'text-gateway.ts'), '');
    await assert.rejects(textGatewaysIn(folder), {
      message: [
        `${folder}:`,
        "misnamed/stage.ts has to export gateway = textGatewayStage('misnamed', …).",
        "undeclared/stage.ts has to export gateway = textGatewayStage('undeclared', …).",
        'undeclared/text-gateway.ts is missing: it opens the gateway.',
      ].join('\n'),
    });
  });
});
