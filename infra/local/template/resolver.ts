import { CannotRun } from '../base/failure.ts';
import { isJsonObject, type Json } from '../base/json.ts';

/** The values of `Ref` and `Fn::GetAtt` for one resource. */
export type Physical = { ref: string; attributes: Record<string, string> };

export type ResolverOptions = {
  /** By logical id. The template must not refer to a resource that is missing here. */
  resources: Record<string, Physical>;
  /** Parameters and pseudo-parameters by name, `AWS::Region` for example. */
  parameters: Record<string, Json>;
};

export type Resolve = (value: Json | undefined) => Json | undefined;

/** The functions of CloudFormation that the resolver knows. */
export const INTRINSICS = ['Ref', 'Fn::GetAtt', 'Fn::Join', 'Fn::Split', 'Fn::Sub'] as const;

/** Name and argument of an intrinsic function; undefined if the value is not one. */
export function intrinsicOf(value: Json): { name: string; argument: Json } | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const [entry, ...others] = Object.entries(value);
  if (!entry || others.length > 0) return undefined;
  const [name, argument] = entry;
  return name === 'Ref' || name === 'Condition' || name.startsWith('Fn::') ? { name, argument } : undefined;
}

/**
 * Replaces every intrinsic function in a value by the value that CloudFormation would insert.
 * @throws CannotRun that names the unknown reference or function.
 */
export function createResolver({ resources, parameters }: ResolverOptions): Resolve {
  const ref = (name: string): Json => {
    const value = parameters[name] ?? resources[name]?.ref;
    if (value === undefined)
      throw new CannotRun(`The template refers to ${name}, for which the local cloud has no value.`);
    return value;
  };
  const attribute = (resource: string, name: string): string => {
    const value = resources[resource]?.attributes[name];
    if (value === undefined)
      throw new CannotRun(`The template reads ${resource}.${name}, for which the local cloud has no value.`);
    return value;
  };
  const apply = (name: string, argument: Json): Json => {
    switch (name) {
      case 'Ref':
        return ref(String(argument));
      case 'Fn::GetAtt': {
        const [resource, ...path] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
        return attribute(resource ?? '', path.join('.'));
      }
      case 'Fn::Join': {
        const [separator, list] = pairOf(name, argument);
        const parts = resolve(list);
        if (!Array.isArray(parts)) throw unreadable(name, argument);
        return parts.map(String).join(separator);
      }
      case 'Fn::Split': {
        const [separator, text] = pairOf(name, argument);
        return String(resolve(text)).split(separator);
      }
      case 'Fn::Sub': {
        const [text, variables] = Array.isArray(argument) ? pairOf(name, argument) : [String(argument), {}];
        if (!isJsonObject(variables)) throw unreadable(name, argument);
        return substitute(text, variables);
      }
      default:
        throw new CannotRun(`The template uses ${name}, which the local cloud does not resolve.`);
    }
  };
  const substitute = (text: string, variables: Record<string, Json>): string =>
    text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      // In CloudFormation, `${!Literal}` stands for the text `${Literal}`.
      if (literal) return `\${${name}}`;
      const given = variables[name];
      if (given !== undefined) return String(resolve(given));
      const [resource, ...path] = name.split('.');
      return path.length > 0 ? attribute(resource ?? '', path.join('.')) : String(ref(name));
    });
  const resolve = (value: Json): Json => {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map(resolve);
    const intrinsic = intrinsicOf(value);
    if (intrinsic) return apply(intrinsic.name, intrinsic.argument);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
  };
  return (value) => (value === undefined ? undefined : resolve(value));
}

/** A function's argument of a text and a further value. */
function pairOf(name: string, argument: Json): [string, Json] {
  const [text, value] = Array.isArray(argument) ? argument : [];
  if (typeof text === 'string' && value !== undefined) return [text, value];
  throw unreadable(name, argument);
}

const unreadable = (name: string, argument: Json): CannotRun =>
  new CannotRun(`The template uses ${name} with ${JSON.stringify(argument)}, which the local cloud does not resolve.`);
