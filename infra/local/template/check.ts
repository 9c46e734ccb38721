import { CannotRun } from '../base/failure.ts';
import type { Json } from '../base/json.ts';
import type { Resource, Template } from './assembly.ts';
import { INTRINSICS, intrinsicOf } from './resolver.ts';
import { EVERY_PROPERTY, RESOURCE_ATTRIBUTES, SUPPORT, type Support, TEMPLATE_PARTS } from './support.ts';

/**
 * Stops unless every resource, property and function of the template is on the support list.
 * @throws CannotRun with one sentence for each fault.
 */
export function checkSupported(template: Template): void {
  const faults = [
    ...partFaults(template),
    ...Object.entries(template.Resources).flatMap(([id, resource]) => resourceFaults(id, resource)),
  ];
  if (faults.length > 0) throw new CannotRun(faults.join('\n'));
}

function partFaults(template: Template): string[] {
  return Object.keys(template)
    .filter((part) => !Object.hasOwn(TEMPLATE_PARTS, part))
    .map((part) => `The template's section ${part} is not emulated by the local cloud.`);
}

function resourceFaults(id: string, resource: Resource): string[] {
  const list = Object.hasOwn(SUPPORT, resource.Type) ? SUPPORT[resource.Type] : undefined;
  if (!list)
    return [
      `Resource ${id}: the type ${resource.Type} is not emulated by the local cloud (infra/local/template/support.ts).`,
    ];
  const attributes = Object.keys(resource)
    .filter((name) => !Object.hasOwn(RESOURCE_ATTRIBUTES, name))
    .map((name) => sentence(id, resource, name, 'is not emulated'));
  const properties = Object.entries(resource.Properties ?? {}).flatMap(([name, value]) =>
    propertyFaults(list, name, value).map(([path, problem]) => sentence(id, resource, path, problem)),
  );
  return [...attributes, ...properties];
}

const sentence = (id: string, { Type }: Resource, path: string, problem: string): string =>
  `Resource ${id} (${Type}): ${path} ${problem} by the local cloud (infra/local/template/support.ts).`;

type Fault = [path: string, problem: string];

function propertyFaults(list: Record<string, Support>, path: string, value: Json): Fault[] {
  const support = Object.hasOwn(list, path) ? list[path] : list[EVERY_PROPERTY];
  if (support) {
    if ('ignored' in support) return [];
    const wrong = support.check?.(value);
    return wrong ? [[path, `is ${JSON.stringify(value)}, but ${wrong}`]] : functionFaults(path, value);
  }
  if (Array.isArray(value)) return value.flatMap((element) => propertyFaults(list, `${path}[]`, element));
  if (value !== null && typeof value === 'object' && !intrinsicOf(value)) {
    return Object.entries(value).flatMap(([key, inner]) => propertyFaults(list, `${path}.${key}`, inner));
  }
  return [[path, 'is not emulated']];
}

/** CloudFormation functions that the resolver does not know. */
function functionFaults(path: string, value: Json): Fault[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap((element) => functionFaults(path, element));
  const intrinsic = intrinsicOf(value);
  if (intrinsic && !INTRINSICS.some((known) => known === intrinsic.name))
    return [[path, `uses ${intrinsic.name}, which is not resolved`]];
  return Object.entries(value).flatMap(([key, inner]) => functionFaults(intrinsic ? path : `${path}.${key}`, inner));
}
