import { describe, expect, it } from "vitest";
import { migrateFiles, placed } from "../../../test/support/migrate/fixture.ts";
import type { Migration } from "../migration.ts";

const path = ".github/workflows/docker.yml";

/** A job with these steps, on pushes to main. */
function onMain(steps: string, on = "{push: {branches: [main]}}"): Record<string, string> {
  return { [path]: `on: ${on}\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n${steps}` };
}

function buildStep(inputs: string): string {
  return `      - uses: docker/build-push-action@v6\n        with:\n          push: true\n${inputs}`;
}

/** The config without its head. */
function configOf({ config }: Migration): string {
  return config.slice(config.indexOf("\n\n") + 2);
}

function differencesOf({ differences }: Migration): readonly string[] {
  return differences.map(({ message, runs }) => `${runs.join(", ")}: ${message}`);
}

describe("tags that are written out", () => {
  it("become rules that give them in the same runs", async () => {
    const tags = [
      "ghcr.io/${{ github.repository }}:latest",
      "ghcr.io/${{ github.repository }}:${{ github.sha }}",
      "ghcr.io/${{ github.repository }}:dev-${{ github.ref_name }}",
    ].join(",");
    const migration = await migrateFiles(onMain(buildStep(`          tags: ${tags}\n`)));
    expect(configOf(migration)).toBe(`cache: ghcr.io/example/indexer-cache
publish:
  repository: ghcr.io/example/indexer
  tags:
    - type=raw,value=latest,enable={{is_default_branch}}
    - type=sha,format=long,prefix=,enable={{is_default_branch}}
    - type=ref,event=branch,prefix=dev-
variants:
  core: {}
`);
    expect(migration).toMatchObject({ lost: [], differences: [], problems: [] });
  });

  it("of a number that only a run has are reported", async () => {
    const tags = "ghcr.io/example/app:edge,ghcr.io/example/app:${{ github.run_number }}";
    const { lost, config } = await migrateFiles(onMain(buildStep(`          tags: ${tags}\n`)));
    expect(config).toContain("value=edge");
    expect(lost.map(placed)).toEqual([
      `${path}:9: a tag of ghcr.io/example/app depends on \`github.run_number\``,
    ]);
  });

  it("take the value that the user gives to an expression", async () => {
    const files = onMain(buildStep("          tags: ${{ vars.REGISTRY }}/app:latest\n"));
    const migration = await migrateFiles(files, { "vars.REGISTRY": "quay.io/acme" });
    expect(migration.lost).toEqual([]);
    expect(migration.carried.repositories).toEqual(["quay.io/acme/app"]);
  });
});

it("cache mounts that an action keeps are kept by Layerkeep", async () => {
  const dance = `      - uses: reproducible-containers/buildkit-cache-dance@v3.1.2
        with: {cache-map: '{"var-cache-apt": "/var/cache/apt"}'}
`;
  const build = buildStep("          tags: ghcr.io/example/app:latest\n");
  const migration = await migrateFiles(onMain(dance + build));
  expect(configOf(migration)).toContain("defaults:\n  mounts: true\n");
  expect(migration).toMatchObject({ lost: [], problems: [], differences: [] });
  expect((await migrateFiles(onMain(build))).config).not.toContain("mounts");
});

