import { expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { legsNamed } from "./legs-named.ts";

const legs = ["server/linux/amd64", "server/linux/arm64", "worker/linux/amd64"].map((id) => ({
  id,
  variant: id.split("/")[0] ?? "",
}));
const named = (...names: string[]): readonly string[] =>
  legsNamed(names, legs, "the plan").map(({ id }) => id);

it("selects legs, and all legs of variants, in their own order", () => {
  expect(named("worker", "server/linux/arm64")).toEqual([
    "server/linux/arm64",
    "worker/linux/amd64",
  ]);
  expect(named("server")).toEqual(["server/linux/amd64", "server/linux/arm64"]);
  expect(named()).toEqual([]);
});

it("refuses all other names at once, with what may be meant", () => {
  expect(() => named("servr", "server", "x")).toThrow(UsageError);
  expect(() => named("servr", "server", "x")).toThrow(
    /the plan has no leg or variant "servr" \(did you mean server\?\)\n.*"x" \(the plan contains server\/linux\/amd64, server, /,
  );
});
