import { formatBytes, formatSeconds, renderTable } from "../../src/report/table.ts";
import { readNewestSteps } from "./build-log.ts";
import { type Claims, sameTexts } from "./claims.ts";
import type { DemoEngine } from "./engine.ts";
import { type LegRun, runUp, type UpResult } from "./layerkeep.ts";
import type { Project } from "./project.ts";
import { checkPublished } from "./published.ts";

/** What the story is told with. */
export interface Stage {
  readonly engine: DemoEngine;
  readonly project: Project;
  /** All of the environment of what is run. */
  readonly env: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  /** A path that is free for use. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

const variants = ["site", "dictionary", "worker"];
const architectures = ["amd64", "arm64"];
const allLegs = legsOf(variants);

/** What changes before the third run, and the step that it should not run again. */
const change = {
  variant: "site",
  file: "pages/index.txt",
  text: "This line is new.\n",
  heavyStep: /^\[(?:\S+ )?primes \d+\/\d+\] RUN /,
};

/** Runs `layerkeep up` three times, looks at what was published, and tells what was found. */
export async function tellStory(stage: Stage, claims: Claims): Promise<void> {
  console.log("\n1. A cold run: nothing is cached, nothing is staged. About half a minute.");
  const cold = await up(stage);
  checkCold(cold, claims);
  await checkHeavyStep(stage, claims, false);

  console.log("\n2. The same again: nothing has changed.");
  const same = await up(stage);
  checkSame(same, cold, claims);

  const file = `${change.variant}/${change.file}`;
  console.log(`\n3. ${file} has changed, and the engine has forgotten all that it built.`);
  await stage.project.change(file, change.text);
  const held = await stage.engine.emptyCache();
  claims.check("the engine's own cache is empty", /^Total:\s+0B$/.test(held), held);
  const warm = await up(stage);
  checkWarm(warm, cold, claims);
  await checkHeavyStep(stage, claims, true);

  console.log("\n4. What was published, read by skopeo.");
  const names = warm.published.map(({ variant }) => variant);
  claims.check("three images were published", sameTexts(names, variants), names.join(", "));
  for (const published of warm.published) {
    stage.signal.throwIfAborted();
    await checkPublished(published, stage.engine.skopeo, stage.scratch, claims);
  }

  console.log(`\n${renderRuns({ cold, same, warm })}`);
}

function up({ project, env, vars, signal }: Stage): Promise<UpResult> {
  console.log("   $ layerkeep up --write");
  return runUp({ cwd: project.dir, env, vars, signal });
}

function checkCold({ legs }: UpResult, claims: Claims): void {
  claims.check("all six legs were built", sameTexts(idsOf(legs, "built"), allLegs), told(legs));
  claims.check(
    "each wrote its cache to the registry",
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
  claims.check(`only ${change.variant}'s two legs were built`, sameTexts(built, own), told(legs));
  for (const { leg, steps } of legs.filter(({ outcome }) => outcome === "built")) {
    claims.check(
      `${leg} was warm from the registry's cache`,
      steps.cached > 0 && steps.cached < steps.all,
      `${steps.cached} of ${steps.all} steps cached`,
    );
  }
  const before = new Map(cold.legs.map(({ leg, digest }) => [leg, digest]));
  const others = legs.filter(({ leg }) => !own.includes(leg));
  claims.check(
    "the other images' legs are those of the first run, byte for byte",
    others.length === allLegs.length - own.length &&
      others.every(({ leg, digest }) => typeof digest === "string" && digest === before.get(leg)),
  );
}

/** The build logs in the cache repository know each step. */
async function checkHeavyStep(stage: Stage, claims: Claims, cached: boolean): Promise<void> {
  const slugs = architectures.map((architecture) => `${change.variant}-${architecture}`);
  const steps = await readNewestSteps(slugs, `${stage.scratch}.log`, stage.env);
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
  const rows = Object.entries(runs).flatMap(([run, { legs }]) =>
    legs.map(({ leg, outcome, steps, seconds, bytes }) => [
      run,
      leg,
      outcome,
      outcome === "reused" ? "" : `${steps.cached} of ${steps.all}`,
      seconds.toFixed(1),
      formatBytes(bytes),
    ]),
  );
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
