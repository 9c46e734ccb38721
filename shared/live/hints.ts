import type { Envelope } from '#shared/messaging/envelope.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage, parseEnvelope } from '#shared/messaging/parse.ts';
import { channelsOf } from './channels.ts';

/** Something has changed. It says only what: the API says how, to a reader that may know it. */
export type Hint = {
  /** Type of the subject: `notification`, `order`, `customer`, … */
  kind: string;
  id: string;
  /** The version after the change. A reader that has this version already knows it. */
  version: number;
};

/** The hints for one channel. */
export type Publication = { channel: string; hints: readonly Hint[] };

export type HintPublisher = {
  /** @throws Error if the service has not accepted it. It may have been published. */
  publish(publication: Publication): Promise<void>;
};

/**
 * Publishes hints about messages: one event for each channel, whatever the number of messages, because an event costs.
 * A hint may arrive twice, late or never, so a reader also reads by itself from time to time.
 * @param bodies messages as they were published. Those that are no envelopes of this version are skipped.
 */
export async function publishHints(bodies: readonly string[], publisher: HintPublisher): Promise<void> {
  const envelopes = bodies.flatMap(readable);
  await Promise.all(publicationsOf(envelopes).map((publication) => publisher.publish(publication)));
}

/** Other subscribers record a message that cannot be read. No hint is needed for it. */
function readable(body: string): Envelope[] {
  try {
    return [parseEnvelope(body)];
  } catch (error) {
    if (error instanceof PoisonMessage || error instanceof NewerVersion) return [];
    throw error;
  }
}

/** One publication for each channel. Of several versions of a thing, it names the latest one. */
export function publicationsOf(envelopes: readonly Envelope[]): Publication[] {
  const byChannel = new Map<string, Map<string, Hint>>();
  for (const envelope of envelopes) {
    const hint = hintOf(envelope);
    for (const channel of channelsOf(envelope)) {
      const hints = byChannel.get(channel) ?? new Map<string, Hint>();
      const name = `${hint.kind}/${hint.id}`;
      if ((hints.get(name)?.version ?? 0) <= hint.version) hints.set(name, hint);
      byChannel.set(channel, hints);
    }
  }
  return [...byChannel].map(([channel, hints]) => ({ channel, hints: [...hints.values()] }));
}

/** A message about a notification names it, also the request to send it, whose subject is what requested it. */
function hintOf({ subject, sequence, data }: Envelope): Hint {
  const separator = subject.indexOf('/');
  const kind = subject.slice(0, separator);
  const id = subject.slice(separator + 1);
  const notificationId = notificationIn(data);
  if (notificationId !== undefined && kind !== NOTIFICATION)
    return { kind: NOTIFICATION, id: notificationId, version: FIRST };
  return { kind, id, version: Number.parseInt(sequence, 10) };
}

const NOTIFICATION = 'notification';
/** A notification exists from the commit that requests it. */
const FIRST = 1;

const notificationIn = (data: unknown): string | undefined =>
  typeof data === 'object' && data !== null && 'notificationId' in data && typeof data.notificationId === 'string'
    ? data.notificationId
    : undefined;
