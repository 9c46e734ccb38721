import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { bootstrapCommand } from '../command.ts';
import { isNamed } from '../refused.ts';
import { type DeployedStack, isBusy } from '../stack.ts';
import { blocksDeploy, type Check, type Finding, warning } from './check.ts';

/** The CDK uploads with resources that `npm run bootstrap` creates once per account and region. */
export const bootstrap: Check = {
  name: 'CDK bootstrap',
  stops: 'deploy',
  async run({ account, stage, settings, synthesized }) {
    const next = `Run ${bootstrapCommand(stage)}.`;
    const { version, parameterName } = synthesized().bootstrap;
    try {
      const { Parameter } = await account.ssm.send(new GetParameterCommand({ Name: parameterName }));
      if (Number(Parameter?.Value) >= version) return [];
      return [
        blocksDeploy(`The CDK bootstrap of this region is version ${Parameter?.Value}; ${version} is needed.`, next),
      ];
    } catch (error) {
      if (!isNamed(error, 'ParameterNotFound')) throw error;
      const named =
        settings.bootstrapQualifier === undefined ? '' : ` with the qualifier ${settings.bootstrapQualifier}`;
      return [blocksDeploy(`Account and region have not been bootstrapped for CDK${named}.`, next)];
    }
  },
};

/** A stack accepts no deployment during an operation, or after some failed operations. */
export const stackStatus: Check = {
  name: 'stack',
  stops: 'deploy',
  async run({ stack }) {
    const deployed = await stack();
    return deployed ? statusFindings(deployed) : [];
  },
};

function statusFindings(stack: DeployedStack): Finding[] {
  const { name, status, statusReason } = stack;
  const is = `Stack ${name} is ${status}${statusReason && ` (${statusReason})`}.`;
  const events = `aws cloudformation describe-stack-events --stack-name ${name}`;
  if (isBusy(stack)) return [blocksDeploy(is, 'Wait until CloudFormation has finished, then run it again.')];
  if (status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED') return [failedCreation(stack, is, events)];
  if (status === 'UPDATE_ROLLBACK_FAILED') {
    const next = `See ${events}, fix the cause, then aws cloudformation continue-update-rollback --stack-name ${name}.`;
    return [blocksDeploy(is, next)];
  }
  if (status === 'DELETE_FAILED') return [blocksDeploy(is, `See ${events} and delete the stack again.`)];
  if (status === 'UPDATE_ROLLBACK_COMPLETE') {
    return [warning(is, `The last change was taken back and the one before it runs; ${events} says why.`)];
  }
  return status.endsWith('_FAILED') ? [warning(is, `See ${events}.`)] : [];
}

/** CDK deletes such a stack by itself, unless it is protected. Retained resources block the next creation. */
function failedCreation({ name, protectedFromDeletion }: DeployedStack, is: string, events: string): Finding {
  if (!protectedFromDeletion)
    return warning(is, `npm run deploy deletes it and starts again; ${events} shows why it failed.`);
  return blocksDeploy(
    is,
    `See ${events} for the reason; then aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${name}, and aws cloudformation delete-stack --stack-name ${name}.`,
  );
}
