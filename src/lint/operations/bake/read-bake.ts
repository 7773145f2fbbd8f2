import type { Repository } from "../../files/repository.ts";
import { joinTexts, known, knownText, type Text, type Tri } from "../../expressions/value.ts";
import type { Environment } from "../../model/environment.ts";
import type { Field } from "../../model/field.ts";
import type { Build, BuildArg, Settings } from "../../model/operation.ts";
import type { Span } from "../../yaml/node.ts";
import { parseOutput, parseSettings, platformsIn } from "../settings.ts";
import { inFolder } from "../shell/folder.ts";
import { readBakeFiles } from "./bake-file.ts";
import { textIn, type Value } from "./hcl/evaluate.ts";
import { overrideBy } from "./overrides.ts";
import { type BakeTarget, itemsIn, resolveTargets } from "./targets.ts";

/** A run of bake. */
export interface BakeRun {
  readonly tool: string;
  readonly span: Span;
  /** Where it runs, relative to the repository's root. */
  readonly folder: Text;
  readonly files: readonly Field[];
  /** Empty for `default`. */
  readonly targets: readonly Field[];
  readonly set: readonly Field[];
  /** Values of variables. */
  readonly environment: Environment;
  readonly push: Tri;
  readonly noCache: Tri;
  readonly provenance: Field | undefined;
  readonly sbom: Field | undefined;
  /** What could not be read of the command itself. */
  readonly opaque: readonly string[];
}

/** One build for each target; one that is opaque if no target can be read. */
export function readBake(run: BakeRun, repository: Repository): readonly Build[] {
  const folder = knownText(run.folder);
  const paths = run.files.map(({ value }) => pathOf(value, run.folder));
  const unknown = [...paths, ...run.targets.map(({ value }) => value)].filter(
    (text) => text.unknown.length > 0,
  );
  const opaque = [
    ...run.opaque,
    ...(folder === undefined ? ["the folder of the bake file is only known at run time"] : []),
    ...unknown.map(({ text }) => `${text} is only known at run time`),
  ];
  const known = paths.flatMap((path) => knownText(path) ?? []);
  if (folder === undefined || (known.length === 0 && paths.length > 0)) {
    return [opaqueBuild(run, opaque)];
  }
  const file = readBakeFiles(known, folder, repository);
  const names = run.targets.flatMap(({ value }) => knownText(value) ?? []);
  const wanted = run.targets.length === 0 ? ["default"] : names;
  const { targets, missing } = resolveTargets(file, wanted, {
    environment: run.environment,
    override: overrideBy(run.set),
  });
  const reasons = [
    ...opaque,
    ...file.opaque,
    // What a file that cannot be read has is not missing.
    ...(file.opaque.length > 0 ? [] : missing).map(
      (name) => `the bake target ${name} was not found`,
    ),
  ];
  const builds = targets.map((target) => buildOf(target, run, reasons));
  return builds.length > 0 && missing.length === 0
    ? builds
    : [...builds, opaqueBuild(run, reasons)];
}

/** `cwd://` is the machine's folder, also if bake reads a remote definition. */
function pathOf(path: Text, folder: Text): Text {
  return inFolder(folder, { ...path, text: path.text.replace(/^cwd:\/\//, "") });
}

function opaqueBuild(run: BakeRun, reasons: readonly string[]): Build {
  const { span } = run;
  const target = { name: "", span, values: new Map<string, Value>(), linked: false };
  const opaque = reasons.length === 0 ? ["the bake file has no targets"] : reasons;
  return { ...buildOf(target, run, opaque), span };
}

function buildOf(target: BakeTarget, run: BakeRun, opaque: readonly string[]): Build {
  const { values, linked } = target;
  const one = (key: string): Field | undefined => {
    const value = values.get(key);
    return value === undefined ? undefined : fieldOf(value);
  };
  const all = (key: string): readonly Field[] => itemsIn(values.get(key)).map(fieldOf);
  const settings = (key: string): readonly Settings[] => all(key).map(parseSettings);
  const context = one("context");
  const outputs = linked ? [] : all("output").map(parseOutput);
  return {
    kind: "build",
    tool: run.tool,
    span: run.span,
    context: context === undefined ? undefined : inside(context, run.folder),
    dockerfile: dockerfileOf(one("dockerfile"), context, run.folder),
    target: one("target"),
    platforms: platformsIn(all("platforms")),
    tags: all("tags"),
    buildArgs: argsOf(values.get("args")),
    push: linked ? false : run.push,
    noCache: run.noCache,
    outputs,
    cacheFrom: settings("cache-from"),
    cacheTo: settings("cache-to"),
    provenance: run.provenance ?? attested(settings("attest"), "provenance"),
    sbom: run.sbom ?? attested(settings("attest"), "sbom"),
    ...(linked ? { linked } : {}),
    opaque,
  };
}

function inside(field: Field, folder: Text): Field {
  return { ...field, value: inFolder(folder, field.value) };
}

/** Bake takes a Dockerfile relative to its context. */
function dockerfileOf(
  dockerfile: Field | undefined,
  context: Field | undefined,
  folder: Text,
): Field | undefined {
  if (dockerfile === undefined) return undefined;
  const base = inFolder(folder, context?.value ?? known("."));
  return { ...dockerfile, value: inFolder(base, dockerfile.value) };
}

function argsOf(args: Value | undefined): readonly BuildArg[] {
  if (args?.kind !== "object") return [];
  // An argument that is null is not passed: the Dockerfile's default counts.
  return [...args.entries].flatMap(([name, value]) =>
    value.kind === "null" ? [] : [{ name, ...fieldOf(value) }],
  );
}

function attested(all: readonly Settings[], type: string): Field | undefined {
  const found = all.find((settings) => settings.type === type);
  if (found === undefined) return undefined;
  const isOff = knownText(found.attributes.get("disabled")) === "true";
  return {
    ...found,
    value: isOff ? known("false") : (found.attributes.get("mode") ?? known("true")),
  };
}

/** `{ type = "registry", ref = "…" }` is `type=registry,ref=…`. */
function fieldOf(value: Value): Field {
  const { file, start, end } = value;
  const span = { file, start, end };
  if (value.kind !== "object") return { value: textIn(value), span };
  const parts = [...value.entries].map(([key, inner], at) =>
    joinTexts([known(`${at === 0 ? "" : ","}${key}=`), textIn(inner)]),
  );
  return { value: joinTexts(parts), span };
}