describe("several workflows", () => {
  const ci = `on: {push: {branches: [main, "release/*"]}, pull_request: {}}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: ghcr.io/example/api
          tags: |
            type=ref,event=branch
            type=raw,value=latest,enable=\${{ github.ref == 'refs/heads/main' }}
      - uses: docker/build-push-action@v6
        with:
          context: api
          push: \${{ github.event_name != 'pull_request' }}
          tags: \${{ steps.meta.outputs.tags }}
`;
  const release = `on: {release: {types: [published]}}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: ./api/
          push: true
          tags: ghcr.io/example/api:\${{ github.event.release.tag_name }}
`;

  it("that build one image are one variant, with the conditions of both", async () => {
    const migration = await migrateFiles({
      ".github/workflows/ci.yml": ci,
      ".github/workflows/release.yml": release,
      "api/Dockerfile": "FROM scratch\n",
    });
    expect(configOf(migration)).toBe(`cache: ghcr.io/example/indexer-cache
publish:
  repository: ghcr.io/example/api
  tags:
    - type=ref,event=branch
    - type=raw,value=latest,enable={{is_default_branch}}
    - type=ref,event=tag
  flavor: [latest=false]
branches:
  release: [release/*]
variants:
  core: {context: api}
`);
    expect(migration).toMatchObject({ lost: [], differences: [], problems: [] });
  });

  it("that cannot have one set of rules are compared, and the difference is told", async () => {
    const stable = release.replace("tag_name }}", "tag_name }},ghcr.io/example/api:stable");
    const migration = await migrateFiles({
      ".github/workflows/ci.yml": ci,
      ".github/workflows/release.yml": stable,
      "api/Dockerfile": "FROM scratch\n",
    });
    expect(differencesOf(migration)).toEqual([
      "a push to release/1.x: ghcr.io/example/api:stable is now published, but was not before",
    ]);
  });
});

describe("matrices", () => {
  const services = `on: {push: {branches: [main]}, schedule: [{cron: "0 4 * * 1"}]}
jobs:
  image:
    runs-on: ubuntu-latest
    strategy: {matrix: {service: [api, web]}}
    steps:
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: ghcr.io/example/\${{ matrix.service }}
      - uses: docker/build-push-action@v6
        with:
          context: services/\${{ matrix.service }}
          push: true
          tags: \${{ steps.meta.outputs.tags }}
`;

  it("of services are published under their names", async () => {
    const migration = await migrateFiles({
      [path]: services,
      "services/api/Dockerfile": "FROM scratch\n",
      "services/web/Dockerfile": "FROM scratch\n",
    });
    expect(configOf(migration)).toBe(`cache: ghcr.io/example/indexer-cache
publish:
  repository: ghcr.io/example/{name}
  tags: [type=schedule, "type=ref,event=branch", "type=ref,event=pr"]
ci:
  schedule: {stale: 0 4 * * 1}
variants:
  api: {context: services/api}
  web: {context: services/web}
`);
    expect(migration).toMatchObject({ lost: [], differences: [] });
  });

  it("from a job's output are reported, with what depends on them", async () => {
    const matrix = "${{ fromJSON(needs.plan.outputs.matrix) }}";
    const files = {
      [path]: services.replace("{matrix: {service: [api, web]}}", `{matrix: "${matrix}"}`),
      ".github/workflows/ok.yml":
        onMain(buildStep("          tags: ghcr.io/example/ok\n"))[path] ?? "",
    };
    const { lost, carried } = await migrateFiles(files);
    expect(carried.variants).toBe(1);
    expect(lost.map(placed)).toEqual([
      `${path}:3: the matrix of image is only known at run time`,
      `${path}:13: the context depends on \`matrix.service\`, which is only known at run time`,
    ]);
  });
});

