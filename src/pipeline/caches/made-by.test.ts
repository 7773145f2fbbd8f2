import { expect, it } from "vitest";
import type { Step } from "../../buildkit/progress/progress.ts";
import { stepsThatMade } from "./made-by.ts";

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
const step = (name: string, seconds: number, changes: Partial<Step> = {}): Step => ({
  ...{ name, cached: false, ms: 1, error: undefined, ended: at(seconds) },
  ...changes,
});
const named = (times: readonly number[], ...builds: readonly (readonly Step[])[]): unknown =>
  Object.fromEntries(
    stepsThatMade(
      times.map(at),
      builds.map((steps) => ({ steps })),
    ),
  );

it("are those that ended at about that time, in any of the builds", () => {
  const first = [step("[deps 2/3] RUN a", 10), step("[2/2] RUN b", 10.6)];
  const second = [step("[2/2] RUN c", 20)];
  expect(named([10.08, 10.59, 20.11], first, second)).toEqual({
    [at(10.08)]: "[deps 2/3] RUN a",
    [at(10.59)]: "[2/2] RUN b",
    [at(20.11)]: "[2/2] RUN c",
  });
});

it("are in the order of a stage's layers, if each step has made one", () => {
  const steps = [step("[2/4] RUN a", 10), step("[3/4] RUN b", 10.15), step("[4/4] RUN c", 12)];
  // A layer may be created before its step's end is reported, or after the next step has begun.
  expect(named([10.1, 10.2, 11.98], steps)).toEqual({
    [at(10.1)]: "[2/4] RUN a",
    [at(10.2)]: "[3/4] RUN b",
    [at(11.98)]: "[4/4] RUN c",
  });
  expect(named([10.1, 11.98], steps)).toEqual({ [at(11.98)]: "[4/4] RUN c" });
});

it.each<[string, readonly Step[]]>([
  ["ended later", [step("[2/2] RUN a", 10.7)]],
  ["ended long before", [step("[2/2] RUN a", 9.4)]],
  ["was cached", [step("[2/2] RUN a", 10, { cached: true })]],
  ["failed", [step("[2/2] RUN a", 10, { error: "no" })]],
  ["is no instruction", [step("exporting to image", 10)]],
  [
    "is one of several stages that ended at once",
    [step("[a 2/2] RUN a", 9.9), step("[b 2/2] RUN b", 10)],
  ],
])("are no step that %s", (_, steps) => {
  expect(named([10.1], steps)).toEqual({});
});

it("are not known if an older version recorded no times, or two layers would have one step", () => {
  const { ended, ...old } = step("[2/2] RUN a", 10);
  expect(ended).toBe(at(10));
  expect(named([10.1], [old])).toEqual({});
  expect(named([10.1, 10.2], [step("[2/2] RUN a", 10)])).toEqual({});
});
