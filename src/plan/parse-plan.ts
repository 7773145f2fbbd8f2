import * as v from "valibot";
import { cacheTypes } from "../config/config.ts";
import { isMountName } from "../config/variants/check-keys.ts";
import { messageOf, UsageError } from "../errors.ts";
import { byLevel } from "../inputs/parents/by-level.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { parsePlatform } from "../oci/platform.ts";
import { parseReference, parseRepository } from "../oci/reference.ts";
import type { Context } from "../trust/context.ts";
import type { Plan } from "./plan.ts";

/**
 * Parses a plan file that `layerkeep plan` wrote. Throws a usage error that names what is
 * malformed. Unknown keys are dropped.
 */
export function parsePlan(text: string, file: string): Plan {
  const bad = (message: string, cause?: unknown): UsageError =>
    new UsageError([{ file, message: `not a plan: ${message}` }], {
      cause,
      hint: "create it again with `layerkeep plan --output plan.json`",
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw bad("it is not JSON", cause);
  }
  const parsed = v.safeParse(planSchema, value);
  if (parsed.success) {
    const orphan = orphanOf(parsed.output);
    if (orphan !== undefined) throw bad(orphan);
    return parsed.output;
  }
  const [first] = parsed.issues;
  throw bad(`${v.getDotPath(first) ?? "it"}: ${first.message}`);
}

const text = v.string();
const texts = v.array(text);
/** Rejects a list, which would pass as a record with numbers for names. */
const pairs = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value), "a list, not a map of names to values"),
  v.record(text, text),
);
const digest = v.custom<Digest>(
  (value) => typeof value === "string" && isDigest(value),
  "not a digest",
);
const tagged = v.pipe(text, v.check(isTagged, "not a reference with a tag"));
const repository = v.pipe(text, v.check(isRepository, "not a repository"));

/** buildx ignores the case of names, so that `REF` would replace `ref`. */
const attributes = v.pipe(
  pairs,
  v.check(
    (given) => Object.keys(given).every((name) => /^[a-z0-9_.-]+$/.test(name) && name !== "type"),
    "names can contain only a-z, 0-9, _, . and -, and cannot be type",
  ),
);
const cacheRef = v.object({ type: v.picklist(cacheTypes), attributes });

const platform = v.pipe(text, v.check(isPlatform, "not a platform"));

const normaliser = v.variant("kind", [
  v.object({ kind: v.literal("strip-comments") }),
  v.object({ kind: v.literal("json"), at: text }),
  v.object({ kind: v.literal("yaml"), at: text }),
  v.pipe(
    v.object({ kind: v.literal("protobuf"), baseline: v.optional(text) }),
    v.transform(({ kind, baseline }) => ({ kind, baseline })),
  ),
  v.object({ kind: v.literal("command"), command: text }),
]);

/** Each becomes part of a Dockerfile. */
const plain = v.pipe(text, v.check(isMountName, "not an id of a cache mount"));
const number = v.nullable(v.pipe(text, v.regex(/^\d+$/, "not a number")));

const mount = v.object({
  id: plain,
  sharing: v.picklist(["shared", "private", "locked"]),
  uid: number,
  gid: number,
  mode: number,
  stage: v.number(),
  from: texts,
  to: v.nullable(text),
});

const baseConfig = v.object({ env: texts, onbuild: texts });

const legFields = v.object({
  id: text,
  variant: text,
  platform,
  action: v.picklist(["build", "reuse", "skip"]),
  reason: text,
  bypass: v.picklist(["none", "staged", "caches"]),
  outdated: v.exactOptional(texts),
  input: v.object({ digest, parts: pairs, additions: v.exactOptional(pairs) }),
  staged: v.nullable(v.object({ leg: tagged, newest: tagged, log: tagged })),
  preview: v.optional(v.nullable(tagged), null),
  cache: v.object({ from: v.array(cacheRef), to: v.array(cacheRef) }),
  mounts: v.exactOptional(v.array(mount)),
  build: v.object({
    dockerfile: text,
    dockerfileInline: v.optional(v.nullable(text), null),
    context: text,
    target: v.nullable(text),
    args: pairs,
    labels: pairs,
    contexts: pairs,
    inputs: texts,
    filters: v.array(v.object({ glob: text, as: normaliser })),
    buildPlatform: platform,
    secrets: texts,
    ssh: texts,
    network: v.nullable(v.picklist(["default", "none", "host"])),
    shmSize: v.nullable(text),
    ulimits: texts,
    allow: texts,
    addHosts: texts,
    provenance: v.picklist(["auto", "max", "min", "false"]),
    sbom: v.union([v.boolean(), v.object({ generator: text })]),
  }),
  parents: v.optional(
    v.array(v.object({ context: text, leg: text, config: v.nullable(baseConfig) })),
    [],
  ),
  unpinned: texts,
  runsOn: v.array(platform),
  builders: v.optional(texts),
  /** In plans of before platforms could have several. */
  builder: v.optional(v.nullable(text), null),
  runner: v.nullable(text),
});

