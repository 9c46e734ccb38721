import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorAnswer, transactionConflict } from '../aws/answers.ts';
import type { ServiceName } from '../aws/services.ts';
import { type Answer, BodyTooLarge, readBody, sendAnswer } from '../base/http.ts';
import type { Caller } from './caller.ts';
import type { Context } from './context.ts';
import { type Call, EngineFailed, forward, forwardMetered, sendEngineAnswer } from './engine.ts';
import type { Fault } from './faults.ts';
import { takeKeyOfMailSend } from './mail-send.ts';
import { type Operation, UnknownOperation } from './operations.ts';
import { checksumRefusal, isPresigned, presignedRefusal } from './presigned.ts';
import { readOperation, readRequest } from './protocols.ts';
import { refusedConnection } from './refused-connection.ts';

/** Serves one request: identifies the caller and the operation, authorises the call, injects faults and forwards it. */
export async function serveRequest(
  context: Context,
  service: ServiceName,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const accessKeyId = accessKeyOf(incoming) ?? takeKeyOfMailSend(incoming);
  if (!accessKeyId) return sendAnswer(response, errorAnswer(service, 'denied', 'Missing Authentication Token'));
  if (service === 's3' && isPresigned(incoming.url)) return servePresigned(context, accessKeyId, incoming, response);
  // Objects may be large, and permissions do not depend on them. They are streamed, all other bodies are read.
  const body = service === 's3' ? incoming : await readBody(incoming);
  const call: Call = { service, incoming, response, body };
  const known = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const caller = context.options.callerOf(accessKeyId);
  if (!caller) {
    const isSms = service === 'sns' && readRequest(service, incoming, known).input.PhoneNumber !== undefined;
    return sendEngineAnswer(await forward(context.engines, call, isSms), response);
  }
  const { region, accountId, verifiedIdentities = [] } = context.options;
  const operation = readOperation(service, incoming, known, {
    region,
    accountId,
    verifiedIdentities,
    policies: caller.policies,
  });
  await serveFunction(context, caller, call, operation);
}

/**
 * Serves a presigned request. Its signature names the signer, the exact request and the time at which it expires. No
 * function makes this call, so it is not counted and no fault applies to it.
 */
async function servePresigned(
  context: Context,
  accessKeyId: string,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const signer = context.options.signerOf?.(accessKeyId);
  const { region, accountId } = context.options;
  const refuse = (answer: Answer): void => {
    context.log(`s3: a presigned request is refused: ${answer.body}`);
    // The rest of the request is not read, so the connection cannot be reused.
    sendAnswer(response, { ...answer, headers: { ...answer.headers, connection: 'close' } });
  };
  const refusal = presignedRefusal(incoming, signer?.keys, Date.now());
  if (refusal || !signer) return refuse(refusal ?? errorAnswer('s3', 'denied', 'Access Denied'));
  const scope = { region, accountId, verifiedIdentities: [], policies: signer.caller.policies };
  const { grants } = readOperation('s3', incoming, Buffer.alloc(0), scope);
  const forbidden = context.authoriser.refusal(signer.caller, grants);
  if (forbidden) return refuse(errorAnswer('s3', 'denied', forbidden));
  const body = await readBody(incoming);
  const mismatch = checksumRefusal(incoming, body);
  if (mismatch) return refuse(mismatch);
  return sendEngineAnswer(await forward(context.engines, { service: 's3', incoming, response, body }, false), response);
}

/** The access key in the SigV4 header, or in the query of a presigned request. */
function accessKeyOf({ headers, url = '' }: IncomingMessage): string | undefined {
  return (
    /Credential=([^/,\s]+)\//.exec(headers.authorization ?? '')?.[1] ?? /[?&]X-Amz-Credential=([^%/&]+)/.exec(url)?.[1]
  );
}

async function serveFunction(context: Context, caller: Caller, call: Call, operation: Operation): Promise<void> {
  const { service, response } = call;
  const { functionName, accessKeyId } = caller;
  const requestBytes = Buffer.isBuffer(call.body) ? call.body.length : 0;
  const count = context.calls.add(functionName, service, operation.name, requestBytes);
  const refusal = context.authoriser.refusal(caller, operation.grants);
  if (refusal) {
    context.log(`${functionName}: ${service} ${operation.name} refused: ${refusal}`);
    return sendAnswer(response, errorAnswer(service, 'denied', refusal));
  }
  const rule = caller.polling
    ? undefined
    : context.faults.take({ function: functionName, service, operation: operation.name });
  if (rule) context.log(`${functionName}: ${service} ${operation.name} gets the fault ${rule.fault}`);
  const faultAnswer = rule && faultAnswerOf(rule.fault, service, operation);
  if (faultAnswer) return sendAnswer(response, faultAnswer);
  if (rule?.fault === 'kill-before') return caller.kill(accessKeyId);
  if (rule?.fault === 'delay') await sleep(rule.delayMs ?? 1000);

  const answer = await forwardMetered(context.engines, call, operation, count);
  if (rule?.fault !== 'lose-response' && rule?.fault !== 'kill-after') return sendEngineAnswer(answer, response);
  // The engine has completed the call when its whole answer has arrived. The caller never receives the answer.
  if (!Buffer.isBuffer(answer.body)) await finished(answer.body.resume());
  if (rule.fault === 'kill-after') return caller.kill(accessKeyId);
  response.socket?.resetAndDestroy();
}

/** The answer that a fault gives in place of the engine. */
function faultAnswerOf(fault: Fault, service: ServiceName, { input }: Operation): Answer | undefined {
  if (fault === 'refuse') return refusedConnection;
  if (fault === 'throttle') return errorAnswer(service, 'throttled');
  if (fault === 'error') return errorAnswer(service, 'failed');
  if (fault === 'transaction-conflict') return transactionConflict(input.TransactItems?.length ?? 0);
  return undefined;
}

/** Ends a call that could not be served, so that the client sees the engine's failure. */
export function endFailedCall({ log }: Context, service: ServiceName, response: ServerResponse, error: Error): void {
  const clientGone = response.destroyed || response.socket?.destroyed === true;
  if (clientGone || response.headersSent) {
    response.destroy();
    return;
  }
  log(`${service}: ${error.message}`);
  const answer = answerTo(service, error);
  if (answer) sendAnswer(response, answer);
  // The connection broke during the call: it is unknown whether the engine completed it. A reset means exactly that.
  else response.socket?.resetAndDestroy();
}

function answerTo(service: ServiceName, error: Error): Answer | undefined {
  if (error instanceof UnknownOperation) return errorAnswer(service, 'unknown-operation', error.message);
  if (error instanceof BodyTooLarge) return { status: 413, headers: {}, body: error.message };
  if (error instanceof EngineFailed && error.refused) return refusedConnection;
  return undefined;
}
