import { createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { githubEnv } from "../support/github.ts";
import { at } from "../support/json.ts";
import { listen } from "../support/listen.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const env = engineEnv();
const {
  registries: [registry],
  baseImage,
} = testEngine();
let project: Project;

beforeEach(() => {
  project = createProject((id) =>
    smallProject(`cache: ${registry}/${id}/cache\nvariants:\n  core: {}\n`, {
      Dockerfile: `FROM ${baseImage.reference}\nRUN echo printed by ${id}; sleep 1.2\nRUN echo then this\n`,
    }),
  );
});

afterEach(() => project[Symbol.dispose]());

const build = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  layerkeep(project, ["build", "--write", ...args], { env: { ...env, ...more } });

describe("--progress", () => {
  test("plain shows what steps print, and so does auto without a terminal", async () => {
    const plain = await build(["--progress", "plain"]);
    expect(plain.code).toBe(0);
    expect(plain.stderr).toBe(
      `core/linux/amd64 | checking for a staged build
core/linux/amd64 | [2/3] RUN echo printed by ${project.id}; sleep 1.2
core/linux/amd64 |   printed by ${project.id}
core/linux/amd64 | [3/3] RUN echo then this
core/linux/amd64 |   then this
core/linux/amd64 | exporting to image
core/linux/amd64 | exporting cache to registry
${/core\/linux\/amd64 \| built in .*\n$/.exec(plain.stderr)?.[0] ?? ""}`,
    );
    const again = await build([]);
    expect(again.stderr).toBe(
      "core/linux/amd64 | checking for a staged build\ncore/linux/amd64 | reused (staged with the same inputs)\n",
    );
    expect(again.stdout).toMatch(/\n1 reused in \d+\.\d s; about \d+ s saved\n$/);
  });

  test("quiet shows nothing but the result, also if buildx's variable asks for it", async () => {
    const quiet = await build(["--progress=quiet"]);
    expect(quiet).toMatchObject({ code: 0, stderr: "" });
    expect(quiet.stdout).toMatch(/\n1 built in \d+\.\d s\n$/);
    expect(await build(["--force"], { BUILDKIT_PROGRESS: "quiet" })).toMatchObject({ stderr: "" });
    const own = await build(["--force"], {
      BUILDKIT_PROGRESS: "quiet",
      LAYERKEEP_PROGRESS: "plain",
    });
    expect(own.stderr).toContain("core/linux/amd64 | built in ");
  });

  test("rawjson is one object a line", async () => {
    const { code, stderr } = await build(["--progress", "rawjson"]);
    expect(code).toBe(0);
    const events = stderr.trimEnd().split("\n");
    const types = events.map((line) => at(line, "type"));
    expect(new Set(types)).toEqual(new Set(["leg-started", "step-started", "output", "leg-ended"]));
    expect(at(events.at(-1) ?? "", "outcome")).toBe("built");
    expect(at(events.find((line) => line.includes("output")) ?? "", "line")).toBe(
      `printed by ${project.id}`,
    );
  });

  test("rawjson is JSON alone, also with warnings, notes, a failed leg and an error, in CI too", async () => {
    project.write({
      "layerkeep.yml": `cache: ${registry}/${project.id}/cache
publish: { repository: ${registry}/${project.id}/app, tags: ["type=raw,value=1"] }
variants:
  core: {}
  missing: { dockerfile-inline: "FROM ${baseImage.reference}\\nCOPY none /\\n" }
`,
    });
    const eventsOf = async (...args: readonly string[]): Promise<readonly string[]> => {
      const github = githubEnv(project, { event: "push", ref: "refs/heads/main" });
      const { stderr } = await layerkeep(project, [...args, "--progress", "rawjson"], {
        env: { ...env, ...github },
      });
      const lines = stderr.trimEnd().split("\n");
      return lines.map((line) => `${String(at(line, "type"))} ${String(at(line, "text"))}`);
    };
    const events = await eventsOf("up");
    expect(events.find((line) => line.startsWith("warning "))).toContain("COPY none");
    expect(events).toContain("note missing was not published: missing/linux/amd64 failed");
    expect(await eventsOf("build", "nothing")).toEqual(["error undefined"]);
  });

  test.each([
    [["--progress", "tty"], {}, "error: --progress tty needs a terminal on stderr\n"],
    [["--progress", "fancy"], {}, "error: option '--progress <type>' argument 'fancy' is invalid."],
    [
      ["--progress", "plain", "--quiet"],
      {},
      "error: --progress plain and --quiet cannot be used together\n",
    ],
    [[], { BUILDKIT_PROGRESS: "fancy" }, 'error: invalid BUILDKIT_PROGRESS "fancy"\nhint: '],
  ])("%j with %j is refused", async (args, more, message) => {
    const result = await build(args, more);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(message);
  });
});

describe("in CI, each leg is a group with all that its steps printed", () => {
  test("GitHub Actions", async () => {
    project.write({
      "layerkeep.yml": `cache: ${registry}/${project.id}/cache\nvariants:\n  core: {}\n  other: {}\n`,
    });
    const { code, stderr } = await build(
      [],
      githubEnv(project, { event: "push", ref: "refs/heads/main" }),
    );
    expect(code).toBe(0);
    const groups = stderr.split(/^(?=::group::)/m).slice(1);
    expect(groups.map((group) => group.split(" ", 1)[0]).sort()).toEqual([
      "::group::core/linux/amd64",
      "::group::other/linux/amd64",
    ]);
    for (const group of groups) {
      expect(group).toMatch(
        /^::group::\S+ \| built in .*\n(?:.*\n)*?\[2\/3\] RUN (?:.*\n)*\[3\/3\] RUN (?:.*\n)*::endgroup::\n/,
      );
    }
  });

  test("GitLab CI", async () => {
    const { stderr } = await build([], { GITLAB_CI: "true" });
    expect(stderr).toMatch(
      /^\u001b\[0Ksection_start:\d+:(core_linux_amd64-\d+)\r\u001b\[0Kcore\/linux\/amd64\n(?:.*\n)*\u001b\[0Ksection_end:\d+:\1\r\u001b\[0K\ncore\/linux\/amd64 \| \w+ in /m,
    );
  });
});

describe("only what happened is said", () => {
  const publish = (args: readonly string[]) =>
    layerkeep(project, ["up", "--write", ...args], { env });

  test("an image without a tag is not published, and that is exit code 1 unless allowed", async () => {
    project.write({
      "layerkeep.yml": `cache: ${registry}/${project.id}/cache
publish: { repository: ${registry}/${project.id}/app, tags: ["type=semver,pattern={{version}}"] }
variants:
  core: {}
`,
    });
    const refused = await publish([]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^warning: core was not published: no tag rule produces a tag/m);
    expect(refused.stdout).toMatch(/\n0 images published, 1 without a tag\n$/);
    const allowed = await publish(["--allow-untagged"]);
    expect(allowed.code).toBe(0);
    expect(allowed.stderr).not.toContain("warning");
  });

  test("an image whose tags are right already is unchanged", async () => {
    project.write({
      "layerkeep.yml": `cache: ${registry}/${project.id}/cache
publish: { repository: ${registry}/${project.id}/app, tags: ["type=raw,value=1"] }
variants:
  core: {}
`,
    });
    expect((await publish([])).stdout).toMatch(
      /\n1 image published: \d+ blobs? mounted, \d copied/,
    );
    expect((await publish([])).stdout).toMatch(/\n0 images published, 1 unchanged\n$/);
  });
});

describe("a registry that does not answer", () => {
  let server: Server;
  afterEach(() => void server.close());

  test("is named after ten seconds", async () => {
    server = createServer(() => undefined);
    const host = await listen(server);
    project.write({ "layerkeep.yml": `cache: ${host}/cache\nvariants:\n  core: {}\n` });
    const { stderr } = await layerkeep(project, ["plan", "--write"], {
      env: { ...env, LAYERKEEP_REQUEST_TIMEOUT: "24" },
    });
    expect(stderr).toMatch(new RegExp(`^waiting for ${host} to respond \\(1[01] s\\)$`, "m"));
  });
});
