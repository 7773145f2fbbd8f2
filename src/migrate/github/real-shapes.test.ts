import { describe, expect, it } from "vitest";
import { migrateFiles, placed } from "../../../test/support/migrate/fixture.ts";
import type { Migration } from "../migration.ts";

/* Workflows in the shapes that real repositories have, each for one thing that was wrong once. */

const path = ".github/workflows/docker.yml";

function job(steps: string, more = ""): string {
  return `jobs:\n  image:\n    runs-on: ubuntu-latest\n${more}    steps:\n${steps}`;
}

function onMain(steps: string, more = ""): Record<string, string> {
  return { [path]: `on: {push: {branches: [main]}}\n${job(steps, more)}` };
}

function meta(inputs: string): string {
  return `      - id: meta
        uses: docker/metadata-action@v5
        with:
${inputs}
      - uses: docker/build-push-action@v6
        with: {push: true, tags: "\${{ steps.meta.outputs.tags }}"}
`;
}

/** The config without its head. */
function configOf({ config }: Migration): string {
  return config.slice(config.indexOf("\n\n") + 2);
}

describe("a name that a script works out", () => {
  it.each([
    ["an output in lower case", 'echo "name=${GITHUB_REPOSITORY,,}" >> $GITHUB_OUTPUT'],
    ["by an operator of bash 5", 'echo "name=${GITHUB_REPOSITORY@L}" >> "$GITHUB_OUTPUT"'],
    [
      "by tr",
      "echo \"name=$(echo $GITHUB_REPOSITORY | tr '[:upper:]' '[:lower:]')\" >> $GITHUB_OUTPUT",
    ],
  ])("%s is what is published", async (_, script) => {
    const steps = `      - id: image
        run: ${JSON.stringify(script)}
      - uses: docker/build-push-action@v6
        with: {push: true, tags: "ghcr.io/\${{ steps.image.outputs.name }}:edge"}
`;
    const { carried, lost } = await migrateFiles(onMain(steps));
    expect(carried.repositories).toEqual(["ghcr.io/example/indexer"]);
    expect(lost).toEqual([]);
  });

  it("in a variable is what is published", async () => {
    const steps = `      - run: echo "IMAGE=ghcr.io/\${GITHUB_REPOSITORY,,}" >> $GITHUB_ENV
      - run: docker build --push -t $IMAGE:edge .
`;
    const { carried, lost } = await migrateFiles(onMain(steps));
    expect(carried.repositories).toEqual(["ghcr.io/example/indexer"]);
    expect(lost).toEqual([]);
  });
});

describe("docker/metadata-action", () => {
  it("has several images on one line", async () => {
    const steps = meta("          images: example/app,ghcr.io/example/app");
    const { carried, lost } = await migrateFiles(onMain(steps));
    expect(carried.repositories).toEqual(["docker.io/example/app", "ghcr.io/example/app"]);
    expect(lost).toEqual([]);
  });

  it("has comments, and attributes and values that it ignores", async () => {
    const steps = meta(`          images: |
            # the mirror comes later
            ghcr.io/example/app
          flavor: |
            # no latest
            latest=false
          tags: |
            #type=ref,event=branch
            raw,edge
            type=edge,branch=main,onlatest=false`);
    const migration = await migrateFiles(onMain(steps));
    expect(migration).toMatchObject({ lost: [], differences: [], problems: [] });
    expect(configOf(migration)).toContain(
      '["type=raw,value=edge,enable={{is_default_branch}}", "type=edge,branch=main"]\n',
    );
    expect(configOf(migration)).toContain("flavor: [latest=false]\n");
  });

  it("of which no tag can be read publishes nothing, and the config is valid", async () => {
    const steps = meta(`          images: ghcr.io/example/app
          tags: type=raw,value=\${{ steps.version.outputs.it }}`);
    const { config, lost, problems } = await migrateFiles(onMain(steps));
    expect(config).not.toContain("publish");
    expect(problems).toEqual([]);
    expect(lost.map(placed)).toEqual([`${path}:10: a tag depends on \`steps.version.outputs.it\``]);
    expect(lost[0]?.hint).toContain("pass --value steps.version.outputs.it=VALUE");
  });

  it("gives its tags to a bake file", async () => {
    const steps = `      - id: meta
        uses: docker/metadata-action@v5
        with: {images: ghcr.io/example/app, tags: "type=ref,event=branch"}
      - uses: docker/bake-action@v6
        with:
          files: |
            ./docker-bake.hcl
            cwd://\${{ steps.meta.outputs.bake-file }}
          targets: image
          push: true
`;
    const { config, lost, differences } = await migrateFiles({
      ...onMain(steps),
      "docker-bake.hcl": `target "docker-metadata-action" { tags = ["app:local"] }
target "image" { inherits = ["docker-metadata-action"] }
`,
    });
    expect(config).toContain('ghcr.io/example/app\n  tags: ["type=ref,event=branch"]');
    expect(config).not.toContain("local");
    expect(differences).toEqual([]);
    expect(lost.map(({ message }) => message)).toEqual([
      "only the context, Dockerfile, target, arguments, platforms and tags of bake targets are carried over",
    ]);
  });
});

describe("an action", () => {
  it.each(["depot/build-push-action@v1", "useblacksmith/build-push-action@v2"])(
    "%s is read like docker/build-push-action",
    async (action) => {
      const steps = `      - uses: ${action}\n        with: {push: true, tags: quay.io/example/app}\n`;
      const { carried, lost } = await migrateFiles(onMain(steps));
      expect(carried.repositories).toEqual(["quay.io/example/app"]);
      expect(lost).toEqual([]);
    },
  );
});

