import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminGetUserCommand,
  type AttributeType,
  paginateListUsers,
} from '@aws-sdk/client-cognito-identity-provider';
import { POOL } from '#shared/names.ts';
import type { Account } from './clients.ts';
import { isNamed, Refused } from './refused.ts';

/** The user pool with the accounts of people. */
export type People = { cognito: Account['cognito']; poolId: string };

export type Person = { email: string; tenant: string | undefined; status: string };

/** Lists all people in the pool. */
export async function listPeople({ cognito, poolId }: People): Promise<Person[]> {
  const people: Person[] = [];
  for await (const page of paginateListUsers({ client: cognito }, { UserPoolId: poolId })) {
    for (const { Username = '', Attributes = [], UserStatus = '' } of page.Users ?? []) {
      people.push({
        email: attributeOf(Attributes, 'email') ?? Username,
        tenant: attributeOf(Attributes, POOL.tenantAttribute),
        status: UserStatus,
      });
    }
  }
  return people;
}

const attributeOf = (attributes: AttributeType[], name: string): string | undefined =>
  attributes.find(({ Name }) => Name === name)?.Value;

/**
 * Adds a person to a tenant. Cognito mails them a password for one sign-in. An existing person is not changed.
 * @returns false if the person existed already.
 * @throws Refused if they belong to another tenant. The tenant cannot be changed, so they need another account.
 */
export async function addPerson({ cognito, poolId }: People, email: string, tenant: string): Promise<boolean> {
  const UserAttributes = [
    { Name: 'email', Value: email },
    // The operator of the system vouches for the address, and the invitation goes to it.
    { Name: 'email_verified', Value: 'true' },
    { Name: POOL.tenantAttribute, Value: tenant },
  ];
  try {
    await cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: poolId,
        Username: email,
        UserAttributes,
        DesiredDeliveryMediums: ['EMAIL'],
      }),
    );
    return true;
  } catch (error) {
    if (!isNamed(error, 'UsernameExistsException')) throw error;
    await requireTenant({ cognito, poolId }, email, tenant);
    return false;
  }
}

/** @throws Refused unless the person exists and belongs to the tenant. */
async function requireTenant({ cognito, poolId }: People, email: string, tenant: string): Promise<void> {
  const theirs = await tenantOfPerson({ cognito, poolId }, email);
  if (theirs === tenant) return;
  throw new Refused(
    `${email} belongs to tenant ${theirs ?? '(none)'}. A person’s tenant cannot be changed: remove the person there, or use another address.`,
  );
}

async function tenantOfPerson({ cognito, poolId }: People, email: string): Promise<string | undefined> {
  try {
    const { UserAttributes = [] } = await cognito.send(
      new AdminGetUserCommand({ UserPoolId: poolId, Username: email }),
    );
    return attributeOf(UserAttributes, POOL.tenantAttribute);
  } catch (error) {
    if (!isNamed(error, 'UserNotFoundException')) throw error;
    throw new Refused(
      `No person in the user pool has the address ${email}. npm run tenants -- list shows all addresses.`,
    );
  }
}

/** Gives a person the rights of an operator. Repeated, it changes nothing. */
export async function makeOperator({ cognito, poolId }: People, email: string): Promise<void> {
  await cognito.send(
    new AdminAddUserToGroupCommand({ UserPoolId: poolId, Username: email, GroupName: POOL.operatorsGroup }),
  );
}

/**
 * Removes a person of a tenant. A token that they have stays valid until it expires, after an hour at most.
 * @throws Refused if the person does not exist, or belongs to another tenant.
 */
export async function removePerson(people: People, email: string, tenant: string): Promise<void> {
  await requireTenant(people, email, tenant);
  await people.cognito.send(new AdminDeleteUserCommand({ UserPoolId: people.poolId, Username: email }));
}
