import { after, before, describe, it } from 'node:test';
import { sentAtOnce } from '#test/support/many-orders.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

/** A sandbox sends one e-mail per second. So a deployed stage gets fewer orders, in `test/e2e`. */
const skip = process.env.OUTPUTS !== undefined && 'Only a local cloud sends 400 messages.';

describe('200 orders, 16 at once', { skip }, () => {
  let stage: StageUnderTest;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.stop());

  it('each message is sent once, and nothing is left unfinished', () => sentAtOnce(stage, 200, 16));
});
