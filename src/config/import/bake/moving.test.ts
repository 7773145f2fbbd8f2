import { expect, it } from "vitest";
import { movingBetween, movingUnknown, probeOf } from "./moving.ts";

/** For the real bake, see test/integration/bake-moving.test.ts. */

it("asks for another evaluation only if a file names something that changes", () => {
  const still = [
    "timestamps()",
    "my_timestamp()",
    "my-timestamp()",
    "timestamp",
    "x.timestamp()",
    "HOMES",
    "A_HOME",
    "x.HOME",
    "HOME-x",
    "BAKE_CMD_CONTEXT",
  ];
  expect(still.filter((text) => probeOf(text) !== undefined)).toEqual([]);
  const moving = ["timestamp()", "timestamp  (", "timestamp/* a */ /* b */(", "${HOME}", "-HOME"];
  expect(moving.filter((text) => probeOf(text) === undefined)).toEqual(["-HOME"]);
});

it("changes each source separately", () => {
  const probe = probeOf("a = timestamp()\nb = uuidv4()");
  expect(probe?.copy).toBe("a = layerkeep_timestamp()\nb = layerkeep_uuidv4()");
  expect(probe?.others.map(({ source }) => source.name)).toEqual(["timestamp", "uuidv4"]);
  const results = [probe?.base, ...(probe?.others ?? []).map(({ definitions }) => definitions)].map(
    (text = "") => [...text.matchAll(/result = "(.)/g)].map(([, first]) => first),
  );
  expect(results).toEqual([
    ["2", "0"],
    ["2", "0"],
    ["2", "9"],
  ]);
});

it("is fast on a text that is designed to be slow", () => {
  const text = `${"timestamp/**/".repeat(20_000)}${"timestamp /* ".repeat(20_000)}`;
  const start = performance.now();
  expect(probeOf(text)?.others).toHaveLength(1);
  expect(probeOf(`timestamp${" ".repeat(200_000)}`.repeat(2))).toBeUndefined();
  expect(performance.now() - start).toBeLessThan(2000);
});

it("reports which key of which target differs", () => {
  const [probed] = probeOf("timestamp()")?.others ?? [];
  if (probed === undefined) throw new Error("nothing is probed");
  const { source } = probed;
  const base = new Map([["app", { target: "a", args: { A: "1", B: "1" }, labels: { l: "1" } }]]);
  const other = new Map([["app", { args: { A: "1", B: "2", C: "3" }, labels: { l: "2" } }]]);
  const found = movingBetween(base, other, source).map(({ target, label, text }) => [
    target,
    label,
    text.split(" comes from timestamp(), ")[0],
  ]);
  expect(found).toEqual([
    ["app", undefined, "the argument B"],
    ["app", undefined, "the argument C"],
    ["app", "l", "the label l"],
    ["app", undefined, "the value of target"],
  ]);
  expect(movingBetween(base, new Map(), source)).toMatchObject([{ target: undefined }]);
});

it("reports it if the differences cannot be found", () => {
  const probe = probeOf("${homedir()}");
  expect(probe && movingUnknown(probe)).toEqual([
    {
      target: undefined,
      label: undefined,
      text: "some values might come from homedir(), which depends on the machine that creates the plan",
    },
  ]);
});
