import { readdirSync, readlinkSync, statSync } from "node:fs";
import { posix, resolve } from "node:path";
import type { Config } from "../config.ts";
import { parseContextAddress } from "../../dockerfile/context-address.ts";
import { isRemoteContext } from "../../dockerfile/remote-source.ts";
import { nearest } from "../../nearest.ts";
import type { Report } from "../schema/report.ts";
import { dockerfilePath } from "../variants/dockerfile-path.ts";
import type { PlacedVariant } from "../variants/placed-variant.ts";
import type { Path } from "../yaml/yaml-file.ts";

type Kind = "file" | "folder" | "other" | "missing";

/** Reports Dockerfiles and contexts of the variants that do not exist. */
export function checkFiles(config: Config, placed: readonly PlacedVariant[]): void {
  const kinds = new Map<string, Kind>();
  const kindAt = (path: string): Kind => {
    const known = kinds.get(path) ?? kindOf(resolve(config.root, path));
    kinds.set(path, known);
    return known;
  };
  for (const { variant, path, report } of placed) {
    const { context } = variant;
    const dockerfile = dockerfilePath(variant);
    const remote = isRemoteContext(context);
    const there = remote || checkFolder(context, [...path, "context"], "the context", report);
    if (!remote && there && dockerfile !== undefined)
      checkDockerfile(dockerfile, context, [...path, "dockerfile"], report);
    for (const [name, folder] of Object.entries(variant.contexts)) {
      if (parseContextAddress(folder).kind === "folder") {
        checkFolder(folder, [...path, "contexts", name], `the context ${name}`, report);
      }
    }
  }

  function checkFolder(path: string, place: Path, what: string, report: Report) {
    const kind = kindAt(path);
    if (kind === "folder") return true;
    const why = kind === "missing" ? "does not exist" : "is not a folder";
    report.add(place, `${what} "${path}" ${why}`, nearHint(config.root, path, isFolder));
    return false;
  }

  function checkDockerfile(path: string, context: string, place: Path, report: Report): void {
    const kind = kindAt(path);
    if (kind === "file") return;
    const target = kind === "missing" ? linkAt(resolve(config.root, path)) : undefined;
    if (target !== undefined) {
      const message = `the Dockerfile "${path}" is a symbolic link to "${target}", which does not exist`;
      report.add(place, message, "link it to a file in this checkout");
      return;
    }
    const inContext = posix.join(context, path);
    const hint =
      context !== "." && kindAt(inContext) === "file"
        ? `paths are relative to the config's folder: use ${inContext}`
        : nearHint(config.root, path, isDockerfile);
    const why = kind === "missing" ? "does not exist" : "is not a file";
    report.add(place, `the Dockerfile "${path}" ${why}`, hint);
  }
}

function kindOf(path: string): Kind {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return "missing";
    return stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other";
  } catch {
    // A part of the path is a file, or may not be searched: to a build it does not exist.
    return "missing";
  }
}

/** The target of a link, as written; undefined if the path is not a link. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

interface Entry {
  readonly name: string;
  readonly folder: boolean;
}

function isFolder({ folder }: Entry): boolean {
  return folder;
}

function isDockerfile({ name, folder }: Entry): boolean {
  return !folder && /dockerfile|containerfile/i.test(name);
}

function nearHint(
  root: string,
  path: string,
  wanted: (entry: Entry) => boolean,
): string | undefined {
  const parent = posix.dirname(path);
  const names = entriesOf(resolve(root, parent))
    .filter(wanted)
    .map(({ name }) => name)
    .sort();
  const near = nearest(posix.basename(path), names);
  if (near !== undefined) return `did you mean "${posix.join(parent, near)}"?`;
  if (wanted !== isDockerfile || names.length === 0) return undefined;
  const some = names.slice(0, 3).map((name) => posix.join(parent, name));
  return `found ${some.join(", ")}`;
}

function entriesOf(folder: string): Entry[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      folder: entry.isDirectory(),
    }));
  } catch {
    return [];
  }
}
