import { expect, test } from "vitest";
import { UsageError } from "../../errors.ts";
import { parseAccessFile } from "./access-file.ts";

async function problems(text: string): Promise<string[]> {
  try {
    await parseAccessFile(text, "access.yml");
  } catch (error) {
    if (error instanceof UsageError) return error.message.split("\n");
    throw error;
  }
  return [];
}

test("reads who may do what", async () => {
  const text = [
    "anonymous:",
    "  - repositories: public/**",
    "    actions: pull",
    "users:",
    "  ci:",
    "    - repositories: [acme/*, cache]",
    "      actions: [pull, push]",
    '  "1.10":',
    "    - { repositories: '**', actions: [pull, push, delete] }",
  ].join("\n");
  expect(await parseAccessFile(text, "access.yml")).toEqual({
    anonymous: [{ repositories: ["public/**"], actions: ["pull"] }],
    users: new Map([
      ["ci", [{ repositories: ["acme/*", "cache"], actions: ["pull", "push"] }]],
      ["1.10", [{ repositories: ["**"], actions: ["pull", "push", "delete"] }]],
    ]),
  });
});

test("lists every problem of its shape, with its place", async () => {
  const text = [
    "anonymous:",
    "  - repositories: [ok]",
    "    actions: [pull, write]",
    "  - actions: pull",
    "user: {}",
    "users:",
    "  ada: all",
  ].join("\n");
  expect(await problems(text)).toEqual([
    'access.yml:3:21: anonymous[0].actions[1] must be pull, push or delete, not "write"',
    'access.yml:4:5: anonymous[1] needs the key "repositories"',
    'access.yml:5:1: unknown key "user" (did you mean "users"?)',
    "access.yml:7:8: users.ada must be a list, not a string",
  ]);
});

test("reports globs that no repository matches", async () => {
  const text = [
    "anonymous:",
    "  - repositories: [Acme/App, ok]",
    "    actions: pull",
    "users:",
    "  ci:",
    "    - repositories: 'host:5000/app'",
    "      actions: pull",
  ].join("\n");
  const hint = "(use a name such as acme/app, with * for one part or ** for any number of parts)";
  expect(await problems(text)).toEqual([
    `access.yml:2:20: "Acme/App" is not a valid repository pattern ${hint}`,
    `access.yml:6:21: "host:5000/app" is not a valid repository pattern ${hint}`,
  ]);
});

test.each([
  [
    "",
    "access.yml: the access file grants no rights (add users under users:, or rights under anonymous:)",
  ],
  [
    "users: {}",
    "access.yml: the access file grants no rights (add users under users:, or rights under anonymous:)",
  ],
  [
    "- pull",
    "access.yml: the access file must be a map (use a map with the keys anonymous and users)",
  ],
])("refuses %j", async (text, said) => {
  expect(await problems(text)).toEqual([said]);
});

test("reports where it is not YAML", async () => {
  expect(await problems("users: [")).toEqual([
    expect.stringMatching(/^access\.yml:1:9: invalid YAML: /),
  ]);
});
