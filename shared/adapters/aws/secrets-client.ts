/** Of the client of Secrets Manager, what is used here: `import()` of the package itself would load all of it. */
export { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
