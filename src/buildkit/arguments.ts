import { isAbsolute, join } from "node:path";
import { formatCsvField } from "../csv.ts";
import type { BuildInputs } from "../inputs/build-inputs.ts";
import type { CacheRef } from "../plan/plan.ts";

/**
 * The inputs of a build, without its caches and outputs. Paths are absolute; an inline Dockerfile
 * was written to a file.
 */
export interface EngineInputs
  extends Omit<
    BuildInputs,
    "dockerfileInline" | "inputs" | "filters" | "buildPlatform" | "provenance" | "sbom"
  > {
  readonly provenance: "max" | "min" | "false";
  /** The image that makes the SBOM; undefined: no SBOM. */
  readonly sbomGenerator: string | undefined;
}

/** What is built in the same solve, and is a named context of what is built: `target:NAME`. */
export interface LinkedTarget extends Pick<BuildRequest, "cacheFrom" | "noCache"> {
  readonly name: string;
  /** The leg's id, for people. */
  readonly leg: string;
  readonly inputs: EngineInputs;
  readonly platform: string;
}

export interface BuildRequest {
  readonly inputs: EngineInputs;
  /** Targets that it is built on; then the build is one of bake's. */
  readonly linked?: readonly LinkedTarget[];
  readonly platform: string;
  /** Absolute. Files of secrets and local caches are relative to it. */
  readonly root: string;
  /** Maps new names in the rewritten Dockerfile to the original ones. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Variables besides those that buildx always gets. */
  readonly env: NodeJS.ProcessEnv;
  readonly builder: string | undefined;
  readonly cacheFrom: readonly CacheRef[];
  readonly cacheTo: readonly CacheRef[];
  readonly output: BuildOutput;
  readonly metadataFile: string;
  /** Whether to ignore the builder's own cache, too. */
  readonly noCache: boolean;
}

export type BuildOutput =
  | { readonly type: "cacheonly" }
  | {
      /** The files of the result, in a folder on this machine. */
      readonly type: "local";
      readonly folder: string;
    }
  | {
      readonly type: "image";
      /** One reference, with its tag. */
      readonly name: string;
      readonly insecure: boolean;
      /** Set on the index, or on the manifest if there is no index. */
      readonly annotations: Readonly<Record<string, string>>;
    }
  | {
      /** An OCI layout in a folder on this machine. */
      readonly type: "oci";
      readonly folder: string;
      readonly annotations: Readonly<Record<string, string>>;
    };

/** The arguments of `buildx` for a build: docs.docker.com/reference/cli/docker/buildx/build. */
export function buildArguments(request: BuildRequest): string[] {
  const { inputs, root } = request;
  return [
    "build",
    ...(request.builder === undefined ? [] : ["--builder", request.builder]),
    "--progress=rawjson",
    `--metadata-file=${request.metadataFile}`,
    `--platform=${request.platform}`,
    `--file=${inputs.dockerfile}`,
    ...(inputs.target === null ? [] : [`--target=${inputs.target}`]),
    ...pairs("--build-arg", inputs.args),
    ...pairs("--label", inputs.labels),
    ...pairs("--build-context", inputs.contexts),
    ...inputs.secrets.map((secret) => `--secret=${secret}`),
    ...inputs.ssh.map((agent) => `--ssh=${agent}`),
    ...(inputs.network === null ? [] : [`--network=${inputs.network}`]),
    ...(inputs.shmSize === null ? [] : [`--shm-size=${inputs.shmSize}`]),
    ...inputs.ulimits.map((limit) => `--ulimit=${limit}`),
    ...inputs.allow.map((entitlement) => `--allow=${entitlement}`),
    ...inputs.addHosts.map((host) => `--add-host=${host}`),
    ...(request.noCache ? ["--no-cache"] : []),
    ...attestations(request),
    ...request.cacheFrom.map((cache) => `--cache-from=${cacheAttributes(root, cache)}`),
    ...request.cacheTo.map((cache) => `--cache-to=${cacheAttributes(root, cache)}`),
    `--output=${formatOutput(request.output, hasIndex(inputs))}`,
    inputs.context,
  ];
}

/** Whether a build's result is an index, with attestations, rather than a bare manifest. */
export function hasIndex(inputs: Pick<EngineInputs, "provenance" | "sbomGenerator">): boolean {
  return inputs.provenance !== "false" || inputs.sbomGenerator !== undefined;
}

/** `type=registry,ref=…` as one CSV record: fields with a comma or a quote are quoted. */
export function formatAttributes(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([key, value]) => formatCsvField(`${key}=${value}`))
    .join(",");
}

/** An attribute that is named `type` does not replace the cache's. */
export function cacheAttributes(root: string, { type, attributes }: CacheRef): string {
  const own = Object.entries(attributes).filter(([key]) => key !== "type");
  const paths = own.map(([key, value]) => {
    const isPath = type === "local" && (key === "src" || key === "dest");
    return [key, isPath ? within(root, value) : value] as const;
  });
  return formatAttributes({ type, ...Object.fromEntries(paths) });
}

/** An attestation of a result that is not kept only costs time. */
function attestations({ inputs, output: { type } }: BuildRequest): string[] {
  if (type === "cacheonly") return ["--provenance=false", "--sbom=false"];
  const provenance = inputs.provenance === "false" ? "false" : `mode=${inputs.provenance}`;
  const { sbomGenerator } = inputs;
  const sbom = sbomGenerator === undefined ? "false" : `generator=${sbomGenerator}`;
  return [`--provenance=${provenance}`, `--sbom=${sbom}`];
}

export function formatOutput(wanted: BuildOutput, index: boolean): string {
  if (wanted.type === "cacheonly") return "type=cacheonly";
  if (wanted.type === "local") {
    return formatAttributes({ type: "local", dest: wanted.folder, "platform-split": "false" });
  }
  const annotations = Object.entries(wanted.annotations).map(
    ([key, value]) => [`${index ? "annotation-index" : "annotation"}.${key}`, value] as const,
  );
  if (wanted.type === "oci") {
    const { type, folder: dest } = wanted;
    return formatAttributes({ type, dest, tar: "false", ...Object.fromEntries(annotations) });
  }
  return formatAttributes({
    type: "image",
    name: wanted.name,
    push: "true",
    // Not stored in the engine's own image store: two concurrent builds of one name would fail
    // there.
    store: "false",
    "oci-mediatypes": "true",
    ...(wanted.insecure ? { "registry.insecure": "true" } : {}),
    ...Object.fromEntries(annotations),
  });
}

function pairs(flag: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([key, value]) => `${flag}=${key}=${value}`);
}

/** Paths in the plan are relative to the config. */
function within(root: string, path: string): string {
  return isAbsolute(path) ? path : join(root, path);
}