describe("build arguments", () => {
  it("of the commit are reported, of secrets refused, of inputs variables", async () => {
    const args = [
      "          tags: ghcr.io/example/app:latest",
      "          build-args: |",
      "            COMMIT=${{ github.sha }}",
      "            TOKEN=${{ secrets.TOKEN }}",
      "            FLAVOR=${{ inputs.flavor }}",
      "            PRICE=5$${x}",
      "",
    ].join("\n");
    const on =
      "{push: {branches: [main]}, workflow_dispatch: {inputs: {flavor: {default: plain, description: Which one}}}}";
    const migration = await migrateFiles({
      ...onMain(buildStep(args), on),
      Dockerfile: "FROM scratch\nARG FLAVOR\nARG PRICE\n",
    });
    expect(migration.problems).toEqual([]);
    expect(migration.config).toContain("vars:\n  FLAVOR: plain\n");
    expect(migration.config).toContain(
      "  dispatch:\n    FLAVOR: {description: Which one, default: plain}\n",
    );
    expect(migration.config).toContain('args: {FLAVOR: "${FLAVOR}", PRICE: "5$$$${x}"}');
    expect(migration.lost.map(({ message }) => message).sort()).toEqual([
      "the argument COMMIT depends on `github.sha`",
      "the argument TOKEN depends on `secrets.token`",
    ]);
    expect(migration.lost.map(({ hint = "" }) => hint.slice(0, 44))).toContain(
      "use secrets instead: build arguments are sto",
    );
    expect(differencesOf(migration)).toEqual([
      'a push to main: ghcr.io/example/app:latest: the argument FLAVOR was not set, and is now "plain"',
    ]);
  });

  it.each([
    ["%Y-W%V", "every: week"],
    ["%G-%V", "every: week"],
    ["%Y%m%d", "every: day"],
    ["%F-%H", "every: hour"],
    ["%Y-%m", "command: date -u +%Y-%m"],
  ])("of the date %s are a refresh", async (format, refresh) => {
    const steps = `      - id: date\n        run: echo "now=$(date -u +${format})" >> "$GITHUB_OUTPUT"\n${buildStep(
      "          tags: ghcr.io/example/app:latest\n          build-args: NOW=${{ steps.date.outputs.now }}\n",
    )}`;
    const { config, lost } = await migrateFiles(onMain(steps));
    expect(config).toContain(`refresh:\n  arg: NOW\n  ${refresh}\n`);
    expect(lost).toEqual([]);
  });
});

describe("what is beside the build", () => {
  it("keeps secrets by reference, and logins by the names of their secrets", async () => {
    const login =
      '      - uses: docker/login-action@v3\n        with: {registry: quay.io, username: "${{ secrets.ROBOT }}", password: "${{ secrets.ROBOT_TOKEN }}"}\n';
    const build = buildStep(
      "          tags: quay.io/example/app:latest\n          secrets: |\n            npm=${{ secrets.NPM_TOKEN }}\n",
    );
    const { config, lost } = await migrateFiles(onMain(login + build));
    expect(config).toContain("quay.io: {username: ROBOT, password: ROBOT_TOKEN}");
    expect(config).toContain('secrets: ["id=npm,env=NPM_TOKEN"]');
    expect(lost).toEqual([]);
  });

  it("reports other steps, other jobs, other workflows and other events", async () => {
    const files = onMain(
      `${buildStep("          tags: ghcr.io/example/app:latest\n")}      - run: cosign sign app\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm test\n  others:\n    uses: acme/ci/.github/workflows/images.yml@v1\n`,
      "{push: {branches: [main]}, workflow_run: {workflows: [ci]}}",
    );
    const { lost } = await migrateFiles(files);
    expect(lost.map(({ message }) => message)).toEqual([
      "the event workflow_run is not carried over",
      "the step `cosign sign app` is not part of a build",
      "the job test does not build images with BuildKit",
      "the reusable workflow acme/ci/.github/workflows/images.yml@v1 is in another repository",
    ]);
  });

  it("reports images that pull requests published", async () => {
    const { lost, config } = await migrateFiles(
      onMain(
        buildStep("          tags: ghcr.io/example/app:pr-${{ github.event.number }}\n"),
        "{pull_request: {}}",
      ),
    );
    expect(lost.map(({ message }) => message)).toEqual(["a pull request publishes this image"]);
    expect(config).not.toContain("publish:\n");
  });
});

describe("bad input", () => {
  it.each([
    ["on: push\njobs: [a\n", /docker\.yml/],
    ["name: nothing\n", /\.github\/workflows\/docker\.yml is not a workflow/],
    ["on: push\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n", /found no images to carry over/],
  ])("%j is refused", async (text, message) => {
    await expect(migrateFiles({ [path]: text })).rejects.toThrow(message);
  });

  it("a Dockerfile that does not exist leaves the config with a problem", async () => {
    const build = buildStep(
      "          file: missing\n          tags: ghcr.io/example/app:latest\n",
    );
    const { problems, differences } = await migrateFiles(onMain(build));
    expect(problems.join("\n")).toContain('the Dockerfile "missing" does not exist');
    expect(differences).toEqual([]);
  });
});
