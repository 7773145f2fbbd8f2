import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type FakeBuildx, fakeBuildx } from "../../../test/support/fake-buildx.ts";
import { buildRequest, planOf } from "../../../test/support/plans.ts";
import { buildRecord } from "../../../test/support/records.ts";
import { startEmbedded, type TestRegistry } from "../../../test/support/registries.ts";
import type { ProgressSummary } from "../../buildkit/progress/progress.ts";
import { removeTree } from "../../dir/restore/remove-tree.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import { RegistryClient } from "../../registry/client.ts";
import { appendToLog } from "../records/append-to-log.ts";
import { findKept } from "./kept/kept-mounts.ts";
import { MountCarrier } from "./mount-carrier.ts";

const mount = {
  ...{ id: "go", sharing: "private" as const, uid: null, gid: null, mode: null, stage: 0 },
  ...{ from: ["mount-go"], to: "mount-go" },
};
let registry: TestRegistry;
let client: RegistryClient;
let root: string;
let buildx: FakeBuildx;
let dockerfile: string;
beforeEach(async () => {
  registry = await startEmbedded();
  client = new RegistryClient({ credentials: anonymous });
  root = mkdtempSync(join(tmpdir(), "layerkeep-carrier-"));
  dockerfile = join(root, "Dockerfile");
  writeFileSync(dockerfile, "FROM a\nRUN --mount=type=cache,id=go,target=/go make\n");
  buildx = fakeBuildx(helpers);
});
afterEach(async () => {
  buildx[Symbol.dispose]();
  await client[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  removeTree(root);
});

/** A builder whose mount is empty before each build, and cannot be filled if `$FAKE/full` exists. */
const helpers = `for arg; do case "$arg" in
  --file=*) file="\${arg#--file=}" ;;
  --output=type=local,dest=*) results="\${arg#--output=type=local,dest=}"; results="\${results%%,*}" ;;
esac; done
if grep -q 'ls -A' "$file"; then echo look >> $FAKE/did; mkdir -p "$results/0"; : > "$results/0/names"
elif grep -q 'cp -a -u' "$file"; then echo fill >> $FAKE/did; test ! -e $FAKE/full
else
  echo copy >> $FAKE/did; count=$(grep -c copy $FAKE/did)
  mkdir -p "$results/0/files"; : > "$results/0/attributes"; echo $count > "$results/0/files/$count"
fi`;

const place = () => ({ host: registry.host, path: "acme/cache" });
const planHere = () => planOf({ cache: place(), targets: [], platforms: ["linux/amd64"] });

function legHere(changes: Partial<PlannedLeg> = {}): PlannedLeg {
  const [leg] = planHere().legs;
  if (leg === undefined) throw new Error("the plan has no leg");
  return { ...leg, mounts: [mount], ...changes };
}

function bring(carrier: MountCarrier, leg = legHere()) {
  const inputs = { ...buildRequest.inputs, dockerfile };
  const request = { ...buildRequest, inputs, root };
  return carrier.bring({ leg, buildx: buildx.buildx, request, options: { signal: undefined } });
}

const newCarrier = () => new MountCarrier(planHere(), { client, now: () => new Date() });

/** A build whose step with the mount ran. */
const ran: ProgressSummary = {
  steps: [
    {
      name: "[1/1] RUN --mount=type=cache,id=go,target=/go make",
      cached: false,
      ms: 2000,
      error: undefined,
    },
  ],
  failed: undefined,
  cacheExports: [],
  cacheImportErrors: [],
  warnings: [],
  logs: [],
};

async function names(): Promise<readonly string[]> {
  const kept = await findKept({ client, repository: place() }, mount);
  const files = kept?.tree.entries.filter(({ kind }) => kind === "file") ?? [];
  return files.flatMap(({ path }) => (path.startsWith("0/files/") ? path.slice(8) : []));
}

it("adds to what is saved if the mount could not be filled", async () => {
  await (await bring(newCarrier())).end(ran);
  expect(await names()).toEqual(["1"]);
  mkdirSync(join(buildx.buildx.path, "../full"));
  const { outcomes, warnings } = await (await bring(newCarrier())).end(ran);
  expect(outcomes).toMatchObject([{ before: "failed", after: "saved" }]);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/^the cache mount go was not filled: /);
  expect(await names()).toEqual(["1", "2"]);
});

it("saves nothing after a build that is not known to have run a step", async () => {
  await (await bring(newCarrier())).end(ran);
  const { outcomes } = await (await bring(newCarrier())).end(undefined);
  expect(outcomes).toMatchObject([{ before: "filled", steps: { ran: 0 }, after: "not-run" }]);
  expect(await names()).toEqual(["1"]);
});

it("lets legs have a private mount one after another, and fills it once", async () => {
  const carrier = newCarrier();
  const first = await bring(carrier);
  const waiting = bring(carrier);
  const isWaiting = await Promise.race([
    waiting.then(() => false),
    new Promise<boolean>((resolve) => setImmediate(() => resolve(true))),
  ]);
  expect(isWaiting).toBe(true);
  expect((await first.end(ran)).outcomes).toMatchObject([{ before: "empty", after: "saved" }]);
  expect((await (await waiting).end(ran)).outcomes).toMatchObject([{ after: "saved" }]);
});

it("leaves a mount aside that cost more than it won three times in a row", async () => {
  const leg = legHere();
  const log = leg.staged?.log ?? "";
  for (const minute of [1, 2, 3]) {
    const record = buildRecord({
      leg: leg.id,
      startedAt: `2026-11-30T18:0${minute}:00Z`,
      cache: log,
    });
    const loss = {
      id: "go",
      before: "filled",
      steps: { ran: 1, seconds: 2 },
      after: "saved",
    } as const;
    await appendToLog(client, log, { ...record, mounts: [{ ...loss, seconds: 9, won: 8 }] });
  }
  const { outcomes, warnings } = await (await bring(newCarrier(), leg)).end(ran);
  expect(outcomes).toEqual([
    { id: "go", before: "aside", steps: { ran: 1, seconds: 2 }, after: "aside", seconds: 0 },
  ]);
  expect(warnings).toEqual([]);
  expect(buildx.asked()).toEqual([]);
  // A build that is to begin again has new mounts anyway.
  const cold = await bring(newCarrier(), { ...leg, bypass: "caches" });
  expect((await cold.end(ran)).outcomes).toMatchObject([{ before: "cold", after: "saved" }]);
});
