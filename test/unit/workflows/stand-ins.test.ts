import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { at } from "../../support/json.ts";
import { jobOf } from "../../support/workflows/record.ts";
import { createWorkflowProject } from "../../support/workflows/workflow-project.ts";

const checkout = "uses: actions/checkout@v7";
const job = (...steps: string[]): string => `
on: { push: {}, pull_request_target: {}, workflow_dispatch: {} }
jobs:
  a:
    runs-on: x
    steps:
${steps.map((step) => `      - ${step}`).join("\n")}
`;

describe("actions/checkout", () => {
  test("takes one commit, on its branch", async () => {
    using project = createWorkflowProject(
      job(
        `{ id: c, ${checkout} }`,
        `{ run: "git branch --show-current; git rev-list --count HEAD; git config remote.origin.url; git fetch -q origin && echo reached" }`,
        `{ run: "echo \${{ steps.c.outputs.ref }} \${{ steps.c.outputs.commit == github.sha }}" }`,
      ),
    );
    project.commit("second");
    const { log } = jobOf(await project.run(), "a");
    expect(log).toContain("\nmain\n1\nhttps://github.com/acme/app\nreached\n");
    expect(log).toContain("\nrefs/heads/main true");
  });

  test("takes all history and tags with fetch-depth: 0, and a tag detached", async () => {
    using project = createWorkflowProject(
      job(
        `{ ${checkout}, with: { fetch-depth: 0 } }`,
        `{ run: "echo [$(git branch --show-current)]; git rev-list --count HEAD; git tag; git branch -r | xargs" }`,
      ),
    );
    project.git("branch", "topic");
    project.commit("second");
    project.git("tag", "v1");
    const { log } = jobOf(await project.run({ name: "push", tag: "v1" }), "a");
    expect(log).toContain("\n[]\n2\nv1\norigin/main origin/topic");
  });

  test("leaves no credentials behind that it was not to keep", async () => {
    const fetch = `git fetch -q origin 2>/dev/null && echo reached || echo refused`;
    using project = createWorkflowProject(
      job(
        `{ ${checkout}, with: { persist-credentials: false } }`,
        `{ env: { GIT_TERMINAL_PROMPT: "0", https_proxy: "http://127.0.0.1:9" }, run: "${fetch}; ls $RUNNER_TEMP | grep -c credentials || true" }`,
      ),
    );
    expect(jobOf(await project.run(), "a").log).toContain("\nrefused\n0");
  });

  test("deletes its credentials at the end of the job", async () => {
    using project = createWorkflowProject(
      job(`{ ${checkout} }`, `{ run: "ls $RUNNER_TEMP | grep -c credentials" }`),
    );
    expect(jobOf(await project.run(), "a").log).toContain("\n1");
    const left = readdirSync(project.options.folder, { recursive: true, encoding: "utf8" });
    expect(left.some((path) => path.endsWith("workspace/.git/config"))).toBe(true);
    expect(left.filter((path) => path.includes("credentials"))).toEqual([]);
  });

  test("refuses a fork's code in pull_request_target", async () => {
    const ref = `with: { ref: "\${{ github.event.pull_request.head.sha }}"`;
    using project = createWorkflowProject(
      job(`{ continue-on-error: true, ${checkout}, ${ref} } }`, `{ run: "ls" }`),
    );
    using fork = createWorkflowProject("on: push", { "evil.txt": "1" });
    fork.git("fetch", "-q", project.dir, "main");
    fork.git("switch", "-qc", "topic", "FETCH_HEAD");
    fork.write({ "evil.txt": "1" });
    fork.commit("evil");
    const head = { branch: "topic", fork: { name: "x/app", folder: fork.dir } };
    const event = { name: "pull_request_target", number: 5, base: "main", head } as const;
    const { annotations, log } = jobOf(await project.run(event), "a");
    expect(annotations[0]?.message).toContain("Refusing to check out fork pull request code");
    expect(log).not.toContain("evil.txt");

    const unsafe = {
      ref: "${{ github.event.pull_request.head.sha }}",
      "allow-unsafe-pr-checkout": true,
    };
    project.write({
      ".github/workflows/images.yml": job(
        `{ ${checkout}, with: ${JSON.stringify(unsafe)} }`,
        `{ run: "ls" }`,
      ),
    });
    project.commit("allow it");
    expect(jobOf(await project.run(event), "a").log).toContain("evil.txt");
  });
});

