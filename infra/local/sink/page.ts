import type { Answer } from '../gateway/services.ts';

/** The inbox for a person. */
export const inboxPage: Answer = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!doctype html><title>Inbox</title><a href="/emails">E-mails</a> <a href="/sms">Text messages</a>',
};
