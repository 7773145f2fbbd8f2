import { isAbsolute, join } from "node:path";
import { formatCsvField } from "../csv.ts";
import type { BuildInputs } from "../inputs/build-inputs.ts";
import type { CacheRef } from "../plan/plan.ts";

/** What BuildKit is given, besides caches and outputs. Paths are absolute. */
export interface EngineInputs
  extends Omit<BuildInputs, "inputs" | "filters" | "buildPlatform" | "provenance"> {
  readonly provenance: "max" | "min" | "false";
  /** The image that makes the SBOM, by its digest; undefined leaves it to BuildKit. */
  readonly sbomScanner: string | undefined;
}

export interface BuildRequest {
  readonly inputs: EngineInputs;
  readonly platform: string;
  /** Absolute; the folder that files of secrets and of local caches are named from. */
  readonly root: string;
  /** Names that the Dockerfile was given instead of its own, new ones to old ones. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Variables beside those that buildx is given anyway. */
  readonly env: NodeJS.ProcessEnv;
  readonly builder: string | undefined;
  readonly cacheFrom: readonly CacheRef[];
  readonly cacheTo: readonly CacheRef[];
  readonly output: BuildOutput;
  readonly metadataFile: string;
  /** Leave the builder's own cache aside, too. */
  readonly noCache: boolean;
}

export type BuildOutput =
  | { readonly type: "cacheonly" }
  | {
      readonly type: "image";
      /** One reference, with its tag. */
      readonly name: string;
      readonly insecure: boolean;
      /** Go on the index, or on the manifest where there is no index. */
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
    `--output=${output(request.output, hasIndex(inputs))}`,
    inputs.context,
  ];
}

/** Whether a build's result is an index, with attestations, rather than a bare manifest. */
export function hasIndex(inputs: Pick<EngineInputs, "provenance" | "sbom">): boolean {
  return inputs.provenance !== "false" || inputs.sbom;
}

/** `type=registry,ref=…`, as one CSV record: fields with a comma or a quote are quoted. */
export function formatAttributes(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([key, value]) => formatCsvField(`${key}=${value}`))
    .join(",");
}

function cacheAttributes(root: string, cache: CacheRef): string {
  const paths = Object.entries(cache.attributes).map(([key, value]) => {
    const isPath = cache.type === "local" && (key === "src" || key === "dest");
    return [key, isPath ? within(root, value) : value] as const;
  });
  return formatAttributes({ type: cache.type, ...Object.fromEntries(paths) });
}

/** An attestation of what is not kept costs time and helps nobody. */
function attestations({ inputs, output: { type } }: BuildRequest): string[] {
  if (type === "cacheonly") return ["--provenance=false", "--sbom=false"];
  const provenance = inputs.provenance === "false" ? "false" : `mode=${inputs.provenance}`;
  return [`--provenance=${provenance}`, `--sbom=${sbomOf(inputs)}`];
}

function sbomOf({ sbom, sbomScanner }: EngineInputs): string {
  return sbom && sbomScanner !== undefined ? `generator=${sbomScanner}` : String(sbom);
}

function output(wanted: BuildOutput, index: boolean): string {
  if (wanted.type === "cacheonly") return "type=cacheonly";
  const annotations = Object.entries(wanted.annotations).map(
    ([key, value]) => [`${index ? "annotation-index" : "annotation"}.${key}`, value] as const,
  );
  return formatAttributes({
    type: "image",
    name: wanted.name,
    push: "true",
    // Not kept in the engine's own image store: two builds of one name at once would fail there.
    store: "false",
    "oci-mediatypes": "true",
    ...(wanted.insecure ? { "registry.insecure": "true" } : {}),
    ...Object.fromEntries(annotations),
  });
}

function pairs(flag: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([key, value]) => `${flag}=${key}=${value}`);
}

/** Paths of the plan are the config's. */
function within(root: string, path: string): string {
  return isAbsolute(path) ? path : join(root, path);
}
