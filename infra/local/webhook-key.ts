import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { readOrCreate } from './base/read-or-create.ts';

/** What signs the events of the local SendGrid, and the key that verifies them. */
export type WebhookKey = {
  /** As SendGrid shows it: base64 of its DER form. */
  verificationKey: string;
  /** Posts one event as a batch of its own. @throws Error unless the answer is 2xx. */
  post(url: string, event: string): Promise<void>;
};

/** Opens the signing key in `file`. It is made at the first start, so no key is in the repository. */
export async function openWebhookKey(file: string): Promise<WebhookKey> {
  const pem = await readOrCreate(file, () =>
    generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      .privateKey.export({ format: 'pem', type: 'pkcs8' })
      .toString(),
  );
  const key = createPrivateKey(pem);
  return {
    verificationKey: createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64'),
    async post(url, event) {
      const timestamp = String(Math.floor(Date.now() / 1000));
      // Users report that a repetition has another id (sendgrid-nodejs #1435), so the id is made for each post.
      const eventId = Buffer.from(randomUUID()).toString('base64url');
      const body = JSON.stringify([{ ...JSON.parse(event), sg_event_id: eventId }]);
      const { ok, status } = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-twilio-email-event-webhook-timestamp': timestamp,
          'x-twilio-email-event-webhook-signature': sign('sha256', Buffer.from(timestamp + body), key).toString(
            'base64',
          ),
        },
        body,
      });
      if (!ok) throw new Error(`The route for events of SendGrid answered ${status}.`);
    },
  };
}
