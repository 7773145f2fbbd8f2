import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { configOf, contextOf, noClaims, variantOf } from "../../../test/support/configs.ts";
import { fakeBuildx, inspected } from "../../../test/support/fake-buildx.ts";
import { planOptionsOf, planServicesOf } from "../../../test/support/plans.ts";
import { inspectBuilder } from "../../buildkit/builder/builder.ts";
import { withoutDeadNodes } from "../../buildkit/builder/dead-nodes.ts";
import { createContentMemory } from "../../inputs/files/content-memory.ts";
import { makePlan } from "../../plan/make-plan.ts";
import { createInputCheck } from "../../plan/recheck.ts";
import { decideTrust } from "../../trust/trust.ts";
import { buildChecked } from "./build-checked.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-build-checked-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const alive = { Name: "two0", Endpoint: "unix:///alive.sock" };
const dead = { Name: "two1", Endpoint: "tcp://127.0.0.1:9" };
const described = `${inspected("two", "remote")}
Name:     two1
Endpoint: tcp://127.0.0.1:9
Error:    connection refused
`;

/**
 * Describes the builder. When asked to build, saves the config and the builder that it was given.
 */
const script = `if [ "$1" = inspect ]; then cat <<'TEXT'
${described}TEXT
else
  cp "$DOCKER_CONFIG/config.json" given-config.json
  cp "$BUILDX_CONFIG/instances/two" given-builder.json
fi`;

function write(path: string, value: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof value === "string" ? value : JSON.stringify(value));
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

/** Builds a leg on a builder of two nodes with buildx in this environment. */
async function build(env: NodeJS.ProcessEnv): Promise<void> {
  write("app/Dockerfile", "FROM scratch\n");
  const context = contextOf();
  const trust = decideTrust(context, { claims: noClaims, outside: {}, write: false });
  const plan = await makePlan(
    configOf({
      root,
      variants: [variantOf("app", { context: "app", dockerfile: "app/Dockerfile" })],
    }),
    context,
    planOptionsOf({ trust }),
    planServicesOf(null),
  );
  const [leg] = plan.legs;
  if (leg === undefined) throw new Error("a plan of one leg");
  using fake = fakeBuildx(script, env);
  const builder = await inspectBuilder(fake.buildx, "two");
  await using ready = await withoutDeadNodes(fake.buildx, [builder]);
  await buildChecked(
    plan,
    leg,
    { type: "cacheonly" },
    {
      root,
      env: fake.buildx.env,
      buildx: ready.buildx,
      builder: "two",
      check: createInputCheck(plan, { root, memory: createContentMemory() }),
    },
  );
}

it.each([
  ["below Docker's config", "docker/buildx", undefined],
  ["in a folder of their own", "builders", "builders"],
])(
  "passes buildx a config without proxies and the builder without its dead node, with builders %s",
  async (_, folder, named) => {
    const auths = { "ghcr.io": { auth: "eA==" } };
    const proxies = { default: { httpProxy: "http://proxy" } };
    write("docker/config.json", { auths, proxies });
    write(`${folder}/instances/two`, { Name: "two", Nodes: [alive, dead] });
    await build({
      DOCKER_CONFIG: join(root, "docker"),
      ...(named === undefined ? {} : { BUILDX_CONFIG: join(root, named) }),
    });
    expect([read("given-config.json"), read("given-builder.json")]).toEqual([
      { auths },
      { Name: "two", Nodes: [alive] },
    ]);
    expect([read("docker/config.json"), read(`${folder}/instances/two`)]).toEqual([
      { auths, proxies },
      { Name: "two", Nodes: [alive, dead] },
    ]);
  },
);