describe("a command", () => {
  it("keeps its secrets, labels, contexts and network, and its login", async () => {
    const migration = await migrateFiles(
      onMain(`      - env: {TOKEN: "\${{ secrets.NPM_TOKEN }}"}
        run: |
          echo "\${{ secrets.QUAY_PASS }}" | docker login quay.io -u "\${{ secrets.QUAY_NAME }}" --password-stdin
          docker build --secret id=npm,env=TOKEN --secret id=conf,src=conf.txt --label a=b \\
            --build-context lib=lib --network none -t quay.io/example/app --no-cache .
          docker push quay.io/example/app
`),
    );
    expect(configOf(migration)).toBe(`cache: quay.io/example/app-cache
publish:
  repository: quay.io/example/app
  tags: ["type=raw,value=latest,enable={{is_default_branch}}"]
ci:
  logins:
    quay.io: {username: QUAY_NAME, password: QUAY_PASS}
variants:
  core:
    labels: {a: b}
    contexts: {lib: lib}
    secrets: ["id=npm,env=NPM_TOKEN", "id=conf,src=conf.txt"]
    network: none
    cache: false
`);
    expect(migration.lost).toEqual([]);
  });

  it("whose secret is no secret of the repository is told of", async () => {
    const run = "docker build --secret id=npm,env=MADE_UP -t quay.io/example/app --push .";
    const { lost } = await migrateFiles(onMain(`      - run: ${run}\n`));
    expect(lost.map(({ message }) => message)).toEqual([
      "the build secret npm does not come from a secret of the repository",
    ]);
  });
});

describe("a variant", () => {
  it("is one though an argument differs from run to run, and has that of the branch", async () => {
    const build = `      - uses: docker/build-push-action@v6
        with:
          platforms: linux/\${{ matrix.arch }}
          build-args: VERSION=\${{ github.event_name == 'release' && github.event.release.name || 'nightly' }}
`;
    const matrix = "    strategy: {matrix: {arch: [amd64, arm64]}}\n";
    const on = "on: {release: {}, push: {branches: [main]}}\n";
    const { config, carried } = await migrateFiles({ [path]: `${on}${job(build, matrix)}` });
    expect(carried).toMatchObject({ variants: 1, legs: 2 });
    expect(config).toContain("args: {VERSION: nightly}");
  });

  it("is not named after its platforms or runners", async () => {
    const build = `      - uses: docker/build-push-action@v6
        with: {file: "docker/\${{ matrix.os }}", platforms: "linux/\${{ matrix.arch }}"}
`;
    const matrix = "    strategy: {matrix: {os: [ubi9, ubi10], arch: [amd64, arm64]}}\n";
    const { config } = await migrateFiles({
      ...onMain(build, matrix),
      "docker/ubi9": "FROM scratch\n",
      "docker/ubi10": "FROM scratch\n",
    });
    expect(config).toContain("\n  ubi9: ");
    expect(config).toContain("\n  ubi10: ");
  });

  it("has no refresh argument that another one gives a fixed value", async () => {
    const build = (target: string, value: string): string =>
      `      - uses: docker/build-push-action@v6
        with: {target: ${target}, build-args: "DATE=${value}"}
`;
    const steps = `      - id: date
        run: echo "day=$(date +%F)" >> "$GITHUB_OUTPUT"
${build("a", "${{ steps.date.outputs.day }}")}${build("b", "never")}`;
    const Dockerfile = "FROM scratch AS a\nARG DATE\nFROM scratch AS b\nARG DATE\n";
    const { config, lost, problems } = await migrateFiles({ ...onMain(steps), Dockerfile });
    expect(config).not.toContain("refresh");
    expect(problems).toEqual([]);
    expect(lost.map(({ message }) => message)).toEqual([
      "the argument DATE changes with the date here, but has a fixed value in another build",
    ]);
  });

  it("has its cache beside the image if the old one was in a repository of images", async () => {
    const build = (cache: string): string => `      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: quay.io/example/app:edge
          cache-to: type=registry,ref=${cache}
`;
    const cacheOf = async (cache: string): Promise<string | undefined> =>
      configOf(await migrateFiles(onMain(build(cache)))).split("\n")[0];
    expect(await cacheOf("quay.io/example/other:cache")).toBe("cache: quay.io/example/app-cache");
    expect(await cacheOf("quay.io/example/ci-cache:a")).toBe("cache: quay.io/example/ci-cache");
  });
});

describe("what is not part of a build", () => {
  it("is told of once for all rows and runs, with what a step before a build may mean", async () => {
    const steps = `      - run: echo \${{ matrix.arch }} && npm run build
      - uses: docker/build-push-action@v6
        if: github.event_name == 'push'
        with: {platforms: "linux/\${{ matrix.arch }}", tags: quay.io/example/app, push: true}
      - run: cosign sign \${{ matrix.arch }}
`;
    const matrix = "    strategy: {matrix: {arch: [amd64, arm64]}}\n";
    const on = "on: {push: {branches: [main]}, workflow_dispatch: {}}\n";
    const { lost } = await migrateFiles({ [path]: `${on}${job(steps, matrix)}` });
    expect(lost.map(({ message, hint }) => [message, hint])).toEqual([
      [
        "the step `echo ${{ matrix.arch }} && npm run build` is not part of a build",
        "if the image needs its output, move the step into the Dockerfile; otherwise run this step in a separate job",
      ],
      [
        "the step `cosign sign ${{ matrix.arch }}` is not part of a build",
        "run this step in a separate job",
      ],
    ]);
  });

  it("is the reason if nothing can be carried over", async () => {
    const text = "on: push\njobs: {a: {uses: acme/ci/.github/workflows/images.yml@v1}}\n";
    await expect(migrateFiles({ [path]: text })).rejects.toThrow(
      "the reusable workflow acme/ci/.github/workflows/images.yml@v1 is in another repository",
    );
  });
});
