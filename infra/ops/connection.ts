import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readOutputs } from '../account/stack.ts';
import type { StageOutputs } from '../outputs.ts';
import { isLocal, settingsOf } from '../stages.ts';
import { isOfThisMachine } from './api.ts';
import { EXIT, OpsFailure } from './exit-codes.ts';

/** What the command line and the environment say about the stage. */
export type Asked = {
  stage: string;
  /** Address of the API. Absent: that of the stage. */
  url?: string | undefined;
  /** The tenant whose stored token is used. */
  as: string;
  /** A token that was given, in `TOKEN` or on standard input. */
  token?: string | undefined;
  environment: Record<string, string | undefined>;
};

/** `stage`: its name, or the host of an address that was given. */
export type Connection = { stage: string; url: string; token: string; logs?: LogsPlace };

/** Where the logs of a stage are. */
export type LogsPlace = Pick<StageOutputs, 'logsFolder' | 'region'>;

/**
 * Finds the address and the token of a stage. A stored token is only sent to the address that is stored with it.
 * @throws OpsFailure without either, InvalidStage for an unknown stage.
 */
export function connectionTo(asked: Asked): Connection {
  settingsOf(asked.stage);
  if (asked.url !== undefined) return connectionToUrl(asked, asked.url);
  const file = outputsFile(asked);
  const outputs = readStageOutputs(asked, file);
  if (!URL.canParse(outputs.apiUrl)) {
    throw new OpsFailure(EXIT.unreachable, `${file} has no address of an API. Name the address with --url.`);
  }
  const token = asked.token || storedToken(outputs, asked.as);
  if (!token) throw new OpsFailure(EXIT.credentials, `${file} has no token of ${asked.as}. ${tokenHint(asked)}`);
  return { stage: asked.stage, url: outputs.apiUrl, token: sendable(token, asked), logs: outputs };
}

const storedToken = ({ tokens = {} }: Partial<StageOutputs>, tenant: string): string | undefined =>
  Object.hasOwn(tokens, tenant) ? tokens[tenant] : undefined;

/** @throws OpsFailure for a text that cannot be sent as a token, so that it is not taken for an unreachable stage. */
function sendable(token: string, asked: Asked): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new OpsFailure(
    EXIT.credentials,
    `The token has a space, a line break or another character that tokens do not have. ${tokenHint(asked)}`,
  );
}

function connectionToUrl(asked: Asked, url: string): Connection {
  if (!URL.canParse(url)) throw new OpsFailure(EXIT.usage, `--url "${url}" is not an address.`);
  const address = new URL(url);
  if (address.href !== `${address.origin}/`) {
    throw new OpsFailure(
      EXIT.usage,
      `--url "${url}" is not the address of a stage: it is a scheme, a host and perhaps a port, as in https://abc.example.`,
    );
  }
  if (address.protocol !== 'https:' && !isOfThisMachine(address)) {
    throw new OpsFailure(EXIT.usage, `--url "${url}" does not begin with https://, so everyone could read the token.`);
  }
  if (!asked.token) {
    throw new OpsFailure(EXIT.credentials, `A stored token is not sent to an address of --url. ${tokenHint(asked)}`);
  }
  return { stage: address.host, url: address.origin, token: sendable(asked.token, asked) };
}

/** `npm start` and `npm run deploy` write it. */
const outputsFile = ({ stage, environment }: Asked): string =>
  isLocal(stage)
    ? join(environment.DATA_DIR || '.local', 'outputs.json')
    : join('.counterfoil', `${stage}.outputs.json`);

function readStageOutputs({ stage }: Asked, file: string): StageOutputs {
  if (existsSync(file)) return readOutputs(file);
  throw new OpsFailure(
    EXIT.unreachable,
    isLocal(stage)
      ? `${file} does not exist, so no local cloud runs here. Start it with npm start, or name another stage with --stage.`
      : `${file} does not exist: npm run deploy -- --stage ${stage} writes it. Or name the address of the API with --url.`,
  );
}

/** The token is never an argument: other users of the machine see arguments, and the shell stores them. */
function tokenHint({ stage, as }: Asked): string {
  const where = isLocal(stage)
    ? ''
    : `, for example with export TOKEN=$(npm run -s tenants -- --stage ${stage} token ${as})`;
  return `Put a token into the environment variable TOKEN${where}, or pass it on standard input with --token-stdin.`;
}
