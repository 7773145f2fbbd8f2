import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildArguments } from "../../../src/buildkit/arguments.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { handOver } from "../../../src/pipeline/build/hand-over.ts";
import { baseConfigReader } from "../../../src/pipeline/resolve/read-base-config.ts";
import { pinResolver } from "../../../src/pipeline/resolve/resolve-pin.ts";
import { createContentMemory } from "../../../src/inputs/files/content-memory.ts";
import { createContextHasher } from "../../../src/inputs/files/context-files.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import { createInputCheck } from "../../../src/plan/recheck.ts";
import { decideTrust } from "../../../src/trust/trust.ts";
import type { RegistryClient } from "../../../src/registry/client.ts";
import { configOf, contextOf, noClaims, variantOf } from "../configs.ts";
import type { BakeEngine } from "./bake.ts";
import { type DifferentialCase, writeCase } from "./case.ts";

/**
 * What differs between the image that a leg's build makes and that of a plain build of the same
 * Dockerfile and contexts: lines of `tar` with modes, owners, names, links and digests; nothing if
 * the two are alike. Undefined if the plain build fails or makes an empty image.
 */
export async function differences(
  given: DifferentialCase,
  engine: BakeEngine,
  client: RegistryClient,
): Promise<readonly string[] | undefined> {
  const root = mkdtempSync(join(tmpdir(), "layerkeep-content-"));
  try {
    const folder = join(root, "case");
    mkdirSync(folder);
    writeCase(folder, root.slice(-6), given);
    // The plain build's contexts need names of their own, too.
    const link = join(root, `plain-${root.slice(-6)}`);
    symlinkSync(join(folder, "ctx"), link);
    const plain = contentOf(root, "plain", engine, [
      "build",
      `--file=${join(folder, "Dockerfile")}`,
      `--build-context=other=${join(folder, "other")}`,
      ...Object.entries(given.args ?? {}).map(([name, value]) => `--build-arg=${name}=${value}`),
      "--output=",
      link,
    ]);
    // Of an image that holds nothing there is nothing to compare.
    if (plain === undefined || plain.length === 0) return undefined;
    const ours = await contentOfLeg(root, folder, given, engine, client);
    return changedLines(plain, ours ?? []);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function contentOfLeg(
  root: string,
  folder: string,
  given: DifferentialCase,
  engine: BakeEngine,
  client: RegistryClient,
): Promise<readonly string[] | undefined> {
  const variant = variantOf("app", {
    context: "ctx",
    args: given.args ?? {},
    contexts: { other: "other" },
  });
  const config = configOf({ root: folder, variants: [variant] });
  const context = contextOf({ provider: "git", event: "local" });
  const machine = parsePlatform("linux/amd64");
  const options = {
    ...{ now: new Date(), version: "0", epoch: undefined, cacheRepository: "localhost/cache" },
    ...{ force: false, cold: false, builder: undefined, machine },
    trust: decideTrust(context, { claims: noClaims, outside: {}, write: true }),
  };
  const plan = await makePlan(config, context, options, {
    resolvePin: pinResolver({ client, root: folder }),
    readBase: baseConfigReader(client, folder, undefined),
    hasher: createContextHasher(),
    findStaged: () =>
      Promise.resolve({ whole: new Set(), unusable: new Map(), outdated: new Map(), warnings: [] }),
  });
  const [leg] = plan.legs;
  if (leg === undefined) throw new Error("a plan of one leg");
  const check = createInputCheck(plan, { root: folder, memory: createContentMemory() });
  const env = engine.env;
  await using handed = await handOver(plan, leg, await check.read(leg), { root: folder, env });
  const request = buildArguments({
    ...handed,
    ...{ platform: leg.platform, root: folder, builder: undefined, noCache: false },
    ...{ cacheFrom: [], cacheTo: [], output: { type: "cacheonly" } },
    metadataFile: join(root, "metadata.json"),
  });
  return contentOf(root, "ours", engine, request);
}

/** Builds into an archive, and lists what is in it. Undefined if the build fails. */
function contentOf(
  root: string,
  name: string,
  { buildx, env }: BakeEngine,
  argv: readonly string[],
): readonly string[] | undefined {
  const archive = join(root, `${name}.tar`);
  const output = `--output=type=tar,dest=${archive}`;
  const args = argv.map((arg) => (arg.startsWith("--output=") ? output : arg));
  try {
    execFileSync(buildx, args, { env, stdio: "pipe", maxBuffer: 1 << 28 });
  } catch {
    return undefined;
  }
  return listArchive(archive);
}

/** Times aside: those of folders that a step makes are of the moment. */
function listArchive(archive: string): readonly string[] {
  const tar = (...args: string[]): readonly string[] =>
    execFileSync("tar", [...args, archive], { encoding: "utf8", maxBuffer: 1 << 28 }).split("\n");
  const listing = tar("--quoting-style=escape", "--numeric-owner", "-tvf").map((line) =>
    line.replace(/ \d{4}-\d\d-\d\d \d\d:\d\d /, " "),
  );
  const sum = `printf '%s %s\\n' "$(sha256sum | cut -c1-16)" "$TAR_FILENAME"`;
  return [...listing, ...tar(`--to-command=${sum}`, "-xf")].filter((line) => line !== "").sort();
}

function changedLines(plain: readonly string[], ours: readonly string[]): readonly string[] {
  const [before, now] = [new Set(plain), new Set(ours)];
  return [
    ...plain.filter((line) => !now.has(line)).map((line) => `plain alone: ${line}`),
    ...ours.filter((line) => !before.has(line)).map((line) => `the leg alone: ${line}`),
  ];
}
