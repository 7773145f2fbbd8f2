import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { printBake } from "../../src/buildkit/print-bake.ts";
import type { Variant } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load/load.ts";
import { isRecord } from "../../src/config/yaml/yaml-file.ts";
import { exec, execOk } from "../../src/exec.ts";
import { formatPlatform } from "../../src/oci/platform.ts";
import { testEngine } from "../support/engine.ts";

/**
 * What is imported of a bake file beside what buildx builds of it on the engine: which targets, and
 * what BuildKit was asked for each, as its provenance says it. Not in here: contexts that are
 * another target, which `linked-imports.test.ts` builds, and secrets and ssh, which no provenance
 * holds.
 */

const engine = testEngine();
const buildx = { path: engine.buildx, env: engine.env, exec };
const root = mkdtempSync(join(tmpdir(), "layerkeep-bake-import-"));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Each Dockerfile copies what is in one folder alone, so a build in another context fails. */
const files: Readonly<Record<string, string>> = {
  Dockerfile: "FROM scratch AS first\nCOPY in-root /\nFROM first AS second\nLABEL s=2\n",
  "in-root": "",
  "app.Dockerfile": "FROM scratch\nARG A\nCOPY in-root /\nLABEL app=1\n",
  "api/Dockerfile": "FROM scratch\nCOPY in-api /\n",
  "api/in-api": "",
  "api/other/x.Dockerfile": "FROM scratch\nCOPY in-api /\nLABEL other=1\n",
  "lib/Dockerfile": "FROM scratch\nCOPY in-lib /\n",
  "lib/in-lib": "",
};
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

interface Shape {
  readonly title: string;
  readonly bake: string;
  readonly file?: string;
  readonly targets?: readonly string[];
  readonly vars?: Readonly<Record<string, string>>;
}

const nested = `group "a" {\n targets = ["b", "c"]\n}\ngroup "b" {\n targets = ["d"]\n}\ngroup "c" {\n targets = ["b"]\n}
target "d" {\n dockerfile = "./app.Dockerfile"\n}\ngroup "e" {\n targets = ["a", "f"]\n}\ntarget "f" {\n context = "./api"\n}`;
const ownName = `group "foo" {\n targets = ["foo", "image"]\n}\ntarget "foo" {\n dockerfile = "app.Dockerfile"\n}\ntarget "image" {}\ntarget "more" {}`;
const sameNames = `group "foo" {\n targets = ["image"]\n}\ntarget "foo" {\n dockerfile = "app.Dockerfile"\n}\ntarget "image" {}`;
const defaults = `group "default" {\n targets = ["app", "api"]\n}\ntarget "app" {}\ntarget "api" {\n context = "api"\n}\ntarget "more" {}`;

