import { chmodSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { layerkeep, startLayerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { pidsWith } from "../support/processes.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";

const env = engineEnv();
const {
  registries: [registry],
  baseImage,
} = testEngine();

/** Variants as the demo has them, all of one context; `bundle` takes the whole of it, narrowed. */
const config = (id: string, size = "10"): string => `cache: ${registry}/${id}/cache
refresh: { arg: REFRESH, command: cat epoch.txt }
variants:
  site: { dockerfile: site/Dockerfile }
  dictionary: { dockerfile: dictionary/Dockerfile, args: { SIZE: "${size}" } }
  worker: { dockerfile: worker/Dockerfile, platforms: [linux/amd64, linux/arm64] }
  bundle: { dockerfile: bundle.Dockerfile, inputs: ["site/**", "worker/**"] }
`;

const dockerfiles = {
  "site/Dockerfile": `FROM ${baseImage.reference} AS render
COPY site/render.sh /render.sh
COPY site/pages /pages
FROM scratch
COPY --from=render /pages /srv
COPY shared/version.txt /
`,
  "dictionary/Dockerfile": `FROM ${baseImage.reference}
ARG REFRESH
ARG SIZE
RUN echo "$REFRESH $SIZE" > /corpus.txt
COPY dictionary/stopwords.txt dictionary/look.sh /
`,
  "worker/Dockerfile": `FROM scratch AS unused
COPY tools /tools
FROM scratch
COPY worker/jobs/*.sh /jobs/
COPY shared /shared
`,
  "bundle.Dockerfile": "FROM scratch\nCOPY . /all\n",
};

const site = "site/linux/amd64";
const dictionary = "dictionary/linux/amd64";
const worker = ["worker/linux/amd64", "worker/linux/arm64"];
const bundle = "bundle/linux/amd64";

interface Commit {
  readonly title: string;
  readonly change: (project: Project) => void;
  /** What the plan builds. */
  readonly builds: readonly string[];
  /** What `affected` prints for the commit, where that is not the same. */
  readonly affects?: readonly string[];
}

const write = (path: string, text: string) => (project: Project) => project.write({ [path]: text });
const path = (project: Project, name: string): string => join(project.dir, name);

const commits: readonly Commit[] = [
  { title: "a file that nobody takes", change: write("README.md", "new\n"), builds: [] },
  {
    title: "a file in a folder that one variant copies",
    change: write("site/pages/about.txt", "changed\n"),
    builds: [site, bundle],
  },
  {
    title: "a file that one variant copies",
    change: write("site/render.sh", "changed\n"),
    builds: [site, bundle],
  },
  {
    title: "a file that an instruction names among others",
    change: write("dictionary/stopwords.txt", "the\na\nof\n"),
    builds: [dictionary],
  },
  {
    title: "an executable bit",
    change: (project) => chmodSync(path(project, "dictionary/look.sh"), 0o755),
    builds: [dictionary],
  },
  {
    title: "a new file that a wildcard takes",
    change: write("worker/jobs/30-new.sh", "date\n"),
    builds: [...worker, bundle],
  },
  {
    title: "back to what exists already",
    change: (project) => rmSync(path(project, "worker/jobs/30-new.sh")),
    builds: [],
    affects: [...worker, bundle],
  },
  {
    title: "a new file that the wildcard does not take, in a folder that the bundle does",
    change: write("worker/jobs/notes.txt", "notes\n"),
    builds: [bundle],
  },
  {
    title: "a file that two variants share",
    change: write("shared/version.txt", "2\n"),
    builds: [site, ...worker],
  },
  {
    title: "a comment in a Dockerfile",
    change: (project) =>
      write(
        "dictionary/Dockerfile",
        `# A comment\n${dockerfiles["dictionary/Dockerfile"]}`,
      )(project),
    builds: [],
  },
  {
    title: "a step of a Dockerfile",
    change: write("dictionary/Dockerfile", `${dockerfiles["dictionary/Dockerfile"]}RUN true\n`),
    builds: [dictionary],
  },
  {
    title: "a stage that nothing needs",
    change: write(
      "worker/Dockerfile",
      dockerfiles["worker/Dockerfile"].replace("/tools\n", "/other\n"),
    ),
    builds: [bundle],
  },
  {
    title: "a file that only this stage takes",
    change: write("tools/tool.txt", "changed\n"),
    builds: [],
  },
  {
    title: "an argument in the config",
    change: (project) => write("layerkeep.yml", config(project.id, "20"))(project),
    builds: [dictionary],
  },
  {
    title: "a comment in the config",
    change: (project) => write("layerkeep.yml", `# x\n${config(project.id, "20")}`)(project),
    builds: [],
  },
  {
    title: "a rule that leaves out what is not there yet",
    change: write(".dockerignore", ".git\n**/*.draft\n"),
    builds: [],
  },
  {
    title: "a file that the rule leaves out",
    change: write("site/pages/next.draft", "draft\n"),
    builds: [],
  },
  {
    title: "a link in a folder",
    change: (project) => symlinkSync("about.txt", path(project, "site/pages/link.txt")),
    builds: [site, bundle],
  },
  {
    title: "a file by another name",
    change: (project) =>
      renameSync(path(project, "worker/jobs/10-date.sh"), path(project, "worker/jobs/11-date.sh")),
    builds: [...worker, bundle],
  },
  {
    title: "the epoch",
    change: write("epoch.txt", "2026-W47\n"),
    builds: [dictionary],
    // What moves with time counts as standing still there.
    affects: [],
  },
];

let project: Project;
beforeAll(async () => {
  project = createProject((id) => ({
    "layerkeep.yml": config(id),
    ...dockerfiles,
    ".dockerignore": ".git\n",
    "epoch.txt": "2026-W46\n",
    "site/pages/about.txt": "about\n",
    "site/pages/index.txt": "index\n",
    "site/render.sh": "render\n",
    "dictionary/stopwords.txt": "the\n",
    "dictionary/look.sh": "look\n",
    "worker/jobs/10-date.sh": "date\n",
    "worker/jobs/20-log.sh": "log\n",
    "shared/version.txt": "1\n",
    "tools/tool.txt": "tool\n",
  }));
  expect(await toBuild()).toEqual([site, dictionary, ...worker, bundle]);
  await build();
});
afterAll(() => project[Symbol.dispose]());

async function toBuild(): Promise<string[]> {
  const { code, stdout, stderr } = await layerkeep(project, ["plan", "--json", "--quiet"], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const legs = at(stdout, "legs");
  return (Array.isArray(legs) ? legs : [])
    .filter((leg: object) => at(leg, "action") === "build")
    .map((leg: object) => String(at(leg, "id")));
}

async function affectedBy(base: string): Promise<string[]> {
  const { code, stdout } = await layerkeep(project, ["affected", "--base", base, "--quiet"]);
  expect(code).toBe(0);
  return stdout.split("\n").filter((line) => line !== "");
}

async function build(): Promise<void> {
  expect(await layerkeep(project, ["build", "--write", "--quiet"], { env })).toMatchObject({
    code: 0,
  });
}

describe("twenty commits on one context: the plan builds exactly the legs that", () => {
  test.each(commits)("$title touches", async ({ title, change, builds, affects }) => {
    change(project);
    project.commit(title);
    expect(await toBuild()).toEqual(builds);
    expect(await affectedBy("HEAD~1")).toEqual(affects ?? builds);
    if (builds.length > 0) await build();
    expect(await toBuild()).toEqual([]);
  });
});

test("there are twenty of them", () => {
  expect(commits).toHaveLength(20);
});

test("after a build that was killed the next plans still build its legs, whatever came since", async () => {
  const slow = `${dockerfiles["dictionary/Dockerfile"]}RUN echo ${project.id}; sleep 60\n`;
  project.write({ "dictionary/Dockerfile": slow, "site/render.sh": "again\n" });
  project.commit("a step that takes its time");
  const running = startLayerkeep(project, ["build", "--write", "--jobs=1"], { env });
  await running.saysOnStderr(/dictionary\/linux\/amd64 \| .*sleep 60/);
  running.kill("SIGKILL");
  await running.ended;
  // A machine that goes takes what was started along.
  for (const pid of await pidsWith(project.dir)) process.kill(pid, "SIGKILL");
  // The first leg had been staged; what the killed run left is built, though nothing touches it.
  project.write({ "README.md": "another commit\n" });
  project.commit("another");
  expect(await affectedBy("HEAD~1")).toEqual([]);
  expect(await toBuild()).toEqual([dictionary, bundle]);
  project.write({ "dictionary/Dockerfile": slow.replace("sleep 60", "true") });
  project.commit("quick again");
  expect(await toBuild()).toEqual([dictionary, bundle]);
  await build();
  expect(await toBuild()).toEqual([]);
});
