import {
  type BuildRequest,
  cacheAttributes,
  formatOutput,
  type LinkedTarget,
} from "./arguments.ts";

/** The name of the target to build. */
const askedFor = "leg";

/** The arguments of `buildx` for a build with linked targets, whose definition is in a file. */
export function bakeArguments(request: BuildRequest, definition: string): string[] {
  const all = [request, ...(request.linked ?? [])].map(({ inputs }) => inputs);
  const allowed = new Set(
    all.flatMap(({ allow, ssh }) => [...allow, ...(ssh.length > 0 ? ["ssh"] : [])]),
  );
  return [
    "bake",
    ...(request.builder === undefined ? [] : ["--builder", request.builder]),
    "--progress=rawjson",
    `--metadata-file=${request.metadataFile}`,
    `--file=${definition}`,
    ...[...allowed].map((entitlement) => `--allow=${entitlement}`),
    askedFor,
  ];
}

/** bake asks for permission to read files outside its working directory; ours are in temporary folders. */
export const bakeEnvironment = { BUILDX_BAKE_ENTITLEMENTS_FS: "0" };

/**
 * The bake definition of a build whose contexts are other targets
 * (docs.docker.com/build/bake/contexts). All targets are one solve, and only `leg` is exported.
 */
export function bakeDefinition(request: BuildRequest): string {
  const { root, cacheTo, output } = request;
  const own = {
    ...targetOf(root, request),
    "cache-to": cacheTo.map((cache) => cacheAttributes(root, cache)),
    output: [formatOutput(output, false)],
  };
  const linked = (request.linked ?? []).map((target): readonly [string, unknown] => [
    target.name,
    { ...targetOf(root, target), output: ["type=cacheonly"] },
  ]);
  return JSON.stringify({ target: Object.fromEntries([...linked, [askedFor, own]]) }, literal, 2);
}

function targetOf(
  root: string,
  { inputs, platform, cacheFrom, noCache }: Omit<LinkedTarget, "name" | "leg">,
): Readonly<Record<string, unknown>> {
  return {
    context: inputs.context,
    dockerfile: inputs.dockerfile,
    ...(inputs.target === null ? {} : { target: inputs.target }),
    platforms: [platform],
    args: inputs.args,
    labels: inputs.labels,
    contexts: inputs.contexts,
    secret: inputs.secrets,
    ssh: inputs.ssh,
    ...(inputs.network === null ? {} : { network: inputs.network }),
    ...(inputs.shmSize === null ? {} : { "shm-size": inputs.shmSize }),
    ulimits: inputs.ulimits,
    entitlements: inputs.allow,
    "extra-hosts": hostsOf(inputs.addHosts),
    attest: ["type=provenance,disabled=true", "type=sbom,disabled=true"],
    "cache-from": cacheFrom.map((cache) => cacheAttributes(root, cache)),
    "no-cache": noCache,
  };
}

/** Lines are `name:address` or `name=address`. buildx separates a name's addresses by commas. */
function hostsOf(lines: readonly string[]): Readonly<Record<string, string>> {
  const addresses = new Map<string, readonly string[]>();
  for (const line of lines) {
    const at = line.search(/[:=]/);
    const name = line.slice(0, at);
    addresses.set(name, [...(addresses.get(name) ?? []), line.slice(at + 1)]);
  }
  return Object.fromEntries([...addresses].map(([name, all]) => [name, all.join(",")]));
}

/** Strings in a bake file are HCL templates: `${` and `%{` start an expression. */
function literal(_: string, value: unknown): unknown {
  if (typeof value === "string") return escape(value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [escape(key), item]));
}

function escape(text: string): string {
  return text.replace(/([$%])\{/g, "$1$&");
}

/**
 * A line of progress without the targets' names in those of steps: `[leg 2/3] RUN make` is
 * `[2/3] RUN make`, and that of a linked target is `[base/linux/amd64 2/3] RUN make`, by its leg.
 */
export function withoutTargetNames(line: string, { linked = [] }: BuildRequest): string {
  if (linked.length === 0) return line;
  let text = line;
  for (const { name, leg } of linked) {
    const instruction = new RegExp(`"\\[${name} (?=(?:[^\\]" ]+ )*\\d+/\\d+\\] )`, "g");
    text = text.replace(instruction, `"[${leg} `);
  }
  for (const target of [askedFor, ...linked.map(({ name }) => name)]) {
    text = text.replaceAll(`"[${target} `, '"[').replaceAll(`"[${target}] `, '"');
  }
  return text;
}