const shapes: readonly Shape[] = [
  { title: "a target default alone", bake: 'target "default" {}' },
  {
    title: "a target default beside others",
    bake: 'target "default" {}\ntarget "multi" {\n platforms = ["linux/amd64", "linux/arm64"]\n}',
  },
  {
    title: "a target default and another that is asked for",
    bake: 'target "default" {}\ntarget "multi" {\n platforms = ["linux/amd64", "linux/arm64"]\n}',
    targets: ["default", "multi"],
  },
  {
    title: "a group default that holds the target default",
    bake: 'group "default" {\n targets = ["default", "api"]\n}\ntarget "default" {}\ntarget "api" {\n context = "api"\n}',
  },
  {
    title: "a group default that holds the target default last",
    bake: 'group "default" {\n targets = ["api", "default"]\n}\ntarget "default" {}\ntarget "api" {\n context = "api"\n}',
  },
  { title: "a group that holds a target of its own name", bake: ownName, targets: ["foo"] },
  { title: "such a group and its other target", bake: ownName, targets: ["foo", "image"] },
  { title: "such a group's other target alone", bake: ownName, targets: ["image"] },
  { title: "a group with the name of a target that it lacks", bake: sameNames, targets: ["foo"] },
  { title: "that group twice", bake: sameNames, targets: ["foo", "foo"] },
  { title: "the group default", bake: defaults },
  { title: "the group default and another target", bake: defaults, targets: ["default", "more"] },
  { title: "a target of the group default", bake: defaults, targets: ["api"] },
  {
    title: "a group that holds the group default",
    bake: `${defaults}\ngroup "all" {\n targets = ["default", "more"]\n}`,
    targets: ["all"],
  },
  {
    title: "a target default inside a group of another name",
    bake: 'target "default" {}\ntarget "api" {\n context = "api"\n}\ngroup "all" {\n targets = ["default", "api"]\n}',
    targets: ["all"],
  },
  {
    title: "a group in a circle whose names are targets too",
    bake: 'group "a" {\n targets = ["b"]\n}\ngroup "b" {\n targets = ["a", "t"]\n}\ntarget "a" {}\ntarget "t" {}\ntarget "b" {}',
    targets: ["a"],
  },
  ...[["a"], ["b"], ["c"], ["d"], ["e"], ["a", "e"]].map((targets) => ({
    title: `nested groups, ${targets.join(" and ")}`,
    bake: nested,
    targets,
  })),
  {
    title: "an empty group inside another",
    bake: 'group "default" {\n targets = ["none", "api"]\n}\ngroup "none" {\n targets = []\n}\ntarget "none" {}\ntarget "api" {\n context = "api"\n}',
  },
  {
    title: "a matrix, by its own name",
    bake: 'target "app" {\n name = "app-${v}-${replace(o, ".", "_")}"\n matrix = {\n  v = ["1", "2"]\n  o = ["x", "y.z"]\n }\n args = {\n  A = v\n  O = o\n }\n}',
    targets: ["app"],
  },
  {
    title: "a matrix, by one of its names",
    bake: 'target "app" {\n name = "app-${v}"\n matrix = {\n  v = ["1", "2"]\n }\n args = {\n  A = v\n }\n}',
    targets: ["app-2"],
  },
  {
    title: "a matrix of the name default",
    bake: 'target "default" {\n name = "d-${v}"\n matrix = {\n  v = ["1", "2"]\n }\n args = {\n  A = v\n }\n}',
  },
  {
    title: "what is inherited",
    bake: `target "grandparent" {\n args = {\n  BAR = "fuu"\n  GONE = "x"\n }\n labels = {\n  l = "1"\n }\n}
target "parent" {\n inherits = ["grandparent"]\n args = {\n  FOO = "bar"\n }\n}
target "child" {\n inherits = ["parent"]\n args = {\n  GONE = null\n  FOO = ""\n }\n target = "first"\n}`,
    targets: ["child"],
  },
  {
    title: "contexts, Dockerfiles and paths",
    bake: `group "default" {\n targets = ["a", "b", "c", "d", "e"]\n}
target "a" {\n context = "./api"\n dockerfile = "other/x.Dockerfile"\n}
target "b" {\n context = "api/../lib/"\n}
target "c" {\n context = "cwd://api"\n}
target "d" {\n context = "api"\n dockerfile = "../lib/../api/Dockerfile"\n}
target "e" {\n context = "api"\n dockerfile = "cwd://api/other/x.Dockerfile"\n}`,
  },
  {
    title: "texts that its language would replace",
    bake: 'target "default" {\n args = {\n  A = "$${X}"\n  B = "%%{if x}"\n  C = "$$${X} $X {name}"\n }\n labels = {\n  a = "$${X}%%{y}"\n  "b.c/d" = "e=f, g"\n }\n}',
  },
  {
    title: "all that BuildKit is told",
    bake: `target "default" {
 target = "second"
 contexts = {\n  img = "docker-image://alpine:3"\n  folder = "lib"\n  none = ""\n }
 extra-hosts = {\n  h = "1.2.3.4"\n  i = "10.0.0.1"\n }
 shm-size = "64m"\n ulimits = ["nofile=10:20", "nproc=5"]\n network = "none"
 platforms = ["linux/amd64", "linux/arm64", "linux/amd64"]\n no-cache = true\n pull = true\n tags = ["a/b:c"]
}`,
  },
  {
    title: "variables, functions and attributes",
    bake: `variable "V" {\n default = "1"\n}\nvariable "W" {\n default = "2"\n}\nsuffix = "-s"
function "twice" {\n params = [x]\n result = "\${x}\${x}"\n}
target "default" {\n args = {\n  V = V\n  W = twice(W)\n  S = "a\${suffix}"\n  P = BAKE_CMD_CONTEXT\n }\n}`,
    vars: { W: "w" },
  },
  {
    title: "JSON",
    file: "docker-bake.json",
    bake: JSON.stringify({
      variable: { V: { default: "1" } },
      target: { default: { args: { V: "${V}", E: "$${V}" } }, api: { context: "api" } },
      group: { all: { targets: ["default", "api"] } },
    }),
    targets: ["all"],
  },
];

it.each(shapes)("imports what buildx builds: $title", async (shape) => {
  const built = await build(shape);
  const { variants } = await load(shape);
  expect(variants.map(({ name }) => name).sort()).toEqual([...built.keys()].sort());
  for (const variant of variants) {
    const requests = built.get(variant.name) ?? [];
    expect(requests.map(({ platform }) => platform).sort()).toEqual(
      variant.platforms.map(formatPlatform).sort(),
    );
    for (const { args, dockerfile } of requests) {
      expect(args).toEqual(argsOf(variant));
      expect(dockerfile).toBe(readFileSync(join(root, variant.dockerfile), "utf8"));
      const [, copied = ""] = /COPY (\S+)/.exec(dockerfile) ?? [];
      expect(existsSync(join(root, variant.context, copied))).toBe(true);
    }
  }
});

