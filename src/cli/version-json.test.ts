import { expect, it } from "vitest";
import { versionAsked } from "./version-json.ts";

it.each([
  [["--version"], "text"],
  [["-V"], "text"],
  [["--version", "--json"], "json"],
  [["--json", "-V"], "json"],
  [["--json"], undefined],
  [["plan", "--version"], undefined],
  [[], undefined],
])("%j: %s", (argv, expected) => {
  expect(versionAsked(argv)).toBe(expected);
});
