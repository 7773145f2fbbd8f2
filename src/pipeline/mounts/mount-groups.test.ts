import { expect, it } from "vitest";
import type { PlannedMount } from "../../plan/plan.ts";
import { MountGroups } from "./mount-groups.ts";

const mount = (id: string, changes: Partial<PlannedMount> = {}): PlannedMount => ({
  ...{ id, stage: 0, uid: null, gid: null, mode: null, from: [id], to: null },
  sharing: "private",
  ...changes,
});

it("has one group for a mount on a builder and a platform", () => {
  const groups = new MountGroups();
  const group = groups.of("b", mount("a"));
  expect(groups.of("b", mount("a", { sharing: "shared", stage: 3 }))).toBe(group);
  expect(groups.of(undefined, mount("a"))).not.toBe(group);
  expect(groups.of("b", mount("a", { uid: "1" }))).not.toBe(group);
  expect(groups.of("b", mount("a", { from: ["a-arm64"] }))).not.toBe(group);
});

it("gives private mounts to one leg after another, in one order", async () => {
  const groups = new MountGroups();
  const log: string[] = [];
  const leg = async (name: string, mounts: readonly PlannedMount[]) => {
    const end = await groups.takeTurns("b", mounts);
    log.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    log.push(`${name} ends`);
    end();
  };
  const shared = leg("shared", [mount("a", { sharing: "shared" })]);
  const first = leg("first", [mount("a"), mount("b")]);
  const second = leg("second", [mount("b", { from: ["b-arm64"] }), mount("a")]);
  await Promise.all([shared, first, second]);
  expect(log.filter((line) => !line.startsWith("shared"))).toEqual([
    "first begins",
    "first ends",
    "second begins",
    "second ends",
  ]);
});
