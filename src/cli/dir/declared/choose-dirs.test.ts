import { expect, it } from "vitest";
import type { DirConfig } from "../../../config/dirs/dir-config.ts";
import { chooseDirs, suggestName } from "./choose-dirs.ts";

function dirOf(name: string, ...systems: readonly ("linux" | "macos")[]): DirConfig {
  const none = { linux: [], macos: [], windows: [] };
  const paths = { ...none, ...Object.fromEntries(systems.map((one) => [one, ["x"]])) };
  return { name, preset: undefined, key: name, or: [], paths, usual: false };
}
const declared = [dirOf("npm", "linux", "macos"), dirOf("apt", "linux"), dirOf("brew", "macos")];
const names = (...words: readonly string[]) => {
  const chosen = chooseDirs({ words }, declared, "linux");
  return chosen.kind === "declared" ? chosen.dirs.map(({ name }) => name) : chosen;
};

it("words that are all declared are names; no words are all that have paths here", () => {
  expect(names("npm")).toEqual(["npm"]);
  expect(names("apt", "npm", "apt")).toEqual(["npm", "apt"]);
  expect(names()).toEqual(["npm", "apt"]);
});

it("other words are a key and paths", () => {
  expect(names("npm-{os}", "npm")).toEqual({ kind: "key", key: "npm-{os}", paths: ["npm"] });
  expect(names("npm", "./npm")).toEqual({ kind: "key", key: "npm", paths: ["./npm"] });
});

it("refuses what has no paths here, and nothing at all", () => {
  expect(() => names("brew")).toThrow("dirs.brew has no paths on linux");
  expect(() => chooseDirs({ words: [] }, [], "linux")).toThrow(
    "the config declares no directory caches",
  );
  expect(() => chooseDirs({ words: [] }, declared, "windows")).toThrow(
    "no directory cache of the config has paths on windows",
  );
  expect(() => chooseDirs({ words: ["npm"] }, declared, "freebsd")).toThrow(
    "has no paths on freebsd",
  );
});

it("takes names that are given as such for nothing else", () => {
  expect(() => chooseDirs({ names: ["npm", "nmp", "brew"] }, declared, "linux")).toThrow(
    'the config declares no directory cache "nmp" (did you mean "npm"?)\ndirs.brew has no paths',
  );
  expect(() => chooseDirs({ names: ["x"] }, declared, "linux")).toThrow(
    "add x to dirs: in the config",
  );
});

it("suggests the name that was meant", () => {
  expect(suggestName("nmp", declared)).toBe('did you mean "npm"?');
  expect(suggestName("models-1", declared)).toBeUndefined();
});