describe("artifacts", () => {
  const upload = "uses: actions/upload-artifact@v7";
  const download = "uses: actions/download-artifact@v8";

  test("travel between jobs, below what their paths have in common", async () => {
    using project = createWorkflowProject(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - { run: "mkdir -p out/deep; echo 1 > out/a.txt; echo 2 > out/deep/b.txt; echo 3 > out/.hidden; echo 4 > $RUNNER_TEMP/plan.json" }
      - { ${upload}, with: { name: out, path: "out/**\\n!out/a.txt" } }
      - { ${upload}, with: { name: plan, path: "\${{ runner.temp }}/plan.json" } }
  b:
    needs: a
    runs-on: x
    steps:
      - { ${download}, with: { name: plan, path: one } }
      - { ${download}, with: { path: all } }
      - { run: "find . -type f | sort; cat one/plan.json" }
`);
    const run = await project.run();
    expect(Object.keys(run.artifacts)).toEqual(["out", "plan"]);
    expect(jobOf(run, "b").log).toContain(
      "\n./all/out/deep/b.txt\n./all/plan/plan.json\n./one/plan.json\n4",
    );
    expect(readFileSync(join(run.artifacts["plan"] ?? "", "plan.json"), "utf8")).toBe("4\n");
  });

  test.each([
    [`{ ${upload}, with: { path: none } }`, "success", "warning", "No files were found"],
    [
      `{ ${upload}, with: { path: none, if-no-files-found: error } }`,
      "failure",
      "error",
      "No files were found",
    ],
    [
      `{ ${download}, with: { name: plan } }`,
      "failure",
      "error",
      "Artifact not found for name: plan",
    ],
  ])("%s", async (step, result, level, message) => {
    using project = createWorkflowProject(job(step));
    const a = jobOf(await project.run(), "a");
    expect(a.result).toBe(result);
    expect(a.annotations).toMatchObject([{ level }]);
    expect(a.annotations[0]?.message).toContain(message);
  });

  test("cannot be uploaded twice under one name, unless they are overwritten", async () => {
    const one = (more: string): string => `{ ${upload}, with: { path: a.txt${more} } }`;
    using project = createWorkflowProject(
      job(`{ run: "echo 1 > a.txt" }`, one(""), one(", overwrite: true"), one("")),
    );
    const { steps, annotations } = jobOf(await project.run(), "a");
    const outcomes = steps.map(({ outcome }) => outcome);
    expect(outcomes).toEqual(["success", "success", "success", "failure"]);
    expect(annotations[0]?.message).toContain("Conflict");
  });
});

describe("docker/login-action", () => {
  test("writes Docker's config, hides the password, and logs out at the end", async () => {
    using project = createWorkflowProject(
      job(
        `{ uses: docker/login-action@v4, with: { registry: ghcr.io, username: me, password: "\${{ secrets.GITHUB_TOKEN }}" } }`,
        `{ uses: docker/login-action@v4, with: { username: me, password: dckr } }`,
        `{ run: "cp ~/.docker/config.json copy.json; echo dckr" }`,
        `{ uses: actions/upload-artifact@v7, with: { path: copy.json } }`,
      ),
    );
    const run = await project.run();
    const copy = readFileSync(join(run.artifacts["artifact"] ?? "", "copy.json"), "utf8");
    expect(at(copy, "auths", "https://index.docker.io/v1/", "auth")).toBe(btoa("me:dckr"));
    expect(at(copy, "auths", "ghcr.io", "auth")).toMatch(/^[\w=]+$/);
    expect(jobOf(run, "a").log).toContain("\n***");
    expect(jobOf(run, "a").steps.map(({ name }) => name)).toContain("Post docker/login-action@v4");
  });

  test("fails without a password, as in a fork's pull request", async () => {
    using project = createWorkflowProject(
      job(
        `{ uses: docker/login-action@v4, with: { username: me, password: "\${{ secrets.NONE }}" } }`,
      ),
    );
    expect(jobOf(await project.run(), "a").annotations[0]?.message).toBe(
      "Username and password required",
    );
  });
});

describe("actions/cache", () => {
  const cache = (name: string, key: string): string =>
    `{ id: c, uses: actions/cache${name}@v5, with: { path: "~/.ccache", key: "${key}", restore-keys: "cc-" } }`;
  const show = `{ run: "echo [\${{ steps.c.outputs.cache-hit }}] $(cat ~/.ccache/a)" }`;
  const fill = `{ run: "mkdir -p ~/.ccache; echo \${{ github.ref_name }} > ~/.ccache/a" }`;
  const workflow = job(
    cache("", "cc-\${{ github.event.inputs.key || github.ref_name }}"),
    show,
    fill,
  ).replace("workflow_dispatch: {}", "workflow_dispatch: { inputs: { key: {} } }");

  test("saves after a miss, and restores by key or prefix from its own or the default branch", async () => {
    using project = createWorkflowProject(workflow);
    const caches = join(project.outside, "caches");
    const logOf = async (branch: string, key: string): Promise<string> => {
      const event = { name: "workflow_dispatch", branch, inputs: { key } } as const;
      return jobOf(await project.run(event, { caches }), "a").log;
    };
    project.git("branch", "topic");
    project.git("branch", "sibling");
    expect(await logOf("main", "main")).toContain("\n[]\n");
    expect(await logOf("main", "main")).toContain("\n[true] main");
    expect(await logOf("topic", "topic")).toContain("\n[false] main");
    expect(await logOf("topic", "topic")).toContain("\n[true] topic");
    expect(await logOf("sibling", "topic")).toContain("\n[false] main");
  });

  test("is not written with cache-mode: read", async () => {
    using project = createWorkflowProject(`cache-mode: read\n${workflow}`);
    const caches = join(project.outside, "caches");
    const first = jobOf(await project.run(undefined, { caches }), "a");
    expect(first.annotations).toEqual([
      { level: "warning", message: "Failed to save: the cache may not be written" },
    ]);
    expect(jobOf(await project.run(undefined, { caches }), "a").log).toContain("\n[]\n");
  });
});
