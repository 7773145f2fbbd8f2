import { afterEach, beforeEach, expect, test } from "vitest";
import { testEngine } from "../support/engine.ts";
import {
  createGithubProject,
  type GithubProject,
  stateOf,
} from "../support/workflows/github-project.ts";
import { jobOf, resultsOf, type RunRecord } from "../support/workflows/record.ts";

const {
  registries: [registry, second],
  baseImage,
} = testEngine();
const variants = ["base", "middle", "app", "other"];
const onMain = { name: "push", branch: "main" } as const;

let project: GithubProject;

beforeEach(async () => {
  project = await createGithubProject((id) => ({
    "layerkeep.yml": `vars: { EXTRA: "no" }
cache: { repository: ${registry}/${id}/cache, retention: { unused: 30d } }
publish:
  repository: "${second}/${id}/{name}"
  tags: ["type=ref,event=branch", "type=semver,pattern={{version}}"]
refresh: { arg: REFRESH, every: week }
ci: { dispatch: { EXTRA: { description: Build more, default: "no" } } }
variants:
  base: { dockerfile: base.Dockerfile }
  middle: { dockerfile: middle.Dockerfile, contexts: { base: "variant:base" } }
  app: { dockerfile: app.Dockerfile, contexts: { middle: "variant:middle" }, args: { EXTRA: "\${EXTRA}" } }
  other: { dockerfile: other.Dockerfile, secrets: ["id=key,env=OTHER_KEY"] }
`,
    "base.Dockerfile": `FROM ${baseImage.reference}\nRUN echo ${id} > /base\n`,
    "middle.Dockerfile": "FROM base\nARG REFRESH\nRUN cat /base > /middle\n",
    "app.Dockerfile": "FROM middle\nARG EXTRA\nRUN echo $EXTRA > /app\n",
    // Whether it builds depends on what is no input of the leg.
    "other.Dockerfile": `FROM ${baseImage.reference}
RUN --mount=type=secret,id=key echo ${id}; ! grep -q wrong /run/secrets/key
`,
    ".dockerignore": "*\n",
  }));
});

afterEach(() => project[Symbol.dispose]());

const right = { secrets: { OTHER_KEY: "right" } };

function everything() {
  const published = variants.map((name) => `${second}/${project.id}/${name}`);
  return stateOf([`${registry}/${project.id}/cache`, ...published]);
}

function outcomes(run: RunRecord): unknown {
  const failed = run.jobs.filter(({ result }) => result === "failure");
  const log = failed.map(({ name, log: text }) => `${name}:\n${text}`).join("\n");
  return { result: run.result, jobs: resultsOf(run), log };
}

/** The names of the jobs that ran, sorted: what builds first depends on earlier durations. */
function ran(run: RunRecord): readonly string[] {
  const jobs = run.jobs.filter(({ result }) => result !== "skipped");
  return jobs.map(({ name }) => name).sort();
}

/** The first push: all legs are built, all images published. */
async function push(): Promise<RunRecord> {
  const run = await project.run("images", onMain, right);
  expect(outcomes(run)).toEqual({
    result: "success",
    jobs: {
      plan: "success",
      [legJob("base")]: "success",
      [legJob("other")]: "success",
      [legJob("middle")]: "success",
      [legJob("app")]: "success",
      publish: "success",
      prune: "skipped",
      images: "success",
    },
    log: "",
  });
  return run;
}

function legJob(variant: string): string {
  return `build ${variant}/linux/amd64`;
}

function ofLeg(name: string): unknown {
  return {
    [`cache-${name}-amd64`]: expect.any(String) as unknown,
    [`leg-${name}-amd64`]: expect.any(String) as unknown,
    [`log-${name}-amd64`]: expect.any(String) as unknown,
  };
}

