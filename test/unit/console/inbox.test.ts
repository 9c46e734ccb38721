import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Inbox } from '#console/base/inbox.ts';
import { entriesOf, nameOf, viewOf } from '#console/inbox/entries.ts';

const mail = (at: string, subject: string) => ({
  id: subject,
  at,
  from: 'orders@shop.example',
  to: ['ada@example.com'],
  subject,
  text: `text of ${subject}`,
  html: '',
  attachments: [],
  tags: {},
});

const inbox: Inbox = {
  emails: [mail('2026-11-30T09:00:01.000Z', 'one'), mail('2026-11-30T09:00:03.000Z', 'three')],
  sms: [{ id: 's', at: '2026-11-30T09:00:02.000Z', to: '+4366012345678', body: 'two' }],
  webhooks: [{ at: '2026-11-30T09:00:00.000Z', path: '/billing', headers: {}, body: '{}' }],
};
const names = (search: string): string[] => entriesOf(inbox, viewOf(search)).map(nameOf);

describe('the entries of the inbox', () => {
  it('are those of all lists, newest first', () => {
    assert.deepEqual(names('?page=inbox'), ['emails-1', 'sms-0', 'emails-0', 'webhooks-0']);
  });

  it('are filtered by list and by words', () => {
    assert.deepEqual(names('?list=emails'), ['emails-1', 'emails-0']);
    assert.deepEqual(names('?find=TEXT of one'), ['emails-0']);
    assert.deepEqual(names('?find=%2B4366&list=sms'), ['sms-0']);
    assert.deepEqual(names('?list=constructor'), names(''));
  });

  it('have a name in the URL, and other names open none', () => {
    assert.deepEqual(viewOf('?entry=sms-0').open, { list: 'sms', position: 0 });
    for (const name of ['sms', 'constructor-1', 'sms--1', 'sms-1e9'])
      assert.equal(viewOf(`?entry=${name}`).open, undefined, name);
  });
});
