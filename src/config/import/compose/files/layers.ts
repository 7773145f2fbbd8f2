import { isRecord, type Path } from "../../../yaml/yaml-file.ts";
import type { ComposeReader } from "./reader.ts";

/** What one file says of a service. */
export interface Layer {
  readonly reader: ComposeReader;
  readonly path: Path;
  readonly service: unknown;
  /** Whether another file's service extends it: then it has no defaults of its own. */
  readonly extended: boolean;
}

/** The layers of each service, in which later ones override. */
export type Services = ReadonlyMap<string, readonly Layer[]>;

/** The services of one file. */
export function layersOf(
  root: Readonly<Record<string, unknown>>,
  reader: ComposeReader,
  extended: boolean,
): Services {
  const services = root["services"] ?? {};
  if (!isRecord(services)) reader.problem(["services"], "services must be a map");
  const all = isRecord(services) ? Object.entries(services) : [];
  return new Map(
    all.map(([name, service]) => [name, [{ reader, path: ["services", name], service, extended }]]),
  );
}

/** The services of two files, of which the second overrides the first. */
export function mergeServices(base: Services, own: Services): Services {
  const names = new Set([...own.keys(), ...base.keys()]);
  return new Map(
    [...names].map((name) => [name, [...(base.get(name) ?? []), ...(own.get(name) ?? [])]]),
  );
}
