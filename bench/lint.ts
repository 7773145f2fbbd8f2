import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { exec } from "../src/exec.ts";
import { median } from "./bed.ts";

const run = promisify(execFile);

export interface LintFigure {
  readonly workflows: number;
  /** Of all workflows. */
  readonly lines: number;
  readonly findings: number;
  /** Median, the start of node included. */
  readonly milliseconds: number;
  readonly budget: number;
}

const workflows = 200;
const rounds = 5;
const cli = join(import.meta.dirname, "..", "dist", "cli.js");

/** `layerkeep lint --json` of the built command line, in a git checkout of its own. */
export async function benchLint(): Promise<LintFigure> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-bench-lint-"));
  try {
    const lines = await writeRepository(root);
    const times: number[] = [];
    let findings = 0;
    for (let round = 0; round < rounds; round++) {
      const began = performance.now();
      const purpose = "bench";
      const argv = [process.execPath, cli, "lint", "--json"];
      const { stdout } = await exec(argv, { cwd: root, env: process.env, purpose, maxOutput });
      times.push(performance.now() - began);
      findings = checkedFindings(stdout);
    }
    return { workflows, lines, findings, milliseconds: median(times), budget: 2_000 };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const maxOutput = 256 << 20;

function checkedFindings(stdout: string): number {
  const { files, findings } = JSON.parse(stdout) as {
    readonly files: readonly string[];
    readonly findings: readonly unknown[];
  };
  if (files.length !== workflows) throw new Error(`${files.length} workflows were checked`);
  return findings.length;
}

/** Workflows of four shapes, with a Dockerfile for each; gives their lines. */
async function writeRepository(root: string): Promise<number> {
  let lines = 0;
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  for (let at = 0; at < workflows; at++) {
    const name = `image-${at}`;
    const text = shapes[at % shapes.length]?.(name) ?? "";
    lines += text.split("\n").length;
    await write(`.github/workflows/${name}.yml`, text);
    await write(`${name}/Dockerfile`, dockerfile);
  }
  await write(".github/actions/setup/action.yml", composite);
  for (const args of [
    ["init", "-q"],
    ["add", "-A"],
  ])
    await run("git", args, { cwd: root });
  return lines;
}

const dockerfile = `\
FROM debian:12 AS deps
RUN apt-get update && apt-get install -y curl
FROM deps AS build
COPY . /src
FROM debian:12
COPY --from=build /src /app
`;

const composite = `\
runs:
  using: composite
  steps:
    - uses: docker/setup-buildx-action@v3
    - uses: docker/login-action@v3
      with: { registry: ghcr.io, username: acme, password: "\${{ github.token }}" }
`;

const head = (name: string): string => `\
name: ${name}
on:
  push: { branches: [main], tags: ["v*"] }
  pull_request: { paths: ["${name}/**"] }
  schedule: [{ cron: "0 4 * * 1" }]
  workflow_dispatch:
concurrency: { group: "\${{ github.workflow }}-\${{ github.ref }}" }
`;

const steps = `\
    steps:
      - uses: actions/checkout@v5
      - uses: ./.github/actions/setup
      - id: meta
        uses: docker/metadata-action@v5
        with: { images: ghcr.io/acme/app }
`;

const shapes: readonly ((name: string) => string)[] = [
  (name) => `${head(name)}jobs:
  build:
    runs-on: ubuntu-24.04
${steps}      - uses: docker/build-push-action@v6
        with:
          context: ${name}
          push: \${{ github.event_name != 'pull_request' }}
          tags: \${{ steps.meta.outputs.tags }}
          cache-from: type=registry,ref=ghcr.io/acme/${name}:cache
          cache-to: type=registry,ref=ghcr.io/acme/${name}:cache,mode=max,ignore-error=true
`,
  (name) => `${head(name)}jobs:
  build:
    strategy:
      matrix:
        platform: [linux/amd64, linux/arm64]
        variant: [a, b, c, d, e, f]
        exclude: [{ platform: linux/arm64, variant: f }]
    runs-on: \${{ matrix.platform == 'linux/arm64' && 'ubuntu-24.04-arm' || 'ubuntu-24.04' }}
${steps}      - uses: docker/build-push-action@v6
        with:
          context: ${name}
          build-args: VARIANT=\${{ matrix.variant }}
          platforms: \${{ matrix.platform }}
          outputs: type=image,name=ghcr.io/acme/${name},push-by-digest=true,push=true
          cache-to: type=gha,mode=max,scope=${name}-\${{ matrix.variant }}
  merge:
    needs: build
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/download-artifact@v5
        with: { pattern: "digests-*", merge-multiple: true }
      - run: docker buildx imagetools create -t ghcr.io/acme/${name}:latest $(printf 'ghcr.io/acme/${name}@sha256:%s ' *)
`,
  (name) => `${head(name)}jobs:
  plan:
    runs-on: ubuntu-24.04
    outputs: { matrix: "\${{ steps.plan.outputs.matrix }}" }
    steps:
      - id: plan
        run: |
          week=$(date +%Y-W%V)
          echo "matrix=$(jq -c . matrix.json)" >> "$GITHUB_OUTPUT"
  build:
    needs: plan
    strategy: { fail-fast: false, matrix: "\${{ fromJSON(needs.plan.outputs.matrix) }}" }
    runs-on: \${{ matrix.runner }}
    env: { IMAGE: ghcr.io/acme/${name} }
${steps}      - if: github.event_name != 'pull_request'
        run: |
          docker buildx build --push \\
            --cache-from "type=registry,ref=$IMAGE:cache" \\
            --cache-to "type=registry,ref=$IMAGE:cache,mode=max" \\
            --tag "$IMAGE:\${{ matrix.tag }}" ${name}
`,
  (name) => `${head(name)}jobs:
${["base", "cpu", "cuda", "rocm"]
  .map(
    (image) => `  ${image}:
    if: github.repository == 'acme/app'
    runs-on: ubuntu-24.04
${steps}      - uses: docker/setup-qemu-action@v3
      - uses: docker/build-push-action@v6
        with:
          context: ${name}
          target: build
          platforms: linux/amd64,linux/arm64
          push: true
          tags: ghcr.io/acme/${name}:${image}
          cache-from: type=gha
          cache-to: type=gha,mode=max
`,
  )
  .join("")}`,
];