it.each([
  "type=provenance",
  "type=provenance,mode=min",
  "type=provenance,mode=full",
  "type=provenance,disabled=true",
])("asks for the provenance that buildx makes of %s", async (text) => {
  const layout = join(root, "layout");
  rmSync(layout, { recursive: true, force: true });
  const flags = [`--attest=${text}`, `--output=type=oci,dest=${layout},tar=false`];
  await execOk(exec, [engine.buildx, "build", "--progress=quiet", ...flags, "."], {
    cwd: root,
    env: engine.env,
    purpose: "a build with an attestation",
  });
  const blobs = join(layout, "blobs", "sha256");
  const [predicate] = readdirSync(blobs)
    .map((name) => readFileSync(join(blobs, name), "utf8"))
    .filter((blob) => blob.includes('"predicateType"') && blob.includes('"predicate":'));
  // Only mode=max holds the steps.
  const made = predicate === undefined ? "false" : /llbDefinition/.test(predicate) ? "max" : "min";
  const bake = `target "default" {\n attest = ["${text}"]\n}`;
  const { variants } = await load({ title: text, bake });
  expect(variants[0]?.provenance).toBe(made);
});

async function load({ bake, file = "docker-bake.hcl", targets, vars }: Shape) {
  writeFileSync(join(root, file), bake);
  const spec = { bake: file, ...(targets === undefined ? {} : { targets }), vars: vars ?? {} };
  writeFileSync(join(root, "layerkeep.yml"), JSON.stringify({ import: [spec] }));
  return loadConfig({
    file: join(root, "layerkeep.yml"),
    vars: {},
    printBake: (request) => printBake(buildx, request),
  });
}

interface Request {
  readonly platform: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly dockerfile: string;
}

/** Builds on the engine; by target, what BuildKit was asked for each platform. */
async function build({
  bake,
  file = "docker-bake.hcl",
  targets = [],
  vars = {},
}: Shape): Promise<ReadonlyMap<string, readonly Request[]>> {
  writeFileSync(join(root, file), bake);
  const metadata = join(root, "metadata.json");
  const flags = [`--file=${file}`, `--metadata-file=${metadata}`, "--progress=quiet"];
  await execOk(
    exec,
    [engine.buildx, "bake", ...flags, "--set=*.output=type=cacheonly", ...targets],
    {
      cwd: root,
      env: { ...engine.env, ...vars, BUILDX_METADATA_PROVENANCE: "max" },
      purpose: "a bake",
    },
  );
  const written: unknown = JSON.parse(readFileSync(metadata, "utf8"));
  return new Map(
    Object.entries(isRecord(written) ? written : {}).map(([target, said]) => [
      target,
      Object.entries(isRecord(said) ? said : {}).flatMap(([key, value]) =>
        key.startsWith("buildx.build.provenance") ? [requestOf(key, value)] : [],
      ),
    ]),
  );
}

/** Of a provenance predicate (SLSA v0.2), whose key says the platform if there are several. */
function requestOf(key: string, predicate: unknown): Request {
  const args = at(predicate, "invocation", "parameters", "args");
  const infos = at(predicate, "metadata", metadataKey, "source", "infos");
  const [, platform] = key.split(/\/(.*)/);
  const [info] = Array.isArray(infos) ? (infos as readonly unknown[]) : [];
  return {
    platform: platform ?? String(at(predicate, "invocation", "environment", "platform")),
    args: Object.fromEntries(
      Object.entries(isRecord(args) ? args : {})
        .filter(([key]) => !own.test(key))
        // Older ones give hosts in the order of a Go map, which is another each time.
        .map(([key, value]) => [key, key === "add-hosts" ? sorted(String(value)) : value]),
    ),
    dockerfile: Buffer.from(String(at(info, "data")), "base64").toString(),
  };
}

const metadataKey = "https://mobyproject.org/buildkit@v1#metadata";
/** What buildx adds by itself, and what the config decides. */
const own =
  /^(?:frontend\.caps|local-sessionid:.*|no-cache|image-resolve-mode|input-metadata:.*|filename)$/;

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

/** A variant in the words of BuildKit's Dockerfile frontend. */
function argsOf(variant: Variant): Readonly<Record<string, string>> {
  const prefixed = (prefix: string, map: Readonly<Record<string, string>>) =>
    Object.entries(map).map(([key, value]) => [`${prefix}:${key}`, value] as const);
  const contexts = Object.entries(variant.contexts).map(
    ([name, value]) => [name, value.includes("://") ? value : `local:${name}`] as const,
  );
  const hosts = variant.addHosts.map((host) => host.replace(":", "="));
  const megabytes = Number.parseInt(variant.shmSize ?? "0", 10);
  const single = {
    target: variant.target ?? "",
    "force-network-mode": variant.network ?? "",
    "add-hosts": sorted(hosts.join(",")),
    ulimit: variant.ulimits.map(withHard).join(","),
    "shm-size": megabytes === 0 ? "" : String(megabytes * 2 ** 20),
  };
  return Object.fromEntries([
    ...prefixed("build-arg", variant.args),
    ...prefixed("label", variant.labels),
    ...prefixed("context", Object.fromEntries(contexts)),
    ...Object.entries(single).filter(([, value]) => value !== ""),
  ]);
}

/** buildx spells a limit's hard value out. */
function withHard(limit: string): string {
  const [name = "", value = ""] = limit.split("=");
  return value.includes(":") ? limit : `${name}=${value}:${value}`;
}

function sorted(list: string): string {
  return list.split(",").sort().join(",");
}
