/**
 * Of S3's client, what is used here. `import()` of the package itself would keep all of it, and some of that in the
 * files that it shares with the table's client, which every cold start loads.
 */
export { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
