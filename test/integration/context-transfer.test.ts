import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildArguments } from "../../src/buildkit/arguments.ts";
import { handOver } from "../../src/pipeline/build/hand-over.ts";
import { createContentMemory } from "../../src/inputs/files/content-memory.ts";
import { createInputCheck } from "../../src/plan/recheck.ts";
import { testEngine } from "../support/engine.ts";
import { testClient } from "../support/repository-state.ts";
import { type Ground, openGround } from "../support/soundness/ground.ts";

const { buildx, env } = testEngine();
const megabyte = 1 << 20;

/** The bytes of its context that a leg's build sends to BuildKit. */
async function sentBy(ground: Ground): Promise<number> {
  const plan = await ground.plan();
  const [leg] = plan.legs;
  if (leg === undefined) throw new Error("a plan of one leg");
  const check = createInputCheck(plan, { root: ground.root, memory: createContentMemory() });
  await using handed = await handOver(plan, leg, await check.read(leg), { root: ground.root, env });
  const argv = buildArguments({
    ...handed,
    ...{ platform: leg.platform, root: ground.root, builder: undefined, noCache: false },
    ...{ cacheFrom: [], cacheTo: [], output: { type: "cacheonly" } },
    metadataFile: join(ground.root, "metadata.json"),
  });
  const said = execFileSync("sh", ["-c", 'exec "$@" 2>&1', "sh", buildx, ...argv], { env });
  const sent = said.toString("utf8").matchAll(/"id":"transferring context:"[^}]*?"current":(\d+)/g);
  return Math.max(0, ...Array.from(sent, ([, bytes]) => Number(bytes)));
}

test("a changed file is sent alone, although the context has a name of its own", async () => {
  await using client = testClient();
  using ground = openGround(client, "variants: { app: { context: app } }\n");
  ground.write("app/Dockerfile", "FROM scratch\nCOPY . /x\n");
  for (let part = 0; part < 4; part++) ground.write(`app/part${part}`, randomBytes(megabyte));
  expect(await sentBy(ground)).toBeGreaterThan(4 * megabyte);
  ground.write("app/part0", randomBytes(megabyte + 1));
  const again = await sentBy(ground);
  expect(again).toBeGreaterThan(megabyte);
  expect(again).toBeLessThan(1.5 * megabyte);
  expect(await sentBy(ground)).toBeLessThan(0.1 * megabyte);
});
