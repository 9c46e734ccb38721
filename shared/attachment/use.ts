import type { Rejection } from '#shared/messaging/decider.ts';
import { Failure, type Fault } from '#shared/messaging/failure.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import type { RelatedState, StoredState } from '#shared/messaging/rows.ts';
import type { Clock } from '#shared/messaging/system.ts';
import type { AttachedFile } from '#shared/notification/content.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { ATTACHMENT, ATTACHMENT_LIMIT, type Attachment } from './attachment.ts';
import { type AttachmentEvent, attachmentDecider } from './decider.ts';
import type { AttachmentObjects } from './ports.ts';

/** A message cannot use these attachments as they are. Nothing was written. `faults` lists the reasons. */
export class AttachmentsRefused extends Failure {
  override readonly name = 'AttachmentsRefused';
  readonly code = 'ATTACHMENTS_REFUSED';
  readonly retriable = false;
  readonly next = 'Correct what is listed under errors, and send the request again. Nothing was stored.';
  override readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(`${faults.length} of the attachments cannot be sent.`);
    this.faults = faults;
  }
}

export type AttachmentUsePorts = {
  states: Pick<StateStore<Attachment>, 'read'>;
  objects: Pick<AttachmentObjects, 'inspect'>;
  clock: Clock;
};

export type AttachmentUseRequest = {
  tenant: string;
  /** In the caller's order. */
  attachmentIds: readonly string[];
  /** The notification that will need them. It exists only after the command is committed. */
  notificationId: string;
};

export type AttachmentUse = {
  /** The attached files, in the requested order. If one is missing, `related` refuses the command. */
  files: AttachedFile[];
  /**
   * For `ExecuteRequest.related`: the attachments, with the notification added to their users.
   * @throws AttachmentsRefused with every fault of every attachment; StoreUnavailable
   */
  related(): Promise<readonly RelatedState[]>;
};

export const attachmentKey = (tenant: string, attachmentId: string): Subject => ({
  tenant,
  type: ATTACHMENT.name,
  id: attachmentId,
});

/** A requested attachment, with its row if there is one. */
type Named = { attachmentId: string; position: number; stored?: StoredState<Attachment> };

/**
 * Attachments for a message that is about to be accepted. The command checks that they exist and match their
 * declaration, so that the caller learns of a fault before the mail is sent. The message becomes their user in its own
 * transaction, so that they are not deleted in between.
 */
export async function useAttachments(request: AttachmentUseRequest, ports: AttachmentUsePorts): Promise<AttachmentUse> {
  const { tenant, attachmentIds } = request;
  const readAll = (): Promise<Named[]> =>
    Promise.all(
      attachmentIds.map(async (attachmentId, position) => {
        const stored = await ports.states.read(attachmentKey(tenant, attachmentId));
        return { attachmentId, position, ...(stored && { stored }) };
      }),
    );
  let read: Named[] | undefined = await readAll();
  return {
    files: read.flatMap(fileOf),
    async related() {
      const named = read ?? (await readAll());
      // A second call follows a conflict, so the rows have to be read again.
      read = undefined;
      return statesFor(named, request, ports);
    },
  };
}

function fileOf({ attachmentId, stored }: Named): AttachedFile[] {
  if (!stored) return [];
  const { name, contentType, size, sha256 } = stored.state;
  return [{ attachmentId, name, contentType, size, sha256 }];
}

async function statesFor(
  named: readonly Named[],
  request: AttachmentUseRequest,
  ports: AttachmentUsePorts,
): Promise<RelatedState[]> {
  const states: RelatedState[] = [];
  const faults = [...repetitions(named), ...totals(named)];
  const judged = await Promise.all(named.map((one) => judge(one, request, ports)));
  for (const verdict of judged) {
    if (verdict.kind === 'refused') faults.push(verdict.fault);
    else states.push(...verdict.states);
  }
  if (faults.length > 0) throw new AttachmentsRefused(faults);
  return states;
}

