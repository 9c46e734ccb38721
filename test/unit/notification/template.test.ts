import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import type { RenderedSms } from '#shared/notification/content.ts';
import { contentFrom, renderedWith, rendererOf, templateOf } from '#shared/notification/template.ts';

const GREETING = templateOf<{ name: string }>('greeting', {
  figures: {},
  typed: { name: ({ data }) => data.name },
  sample: { name: 'Ada' },
});
const FAREWELL = templateOf<{ at: number }>('farewell', {
  figures: { at: ({ data }, channel) => `${data.at} in ${channel}` },
  sample: { at: 1 },
});
const sms = (body: string) => ({ channel: 'sms' as const, body, segments: 1 });

describe('the renderer of a channel', () => {
  const render = rendererOf(
    (own: RenderedSms) => own,
    [renderedWith(GREETING, ({ data, locale }) => sms(`${locale}: Hello ${data.name}`))],
    [renderedWith(FAREWELL, ({ data }) => sms(`Goodbye at ${data.at}`))],
  );

  it('fills the template that the content names', async () => {
    const greeting = contentFrom(GREETING, ['+4366012345678'], { locale: 'de', data: { name: 'Ada' } });
    const farewell = contentFrom(FAREWELL, ['+4366012345678'], { locale: 'de', data: { at: 7 } });
    assert.deepEqual(await render(greeting), sms('de: Hello Ada'));
    assert.deepEqual(await render(farewell), sms('Goodbye at 7'));
  });

  it('leaves a template that it does not have to a newer release', () => {
    const content = { recipients: [], locale: 'en', template: 'of-the-next-release', data: {} };
    assert.throws(() => render(content), NewerVersion);
  });
});
