import { describe, expect, test } from "vitest";
import { type AccessRules, actions, rightsOf } from "./rights.ts";

const rules: AccessRules = {
  anonymous: [{ repositories: ["public/**"], actions: ["pull"] }],
  users: new Map([
    ["ci", [{ repositories: ["acme/*", "cache"], actions: ["pull", "push"] }]],
    [
      "ada",
      [
        { repositories: ["**"], actions: ["pull"] },
        { repositories: ["ada/**"], actions: ["push", "delete"] },
      ],
    ],
  ]),
};

function allowed(user: string | undefined, repository: string): string {
  const rights = rightsOf(rules);
  return actions.filter((action) => rights.may(user, repository, action)).join(",");
}

describe("rights", () => {
  test.each([
    [undefined, "public/app", "pull"],
    [undefined, "acme/app", ""],
    ["ci", "acme/app", "pull,push"],
    ["ci", "acme/app/deep", ""],
    ["ci", "cache", "pull,push"],
    ["ci", "public/app", "pull"],
    ["ada", "acme/app", "pull"],
    ["ada", "ada/x/y", "pull,push,delete"],
    ["eve", "acme/app", ""],
    ["eve", "public/x", "pull"],
  ])("%s in %s: %s", (user, repository, expected) => {
    expect(allowed(user, repository)).toBe(expected);
  });

  test("belong to every logged-in user if there are no rules", () => {
    const rights = rightsOf(undefined);
    expect([
      rights.may("eve", "any/thing", "delete"),
      rights.may(undefined, "any/thing", "pull"),
      rights.openToAnonymous,
    ]).toEqual([true, false, false]);
  });

  test("know whether anonymous users have rights", () => {
    expect(rightsOf(rules).openToAnonymous).toBe(true);
    expect(rightsOf({ anonymous: [], users: new Map() }).openToAnonymous).toBe(false);
    const nothing = { anonymous: [{ repositories: ["x"], actions: [] }], users: new Map() };
    expect(rightsOf(nothing).openToAnonymous).toBe(false);
  });
});
