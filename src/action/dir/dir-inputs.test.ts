import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { readInputs } from "../process/inputs.ts";
import { askedToSave, restoreInputs, restoreRequestOf } from "./dir-inputs.ts";

const inputsOf = (given: Readonly<Record<string, string>>) =>
  readInputs(
    restoreInputs,
    Object.fromEntries(
      Object.entries(given).map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text]),
    ),
  );

it("takes names, all names, or a key with paths and prefixes", () => {
  expect(restoreRequestOf(inputsOf({ names: "npm\n go" })).asked).toEqual({ names: ["npm", "go"] });
  expect(restoreRequestOf(inputsOf({})).asked).toEqual({ names: [] });
  const given = { key: "npm-{os}", path: "~/.npm\n~\n./a b\n~x", "restore-keys": "npm-\nold" };
  expect(restoreRequestOf(inputsOf(given))).toEqual({
    asked: {
      key: "npm-{os}",
      or: ["npm-", "old"],
      paths: [
        { name: "~/.npm", file: join(homedir(), ".npm") },
        { name: "~", file: homedir() },
        { name: "./a b", file: resolve("a b") },
        { name: "~x", file: resolve("~x") },
      ],
    },
    prefixes: [],
    owners: false,
  });
  const paths = [{ name: "a", file: resolve("a") }];
  expect(askedToSave(inputsOf({ key: "k", path: "a" }))).toEqual({ key: "k", or: [], paths });
});

it.each([
  [{ names: "npm", key: "k" }, "names and key cannot be used together"],
  [{ path: "a" }, 'the input "path" belongs to a key'],
  [{ names: "npm", path: "a" }, 'the input "path" belongs to a key'],
  [{ names: "npm", "restore-keys": "n-" }, 'the input "restore-keys" belongs to a key'],
  [{ key: "k", path: "a/*" }, "contains a pattern: a/*"],
  [{ key: "k", path: "a\n!a/b" }, "contains a pattern: !a/b"],
  [{ names: "--json" }, 'the input names contains "--json", which is not a name'],
])("refuses %j", (given, message) => {
  expect(() => restoreRequestOf(inputsOf(given))).toThrow(message);
});

it("refuses a key without paths only if it is to be saved", () => {
  expect(restoreRequestOf(inputsOf({ key: "k" })).asked).toEqual({ key: "k", or: [], paths: [] });
  expect(() => askedToSave(inputsOf({ key: "k" }))).toThrow('the input "key" needs "path"');
});