type Verdict = { kind: 'refused'; fault: Fault } | { kind: 'usable'; states: RelatedState[] };

async function judge(
  one: Named,
  { tenant, notificationId }: AttachmentUseRequest,
  ports: AttachmentUsePorts,
): Promise<Verdict> {
  const refused = (rejection: Rejection): Verdict => ({ kind: 'refused', fault: faultOf(one.position, rejection) });
  const key = attachmentKey(tenant, one.attachmentId);
  let { stored } = one;
  while (stored) {
    const decision = attachmentDecider.decide({ type: 'AddUser', notificationId }, stored.state, {
      key,
      now: ports.clock.now(),
    });
    if (decision.kind === 'rejected') return refused(decision.rejection);
    // Inspect the object after reading the row: while the row does not change, the object is not deleted.
    const found = await ports.objects.inspect({ tenant, attachmentId: one.attachmentId });
    if (isAsDeclared(found, stored.state)) return { kind: 'usable', states: changed(key, stored, decision.events) };
    const now: StoredState<Attachment> | undefined = found ? stored : await ports.states.read(key);
    if (now?.version === stored.version) return refused(found ? CHANGED : NOT_UPLOADED);
    // The row changed in between: decide again with the new one.
    stored = now;
  }
  return refused(NOT_FOUND);
}

function changed(key: Subject, stored: StoredState<Attachment>, events: readonly AttachmentEvent[]): RelatedState[] {
  if (events.length === 0) return [];
  const state = events.reduce((current, event) => attachmentDecider.evolve(current, event), stored.state);
  const { schemaVersion, version } = stored;
  const due = attachmentDecider.due(state);
  const next: StoredState<Attachment> = { schemaVersion, version: version + 1, state, ...(due && { due }) };
  return [{ key, expectedVersion: version, next }];
}

/** The upload's signature accepts only the declared bytes. Other bytes were stored in another way. */
const isAsDeclared = (found: { size: number; sha256?: string } | undefined, { size, sha256 }: Attachment): boolean =>
  found?.size === size && found.sha256 === sha256;

function repetitions(named: readonly Named[]): Fault[] {
  const seen = new Set<string>();
  return named.flatMap(({ attachmentId, position }) => {
    if (seen.has(attachmentId)) return [faultOf(position, REPEATED)];
    seen.add(attachmentId);
    return [];
  });
}

function totals(named: readonly Named[]): Fault[] {
  const bytes = named.reduce((sum, { stored }) => sum + (stored?.state.size ?? 0), 0);
  if (bytes <= ATTACHMENT_LIMIT.bytes) return [];
  const message = `Together they have ${bytes} bytes; a message takes ${ATTACHMENT_LIMIT.bytes}.`;
  return [{ path: PATH, code: 'ATTACHMENTS_TOO_LARGE', message, next: 'Attach less to one message, or send a link.' }];
}

const PATH = '/attachments';

const faultOf = (position: number, { code, detail, next }: Rejection): Fault => ({
  path: `${PATH}/${position}`,
  code,
  message: detail,
  next,
});

const NOT_FOUND: Rejection = {
  code: 'ATTACHMENT_NOT_FOUND',
  detail: 'There is no such attachment.',
  next: 'Give an attachmentId from the answer to POST /attachments.',
};
const NOT_UPLOADED: Rejection = {
  code: 'ATTACHMENT_NOT_UPLOADED',
  detail: 'The file is not completely uploaded.',
  next: 'Upload it as the answer to POST /attachments describes, then repeat this request. Repeating the POST renews the upload.',
};
const CHANGED: Rejection = {
  code: 'ATTACHMENT_CHANGED',
  detail: 'The file that is stored is not the one that was declared.',
  next: 'Upload the file again, with a new Idempotency-Key.',
};
const REPEATED: Rejection = {
  code: 'ATTACHMENT_REPEATED',
  detail: 'It is listed more than once.',
  next: 'List each attachment once.',
};
