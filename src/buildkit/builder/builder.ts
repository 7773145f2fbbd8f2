import { EngineError } from "../../errors.ts";
import { lastLines } from "../../exec.ts";
import { adviceFor } from "./advice.ts";
import type { Buildx } from "./buildx.ts";

/** A buildx builder, as `buildx inspect` describes it. */
export interface Builder {
  readonly name: string;
  /** `docker`, `docker-container`, `remote`, `kubernetes`, `cloud`. */
  readonly driver: string;
  readonly nodes: readonly BuilderNode[];
  /** Why nothing is known about it: no engine answers. */
  readonly error: string | undefined;
}

export interface BuilderNode {
  readonly name: string;
  readonly endpoint: string;
  readonly status: string;
  readonly buildkit: string;
  readonly platforms: readonly string[];
  readonly driverOptions: string;
  /** Labels of its worker: `org.mobyproject.buildkit.worker.moby.…`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly error: string | undefined;
}

const inspectTimeoutMs = 120_000;

/**
 * Inspects a builder, or the current one if no name is given. Nodes that are not running yet are
 * started. A node that does not answer has an `error`. Throws an engine error, with a hint, if no
 * node answers.
 */
export async function inspectBuilder(
  buildx: Buildx,
  name: string | undefined,
  signal?: AbortSignal,
): Promise<Builder> {
  const builder = await inspect(buildx, name, signal);
  if (builder.error !== undefined) throw unusable(builder.name, builder.error, buildx);
  const awake = builder.nodes.some(isAsleep) ? await wake(buildx, name, signal) : builder;
  const [dead] = deadNodes(awake);
  if (dead !== undefined && livingNodes(awake).length === 0) {
    throw unusable(awake.name, dead.error ?? "", buildx, dead.endpoint);
  }
  return awake;
}

/** The nodes that builds can run on. */
export function livingNodes({ nodes }: Builder): readonly BuilderNode[] {
  return nodes.filter(({ error }) => error === undefined);
}

/** The nodes that do not answer. */
export function deadNodes({ nodes }: Builder): readonly BuilderNode[] {
  return nodes.filter(({ error }) => error !== undefined);
}

/** Inspects each builder once. The inspection can be started before its result is needed. */
export class BuilderInspector {
  readonly #buildx: Buildx;
  readonly #signal: AbortSignal | undefined;
  readonly #inspected = new Map<string | undefined, Promise<Builder>>();

  constructor(buildx: Buildx, signal?: AbortSignal) {
    this.#buildx = buildx;
    this.#signal = signal;
  }

  /** See `inspectBuilder`. */
  inspect(name: string | undefined): Promise<Builder> {
    const known = this.#inspected.get(name);
    if (known !== undefined) return known;
    const builder = inspectBuilder(this.#buildx, name, this.#signal);
    // A caller that starts an inspection early may never await it.
    builder.catch(() => undefined);
    this.#inspected.set(name, builder);
    return builder;
  }
}

/** Parses the output of `buildx inspect`, which has no JSON form. */
export function parseBuilder(text: string): Builder {
  const [head = "", ...rest] = text.split(/^Nodes:$/m);
  const nodes = rest
    .join("\n")
    .split(/^(?=Name:)/m)
    .filter((part) => part.startsWith("Name:"));
  return {
    name: field(head, "Name"),
    driver: field(head, "Driver"),
    nodes: nodes.map(parseNode),
    error: field(head, "Error") || undefined,
  };
}

/** Whether a node that answers lists the platform. */
export function runsPlatform(builder: Builder, platform: string): boolean {
  return livingNodes(builder).some((node) => node.platforms.includes(platform));
}

/**
 * Starts the nodes that are not running. buildx starts all of them at once, and prints only the
 * error if one of them does not answer. Nodes that still do not run after that are dead.
 */
async function wake(
  buildx: Buildx,
  name: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Builder> {
  const result = await runInspect(buildx, name, ["--bootstrap"], signal);
  if (result.exitCode === 0) return parseBuilder(result.stdout);
  const said = lastLines(result.stderr, 1)
    .trim()
    .replace(/^ERROR: /, "");
  const builder = await inspect(buildx, name, signal);
  return {
    ...builder,
    nodes: builder.nodes.map((node) => (isAsleep(node) ? { ...node, error: said } : node)),
  };
}

function isAsleep({ status, error }: BuilderNode): boolean {
  return error === undefined && /^(inactive|stopped)/.test(status);
}

async function inspect(
  buildx: Buildx,
  name: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Builder> {
  const result = await runInspect(buildx, name, [], signal);
  if (result.exitCode !== 0) throw unusable(name, lastLines(result.stderr, 1), buildx);
  return parseBuilder(result.stdout);
}

function runInspect(
  { path, env, exec }: Buildx,
  name: string | undefined,
  flags: readonly string[],
  signal: AbortSignal | undefined,
): ReturnType<Buildx["exec"]> {
  const argv = [path, "inspect", ...flags, ...(name === undefined ? [] : [name])];
  const purpose = `inspecting the builder ${name ?? ""}`.trimEnd();
  return exec(argv, { env, purpose, signal, timeout: inspectTimeoutMs });
}

function parseNode(text: string): BuilderNode {
  const error = field(text, "Error");
  return {
    name: field(text, "Name"),
    endpoint: field(text, "Endpoint"),
    status: field(text, "Status"),
    buildkit: field(text, "BuildKit version") || field(text, "Buildkit"),
    // A star marks the platforms that were given when the builder was created.
    platforms: field(text, "Platforms")
      .split(",")
      .map((platform) => platform.trim().replace("*", ""))
      .filter((platform) => platform !== ""),
    driverOptions: field(text, "Driver Options"),
    labels: parseLabels(text),
    error: error === "" ? undefined : error,
  };
}

function parseLabels(text: string): Record<string, string> {
  const lines = /^Labels:\n((?: .*\n?)*)/m.exec(text)?.[1]?.split("\n") ?? [];
  const pairs = lines.map((line) => /^ +(\S+): +(.*)$/.exec(line));
  return Object.fromEntries(
    pairs.flatMap((pair) => (pair ? [[pair[1] ?? "", pair[2] ?? ""]] : [])),
  );
}

function field(text: string, name: string): string {
  return new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
}

function unusable(
  name: string | undefined,
  said: string,
  { env }: Pick<Buildx, "env">,
  endpoint = "",
): EngineError {
  const which = name === undefined || name === "" ? "the current builder" : `builder "${name}"`;
  const at = endpoint === "" ? "" : ` at ${endpoint}`;
  const why = said.trim().replace(/^ERROR: /, "");
  return new EngineError(`${which}${at} did not respond: ${why}`, {
    hint: adviceFor(said, { name, env }),
  });
}
