import { formatBytes, formatSeconds, renderTable } from "../../src/report/table.ts";
import { readNewestSteps } from "./build-log.ts";
import { type Claims, sameTexts } from "./claims.ts";
import type { DemoEngine } from "./engine.ts";
import { pullRequestFromFork } from "./fork.ts";
import { type LegRun, removeLeg, runUp, type UpResult } from "./layerkeep.ts";
import type { Project } from "./project.ts";
import { checkBuiltOn, checkPublished } from "./published.ts";
import { readAllTags, type Registries } from "./registries.ts";

/** What the story is told with. */
export interface Stage {
  readonly engine: DemoEngine;
  readonly project: Project;
  /** All of the environment of what is run. */
  readonly env: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  readonly registries: Registries;
  /** A path that is free for use. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

const variants = ["base", "site", "dictionary", "worker"];
/** What is built on the base. */
const children = ["site", "dictionary"];
const architectures = ["amd64", "arm64"];
const allLegs = legsOf(variants);
const familyLegs = legsOf(["base", ...children]);

/** What changes before the third run, and the step that it should not run again. */
const change = {
  variant: "site",
  file: "site/pages/index.txt",
  text: "This line is new.\n",
  heavyStep: /^\[(?:\S+ )?primes \d+\/\d+\] RUN /,
};

const baseFile = "base/notice.txt";
const removedLeg = "base/linux/amd64";

/** Runs `layerkeep up` six times, looks at what was published, and tells what was found. */
export async function tellStory(stage: Stage, claims: Claims): Promise<void> {
  console.log("\n1. A cold run: nothing is cached or staged yet. This takes about half a minute.");
  const cold = await up(stage);
  checkCold(cold, claims);
  await checkHeavyStep(stage, claims, false);

  console.log("\n2. The same again: nothing has changed.");
  const same = await up(stage);
  checkSame(same, cold, claims);

  console.log(`\n3. ${change.file} has changed, and the engine's own cache was deleted.`);
  await stage.project.change(change.file, change.text);
  const held = await stage.engine.emptyCache();
  claims.check("the engine's own cache is empty", /^Total:\s+0B$/.test(held), held);
  const warm = await up(stage);
  checkWarm(warm, cold, claims);
  await checkHeavyStep(stage, claims, true);

  console.log(`\n4. ${baseFile} has changed: ${children.join(" and ")} are built on that image.`);
  await stage.project.change(baseFile, "It has a second line.\n");
  const rebased = await up(stage);
  checkBuilt(
    rebased,
    warm,
    { claim: "only the base and the images built on it were built", legs: familyLegs },
    claims,
  );

  console.log(`\n5. ${removedLeg} was deleted from the cache repository.`);
  await removeLeg(removedLeg, { ...stage, cwd: stage.project.dir });
  const removed = await up(stage);
  checkBuilt(
    removed,
    rebased,
    { claim: "only that leg was built, not the images built on it", legs: [removedLeg] },
    claims,
  );

  console.log(`\n6. ${baseFile} has changed in a pull request from a fork.`);
  const before = await readAllTags(stage.registries);
  const fork = await upInFork(stage);
  checkFork(fork, claims);
  claims.check(
    "no tag was written, changed or deleted in any registry",
    before.length > 0 && sameTexts(await readAllTags(stage.registries), before),
    `${before.length} tags`,
  );

  console.log("\n7. What was published, read by skopeo.");
  const names = removed.published.map(({ variant }) => variant);
  claims.check("four images were published", sameTexts(names, variants), names.join(", "));
  for (const published of removed.published) {
    stage.signal.throwIfAborted();
    await checkPublished(published, stage.engine.skopeo, stage.scratch, claims);
  }
  for (const child of children) {
    await checkBuiltOn(child, "base", removed.published, stage.engine.skopeo, claims);
  }

  console.log(`\n${renderRuns({ cold, same, warm, rebased, removed, fork })}`);
}

function up(stage: Stage): Promise<UpResult> {
  console.log("   $ layerkeep up --write");
  return runUp({ ...stage, cwd: stage.project.dir, flags: ["--write"] });
}

/** Changes the base in a job of a pull request. */
async function upInFork(stage: Stage): Promise<UpResult> {
  const { project, env, scratch } = stage;
  const commit = await project.change(baseFile, "It has a third line.\n");
  const github = await pullRequestFromFork(`${scratch}.event.json`, commit);
  console.log("   $ layerkeep up");
  return runUp({ ...stage, cwd: project.dir, env: { ...env, ...github }, flags: [] });
}

function checkCold({ legs }: UpResult, claims: Claims): void {
  claims.check("all eight legs were built", sameTexts(idsOf(legs, "built"), allLegs), told(legs));
  claims.check(
    "each leg wrote its cache to the registry",
    legs.every(({ cache }) => cache === "yes"),
    legs.map(({ cache }) => cache ?? "no").join(", "),
  );
}

function checkSame({ legs, published }: UpResult, cold: UpResult, claims: Claims): void {
  claims.check("nothing was built", sameTexts(idsOf(legs, "reused"), allLegs), told(legs));
  const moved = published.flatMap(({ targets }) =>
    targets.flatMap(({ tags }) => tags.filter((tag) => tag.moved)),
  );
  claims.check(
    "the images are the same, and no tag moved",
    moved.length === 0 && sameTexts(imageDigests(published), imageDigests(cold.published)),
    `${moved.length} moved`,
  );
}

function checkWarm({ legs }: UpResult, cold: UpResult, claims: Claims): void {
  const own = legsOf([change.variant]);
  const built = idsOf(legs, "built");
  claims.check(
    `only ${change.variant}'s two legs were built, not its base`,
    sameTexts(built, own),
    told(legs),
  );
  for (const { leg, steps } of legs.filter(({ outcome }) => outcome === "built")) {
    claims.check(
      `${leg} reused steps from the registry's cache`,
      steps.cached > 0 && steps.cached < steps.all,
      `${steps.cached} of ${steps.all} steps cached`,
    );
  }
  checkOthers(legs, cold, own, claims);
}

/** Exactly these legs were built, and the others are those of the run before. */
function checkBuilt(
  { legs }: UpResult,
  before: UpResult,
  wanted: { readonly claim: string; readonly legs: readonly string[] },
  claims: Claims,
): void {
  claims.check(wanted.claim, sameTexts(idsOf(legs, "built"), wanted.legs), told(legs));
  checkOthers(legs, before, wanted.legs, claims);
}

function checkOthers(
  legs: readonly LegRun[],
  before: UpResult,
  built: readonly string[],
  claims: Claims,
): void {
  const known = new Map(before.legs.map(({ leg, digest }) => [leg, digest]));
  const others = legs.filter(({ leg }) => !built.includes(leg));
  claims.check(
    "the other legs are byte-for-byte the same as in an earlier run",
    others.length === allLegs.length - built.length &&
      others.every(({ leg, digest }) => typeof digest === "string" && digest === known.get(leg)),
    `${others.length} legs`,
  );
}

function checkFork({ legs, published }: UpResult, claims: Claims): void {
  claims.check(
    "the base and the images built on it were built, but not kept",
    sameTexts(idsOf(legs, "checked"), familyLegs) &&
      sameTexts(idsOf(legs, "reused"), legsOf(["worker"])),
    told(legs),
  );
  claims.check("nothing was published", published.length === 0, `${published.length} images`);
}

/** The build logs in the cache repository know each step. */
async function checkHeavyStep(stage: Stage, claims: Claims, cached: boolean): Promise<void> {
  const slugs = architectures.map((architecture) => `${change.variant}-${architecture}`);
  const steps = await readNewestSteps(slugs, stage.registries);
  for (const slug of slugs) {
    const heavy = steps.get(slug)?.find(({ name }) => change.heavyStep.test(name));
    claims.check(
      `the build log of ${slug}: the heavy step ${cached ? "came from the cache" : "ran"}`,
      heavy?.cached === cached,
      heavy === undefined ? "not in the log" : cached ? "" : formatSeconds(heavy.ms / 1000),
    );
  }
}

function renderRuns(runs: Readonly<Record<string, UpResult>>): string {
  const columns = [
    { head: "RUN" },
    { head: "LEG" },
    { head: "RESULT" },
    { head: "STEPS CACHED", right: true },
    { head: "SECONDS", right: true },
    { head: "BYTES", right: true },
  ];
  const rows = Object.entries(runs).flatMap(([run, { legs }]) => {
    const reused = idsOf(legs, "reused").length;
    const others = legs.filter(({ outcome }) => outcome !== "reused");
    return [
      ...others.map(({ leg, outcome, steps, seconds, bytes }) => [
        run,
        leg,
        outcome,
        `${steps.cached} of ${steps.all}`,
        seconds.toFixed(1),
        outcome === "built" ? formatBytes(bytes) : "",
      ]),
      ...(reused === 0 ? [] : [[run, `${reused} legs`, "reused", "", "", ""]]),
    ];
  });
  return renderTable(columns, rows);
}

function legsOf(names: readonly string[]): string[] {
  return names.flatMap((name) =>
    architectures.map((architecture) => `${name}/linux/${architecture}`),
  );
}

function idsOf(legs: readonly LegRun[], outcome: LegRun["outcome"]): string[] {
  return legs.filter((leg) => leg.outcome === outcome).map(({ leg }) => leg);
}

function imageDigests(published: UpResult["published"]): string[] {
  return published.flatMap(({ variant, targets }) =>
    targets.map(({ digest }) => `${variant} ${digest}`),
  );
}

/** `2 built, 4 reused`. */
function told(legs: readonly LegRun[]): string {
  const outcomes = [...new Set(legs.map(({ outcome }) => outcome))];
  return outcomes.map((outcome) => `${idsOf(legs, outcome).length} ${outcome}`).join(", ");
}
