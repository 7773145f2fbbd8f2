import { expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { parseLine, readInputs, withoutInputs } from "./inputs.ts";

const names = ["config", "dry-run", "legs"] as const;

it("reads what the runner puts into the environment", () => {
  const inputs = readInputs(names, {
    INPUT_CONFIG: " layerkeep.yml\n",
    "INPUT_DRY-RUN": "true",
    INPUT_LEGS: "a/linux/amd64\n\n  b c ",
  });
  expect(inputs.text("config")).toBe("layerkeep.yml");
  expect(inputs.boolean("dry-run")).toBe(true);
  expect(inputs.words("legs")).toEqual(["a/linux/amd64", "b", "c"]);
  expect(inputs.lines("legs")).toEqual(["a/linux/amd64", "b c"]);
});

it("takes an empty input for one that is not given", () => {
  const inputs = readInputs(names, { INPUT_CONFIG: "", "INPUT_DRY-RUN": " " });
  expect([inputs.text("config"), inputs.boolean("dry-run"), inputs.words("legs")]).toEqual([
    undefined,
    false,
    [],
  ]);
});

it("refuses inputs that the action does not have, each with the name that was meant", () => {
  const read = () => readInputs(names, { INPUT_CONFG: "x", INPUT_UNHEARD: "" });
  expect(read).toThrow("this action has no input confg (did you mean config?)");
  expect(read).toThrow("this action has no input unheard");
  expect(() => readInputs(names, { "INPUT_DRY-RUN": "1" }).boolean("dry-run")).toThrow(UsageError);
});

it("splits a line into name and value", () => {
  expect(parseLine("runners", "linux/arm64: a:b")).toEqual(["linux/arm64", "a:b"]);
  expect(parseLine("runners", "*:x")).toEqual(["*", "x"]);
  expect(() => parseLine("runners", "two words")).toThrow(UsageError);
});

it("keeps the inputs from what the command gets", () => {
  expect(withoutInputs({ INPUT_CONFIG: "x", PATH: "/bin" })).toEqual({ PATH: "/bin" });
});
