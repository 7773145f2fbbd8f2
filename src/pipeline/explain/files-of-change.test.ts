import { describe, expect, it } from "vitest";
import { bareInputs, planOf } from "../../../test/support/plans.ts";
import type { TreeChange } from "../../git/trees/trees.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import type { BuildRecord } from "../records/build-record.ts";
import { withFiles } from "./files-of-change.ts";
import type { InputChange } from "./input-changes.ts";

const [planned] = planOf({
  cache: { host: "h", path: "c" },
  targets: [],
  platforms: ["linux/amd64"],
}).legs;
if (planned === undefined) throw new Error("a plan has a leg");
const leg: PlannedLeg = {
  ...planned,
  build: { ...bareInputs, context: "app", contexts: { docs: "docs", base: "docker-image://x" } },
};

const file = { mode: "100644", id: "1" };
const found: readonly TreeChange[] = [
  { path: "app/src/new.c", before: undefined, entry: file },
  { path: "app/src/gone.c", before: file, entry: undefined },
  { path: "app/src/run", before: file, entry: { ...file, mode: "100755" } },
  { path: "app/srcs", before: file, entry: { ...file, id: "2" } },
  { path: "docs/a.md", before: file, entry: { ...file, id: "2" } },
];

const since: BuildRecord = {
  schema: "layerkeep.record.v1",
  leg: leg.id,
  result: "built",
  startedAt: "2026-11-21T04:05:06Z",
  seconds: 1,
  input: leg.input,
  commit: "c".repeat(40),
  ref: "",
  run: null,
  steps: [{ name: "[2/3] RUN make", cached: true, ms: 0, error: undefined }],
  failure: null,
  digest: null,
  cache: { from: [], unread: [], to: [], written: "yes", trouble: null },
};

async function filesOf(
  change: Partial<InputChange>,
  model?: Parameters<typeof withFiles>[4],
): Promise<readonly string[]> {
  const whole: InputChange = {
    name: "context",
    kind: "files",
    before: "1",
    after: "2",
    entries: [],
    ...change,
  };
  const told = await withFiles(leg, since, [whole], () => Promise.resolve(found), model);
  return told.flatMap(({ files }) => files);
}

describe("the files behind a change", () => {
  it("are git's changes below the part's path", async () => {
    expect(await filesOf({ name: "context/src" })).toEqual([
      "app/src/new.c is new",
      "app/src/gone.c was deleted",
      "app/src/run: mode 644 to 755",
    ]);
    expect(await filesOf({ name: "files:COPY .", entries: ["srcs"] })).toEqual(["app/srcs"]);
    expect(await filesOf({})).toHaveLength(4);
    expect(await filesOf({ name: "named-context:docs" })).toEqual(["docs/a.md"]);
  });

  it("are reported as invisible to git if it sees none, and absent if the part is not a file", async () => {
    expect(await filesOf({ name: "context/other" })).toEqual([
      "only what git does not track: permissions or ignored files",
    ]);
    expect(await filesOf({ name: "named-context:base" })).toEqual([]);
    expect(await filesOf({ name: "arg:V", kind: "argument" })).toEqual([]);
  });

  it("are, for the Dockerfile, the steps that the previous build did not have", async () => {
    const run = (text: string) => ({ keyword: "RUN", text });
    const model = {
      stages: new Map(),
      instructions: new Map([
        [2, run("RUN   make")],
        [3, run("RUN make  install")],
        [4, run("RUN make $TARGET")],
      ]),
      refresh: undefined,
    };
    const change = { name: "dockerfile", kind: "dockerfile" } as const;
    expect(await filesOf(change, model)).toEqual(["line 3: RUN make install"]);
    expect(await filesOf(change)).toEqual([]);
  });
});
