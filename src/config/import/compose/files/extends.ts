import { suggest } from "../../../../nearest.ts";
import { isRecord, type Path } from "../../../yaml/yaml-file.ts";
import { localFile } from "./include.ts";
import type { Layer, Services } from "./layers.ts";
import type { ComposeReader } from "./reader.ts";

/**
 * The services of another file, of which nothing is resolved yet; undefined if it cannot be read,
 * which is reported at a place of the file that names it.
 */
export type ReadExtended = (
  file: string,
  path: Path,
  reader: ComposeReader,
) => Promise<Services | undefined>;

/** Each step reads the whole chain again for the services above it. */
const deepest = 100;
/** Of one service, with all that it extends. */
const mostLayers = 1000;

/** The services with the layers of those that they extend below their own. */
export async function resolveExtends(
  services: Services,
  readExtended: ReadExtended,
): Promise<Services> {
  const resolved = new Map<string, readonly Layer[]>();
  let layersLeft = 0;
  for (const [name, { length }] of services) {
    layersLeft = Math.max(0, mostLayers - length);
    resolved.set(name, await withBases(name, services, []));
  }
  return resolved;

  /** `trail`: the services that lead to this one. */
  async function withBases(
    name: string,
    among: Services,
    trail: readonly string[],
  ): Promise<readonly Layer[]> {
    const layers = among.get(name) ?? [];
    const bases: Layer[] = [];
    for (const layer of layers) bases.push(...(await basesOf(layer, name, among, trail)));
    return [...bases, ...layers.map(withoutExtends)];
  }

  async function basesOf(
    { reader, path, service }: Layer,
    name: string,
    among: Services,
    trail: readonly string[],
  ): Promise<readonly Layer[]> {
    if (!isRecord(service) || service["extends"] === undefined || layersLeft < 0) return [];
    const at = [...path, "extends"];
    const { service: base, file: other } = extendsOf(service["extends"]);
    if (base === undefined) {
      reader.problem(at, "extends needs the name of a service", "use extends: {service: NAME}");
      return [];
    }
    const file = other === undefined ? undefined : localFile(other, at, reader);
    if (other !== undefined && file === undefined) return [];
    const services = file === undefined ? among : await readExtended(file, at, reader);
    if (services === undefined) return [];
    const wanted = reader.interpolated(base, at);
    if (!services.has(wanted)) {
      const names = [...services.keys()];
      const hint = names.length === 0 ? undefined : suggest(wanted, names);
      reader.problem(at, `${file ?? reader.file} has no service "${wanted}" to extend`, hint);
      return [];
    }
    const next = [...trail, `${reader.file}: ${name}`];
    const target = `${file ?? reader.file}: ${wanted}`;
    layersLeft -= services.get(wanted)?.length ?? 0;
    const problem = next.includes(target)
      ? `extends refers back to the service ${wanted}: ${[...next, target].join(" → ")}`
      : next.length > deepest
        ? `the extends chain has more than ${deepest} services`
        : layersLeft < 0
          ? `more than ${mostLayers} services are merged into one`
          : undefined;
    if (problem !== undefined) {
      reader.problem(
        at,
        problem,
        "move the shared part to a service that does not extend another service",
      );
      return [];
    }
    return withBases(wanted, services, next);
  }
}

function extendsOf(value: unknown): { readonly service?: string; readonly file?: string } {
  if (typeof value === "string") return { service: value };
  if (!isRecord(value)) return {};
  const { service, file } = value;
  return {
    ...(typeof service === "string" ? { service } : {}),
    ...(typeof file === "string" ? { file } : {}),
  };
}

function withoutExtends(layer: Layer): Layer {
  if (!isRecord(layer.service)) return layer;
  const kept = Object.entries(layer.service).filter(([key]) => key !== "extends");
  return { ...layer, service: Object.fromEntries(kept) };
}