test("each event writes what it may, and nothing else", async () => {
  const pushed = await push();
  expect(Object.keys(pushed.artifacts)).toEqual(["layerkeep-plan"]);
  expect(jobOf(pushed, "plan").summary).toContain("### Plan");
  expect(jobOf(pushed, legJob("app")).summary).toContain("app/linux/amd64 | built");
  const first = await everything();
  const [cache = {}, ...images] = Object.values(first);
  for (const name of variants) expect(cache).toMatchObject(ofLeg(name) as object);
  expect(Object.keys(cache)).toHaveLength(4 * variants.length);
  expect(images.map((tags) => Object.keys(tags))).toEqual(variants.map(() => ["main"]));

  // Nothing has changed.
  const again = await project.run("images", onMain, right);
  expect(ran(again)).toEqual(["images", "plan", "publish"]);
  expect(again.result).toBe("success");
  expect(await everything()).toEqual(first);

  // Pull requests check the whole chain below what they change.
  project.topic("topic", {
    "middle.Dockerfile": "FROM base\nARG REFRESH\nRUN echo new > /middle\n",
  });
  const own = await project.run("images-pull-request", {
    ...{ name: "pull_request", number: 5, base: "main" },
    head: { branch: "topic" },
  });
  expect(outcomes(own)).toMatchObject({ result: "success" });
  expect(ran(own)).toEqual([legJob("app"), legJob("middle"), "images", "plan"]);
  project.topic(
    "topic",
    { "base.Dockerfile": `FROM ${baseImage.reference}\nRUN echo fork > /base\n` },
    "fork",
  );
  const foreign = await project.run("images-pull-request", {
    ...{ name: "pull_request", number: 6, base: "main" },
    head: { branch: "topic", fork: project.fork },
  });
  expect(outcomes(foreign)).toMatchObject({ result: "success", log: "" });
  expect(ran(foreign)).toEqual([
    ...[legJob("app"), legJob("base"), legJob("middle"), "images", "plan"],
  ]);
  const queued = await project.run("images-pull-request", {
    ...{ name: "merge_group", base: "main", headCommit: project.git("rev-parse", "topic") },
  });
  expect(outcomes(queued)).toMatchObject({ result: "success" });
  expect(ran(queued)).toEqual([legJob("app"), legJob("middle"), "images", "plan"]);
  expect(await everything()).toEqual(first);
  for (const { permissions } of [own, foreign, queued].flatMap(({ jobs }) => jobs)) {
    expect(Object.values(permissions)).not.toContain("write");
  }

  // A tag publishes what is staged.
  project.git("tag", "v1.2.3");
  const tagged = await project.run("images", { name: "push", tag: "v1.2.3" }, right);
  expect(outcomes(tagged)).toMatchObject({ result: "success" });
  expect(ran(tagged)).toEqual(["images", "plan", "publish"]);
  const released = await everything();
  expect(Object.values(released)[0]).toEqual(cache);
  for (const [index, tags] of Object.values(released).slice(1).entries()) {
    const main = images[index]?.["main"];
    expect(tags).toEqual({ main, latest: tags["1.2.3"], "1.2.3": expect.any(String) });
  }

  // Schedules.
  const stale = await project.run("images", { name: "schedule", cron: "41 4 * * *" }, right);
  expect({ ran: ran(stale), ...(outcomes(stale) as object) }).toMatchObject({
    ran: ["images", "plan"],
    result: "success",
  });
  const refresh = await project.run("images", { name: "schedule", cron: "17 3 * * 1" }, right);
  expect(ran(refresh)).toEqual(["images", "plan", "publish"]);
  const prune = await project.run("images", { name: "schedule", cron: "29 5 * * 0" }, right);
  expect({ ran: ran(prune), ...(outcomes(prune) as object) }).toMatchObject({
    ran: ["images", "prune"],
    result: "success",
  });
  expect(await everything()).toEqual(released);

  // A run by hand, with an input that is an argument of one variant.
  const inputs = { EXTRA: "yes" };
  const dispatched = await project.run(
    "images",
    { name: "workflow_dispatch", branch: "main", inputs },
    right,
  );
  expect(outcomes(dispatched)).toMatchObject({ result: "success" });
  expect(ran(dispatched)).toEqual([legJob("app"), "images", "plan", "publish"]);
});

test("a failed leg holds back its own image alone, and a re-run builds it alone", async () => {
  const wrong = { secrets: { OTHER_KEY: "wrong" } };
  const failed = await project.run("images", onMain, wrong);
  expect(outcomes(failed)).toMatchObject({
    result: "failure",
    jobs: {
      [legJob("other")]: "failure",
      [legJob("app")]: "success",
      publish: "failure",
      images: "failure",
    },
  });
  expect(jobOf(failed, "images").annotations.map(({ message }) => message)).toEqual([
    expect.stringContaining("build-1-1"),
    expect.stringContaining("publish"),
  ]);
  const tagsBefore = Object.values(await everything()).map((tags) => Object.keys(tags));
  expect(tagsBefore.slice(1)).toEqual([["main"], ["main"], ["main"], []]);

  const repaired = await project.rerun("images", failed, right);
  expect(outcomes(repaired)).toMatchObject({ result: "success" });
  const rerun = repaired.jobs.filter(({ attempt }) => attempt === 2);
  // Those that need a failed one run again, too: they find their legs staged.
  expect(rerun.map(({ name }) => name)).toEqual([
    ...["other", "middle", "app"].map(legJob),
    ...["publish", "images"],
  ]);
  const built = rerun.filter(({ summary }) => summary.includes("| built |"));
  expect(built.map(({ name }) => name)).toEqual([legJob("other")]);
  const tagsAfter = Object.values(await everything()).map((tags) => Object.keys(tags));
  expect(tagsAfter.slice(1)).toEqual(variants.map(() => ["main"]));
});
