import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { isNetworkFailure } from '#shared/adapters/aws/dynamodb/failures.ts';
import { requestTimeouts } from '#shared/adapters/aws/runtime/request-handler.ts';
import type { AttachmentAddress, AttachmentObjects, AttachmentUploads } from '#shared/attachment/ports.ts';
import { ATTACHMENT_PREFIX } from '#shared/names.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import type { SigningCredentials } from '../signature.ts';
import { presignedUrl } from './presign.ts';

/** Tenants and ids contain only letters, digits, `_` and `-`, so they need no escaping. */
const objectKey = ({ tenant, attachmentId }: AttachmentAddress): string =>
  `${ATTACHMENT_PREFIX}${tenant}/${attachmentId}`;

/** The bucket of attachments. @param timeoutMs the longest time for a call, or for a pause within a call. */
export function s3Attachments({ bucket, timeoutMs }: { bucket: string; timeoutMs: number }): AttachmentObjects {
  const Bucket = bucket;
  const client = new S3Client({ maxAttempts: 2, requestHandler: requestTimeouts(timeoutMs) });
  return {
    async inspect(address) {
      const command = new HeadObjectCommand({ Bucket, Key: objectKey(address), ChecksumMode: 'ENABLED' });
      const head = await found(client.send(command));
      return (
        head && {
          size: head.ContentLength ?? 0,
          ...(head.ChecksumSHA256 && { sha256: Buffer.from(head.ChecksumSHA256, 'base64').toString('hex') }),
        }
      );
    },
    async read(address) {
      const object = await found(client.send(new GetObjectCommand({ Bucket, Key: objectKey(address) })));
      return object && bytesOf(object);
    },
    async remove(address) {
      await found(client.send(new DeleteObjectCommand({ Bucket, Key: objectKey(address) })));
    },
  };
}

async function bytesOf({ Body }: GetObjectCommandOutput): Promise<Uint8Array | undefined> {
  try {
    return await Body?.transformToByteArray();
  } catch (cause) {
    throw new StoreUnavailable('S3: the object broke off.', { cause });
  }
}

/**
 * The result of the call, or undefined if the object does not exist. S3 answers 404 only if the caller may list the
 * bucket. Otherwise it answers 403 for a missing object.
 */
async function found<Output>(call: Promise<Output>): Promise<Output | undefined> {
  try {
    return await call;
  } catch (error) {
    const { name } = error as Error;
    if (name === 'NotFound' || name === 'NoSuchKey') return undefined;
    // All other refusals of S3 concern the bucket, a key or a permission. The message waits and must not be lost.
    if (!isNetworkFailure(error) && !isOfService(error)) throw error;
    throw new StoreUnavailable(`S3: ${name}`, { cause: error });
  }
}

/** S3 answered, or there were no credentials for the call. Any other error is a fault of our own code. */
const isOfService = (error: unknown): boolean =>
  error instanceof Error && ('$fault' in error || error.name === 'CredentialsProviderError');

export type S3UploadOptions = {
  /** URL of the bucket, without a trailing slash. */
  bucketUrl: string;
  region: string;
  credentials: () => Promise<SigningCredentials>;
};

/**
 * Requests with which a client uploads a file directly to S3. The signature covers the object's key, the length, the
 * type and the checksum. S3 compares the checksum with the received bytes, so no other bytes can be stored under this
 * key.
 */
export function s3Uploads({ bucketUrl, region, credentials }: S3UploadOptions): AttachmentUploads {
  return {
    async uploadRequest(address, file, { now, expiresInSeconds }) {
      const headers = {
        'content-type': file.contentType,
        'x-amz-checksum-sha256': Buffer.from(file.sha256, 'hex').toString('base64'),
      };
      const url = `${bucketUrl}/${objectKey(address)}`;
      const method = 'PUT';
      const signed = presignedUrl({
        method,
        url,
        // Every HTTP client sets `content-length` itself, and browsers do not let scripts set it. So it is signed, but
        // it is not in the answer's headers.
        headers: { ...headers, 'content-length': String(file.size) },
        region,
        credentials: await credentials(),
        now,
        expiresInSeconds,
      });
      return { url: signed, method, headers };
    },
  };
}

/**
 * The URL of the bucket. The environment variable is the SDK's own. A custom endpoint has no host names for buckets, so
 * the bucket is the first part of the path there.
 */
export const bucketUrlOf = (
  { bucket, host }: { bucket: string; host: string },
  environment: NodeJS.ProcessEnv = process.env,
): string => {
  const endpoint = environment.AWS_ENDPOINT_URL_S3;
  return endpoint ? `${endpoint}/${bucket}` : `https://${host}`;
};