const leg = v.pipe(
  legFields,
  v.transform(({ builder, builders, ...fields }) => ({
    ...fields,
    builders: builders ?? (builder === null ? [] : [builder]),
  })),
);

const order = v.picklist(["semver", "pep440", "ancestry", "none"]);

const target = v.object({
  repository,
  insteadOf: v.optional(repository),
  tags: v.array(v.object({ tag: text, order })),
  shape: v.picklist(["index", "manifest"]),
  annotations: pairs,
});

/** JSON has no undefined: an unknown value is an absent key. */
const optional = v.optional(text);

const contextFields = v.object({
  provider: v.picklist(["github", "gitlab", "git"]),
  event: text,
  ref: text,
  branch: optional,
  tag: optional,
  commit: text,
  head: text,
  commitDate: optional,
  defaultBranch: optional,
  baseBranch: optional,
  pullRequest: v.optional(v.object({ number: v.number(), fork: v.boolean() })),
  branchesWithCommit: v.optional(texts),
  source: optional,
  run: v.optional(v.object({ id: text, url: optional })),
  dirty: v.boolean(),
  problems: v.exactOptional(texts),
});

const context = v.pipe(
  contextFields,
  v.transform((fields): Context => ({ ...unknownContext, ...fields, run: runOf(fields.run) })),
);

const unknownContext = {
  branch: undefined,
  tag: undefined,
  commitDate: undefined,
  defaultBranch: undefined,
  baseBranch: undefined,
  pullRequest: undefined,
  branchesWithCommit: undefined,
  source: undefined,
};

function runOf(run: { id: string; url?: string | undefined } | undefined): Context["run"] {
  return run === undefined ? undefined : { id: run.id, url: run.url };
}

const trust = v.object({
  level: v.picklist(["trusted", "untrusted", "local"]),
  reason: text,
  writesCaches: v.boolean(),
  writesLegs: v.boolean(),
  publishes: v.boolean(),
  writesScratch: v.boolean(),
  secrets: v.boolean(),
});

const pin = v.object({
  kind: v.picklist(["image", "syntax", "layout", "http", "git"]),
  ref: text,
  resolved: v.nullable(text),
  note: v.exactOptional(text),
  configs: v.exactOptional(v.record(text, baseConfig)),
});

const planSchema = v.object({
  schema: v.literal("layerkeep.plan.v1"),
  layerkeep: text,
  createdAt: text,
  context,
  trust,
  epoch: v.nullable(v.object({ arg: text, value: text })),
  pins: v.array(pin),
  holdsPins: v.optional(v.boolean(), false),
  cacheRepository: v.nullable(repository),
  scratch: v.nullable(repository),
  insecure: texts,
  legs: v.array(leg),
  variants: v.array(
    v.object({
      name: text,
      legs: texts,
      targets: v.array(target),
      previews: v.optional(v.array(target), []),
    }),
  ),
  warnings: texts,
  expectedFailures: v.exactOptional(
    v.array(
      v.object({
        file: text,
        line: v.number(),
        message: text,
        hint: v.nullable(text),
        legs: texts,
      }),
    ),
  ),
});

/** A parent that the plan does not have, or legs that are built on each other. */
function orphanOf({ legs }: Plan): string | undefined {
  const ids = new Set(legs.map(({ id }) => id));
  for (const { id, parents } of legs) {
    const missing = parents.find((parent) => !ids.has(parent.leg));
    if (missing !== undefined) return `${id} is built on ${missing.leg}, which is not in the plan`;
  }
  try {
    byLevel(
      legs,
      ({ id }) => id,
      ({ parents }) => parents.map((parent) => parent.leg),
    );
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function isTagged(reference: string): boolean {
  return holds(() => parseReference(reference).tag !== undefined);
}

function isRepository(name: string): boolean {
  return holds(() => parseRepository(name).path !== "");
}

function isPlatform(name: string): boolean {
  return holds(() => parsePlatform(name).os !== "");
}

function holds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}
