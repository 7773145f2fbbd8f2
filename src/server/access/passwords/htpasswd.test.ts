import { hashSync } from "bcryptjs";
import { expect, test } from "vitest";
import { UsageError } from "../../../errors.ts";
import { parseHtpasswd } from "./htpasswd.ts";

const hash = hashSync("secret", 4);
const apache = hash.replace("$2b$", "$2y$");

function problems(text: string): string[] {
  try {
    parseHtpasswd(text, "users");
  } catch (error) {
    if (error instanceof UsageError) return error.message.split("\n");
    throw error;
  }
  return [];
}

test("reads what htpasswd -B writes", () => {
  const text = `# users\n\nada:${apache}\r\nci:${hash}\n  eve x:${hash}  `;
  expect(parseHtpasswd(text, "users")).toEqual(
    new Map([
      ["ada", apache],
      ["ci", hash],
      ["eve x", hash],
    ]),
  );
  expect(parseHtpasswd("", "users")).toEqual(new Map());
});

test("reports every bad line without quoting it", () => {
  const text = [`ada:${hash}`, "secret", `:${hash}`, `a\u0007:${hash}`, `ada:${hash}`, "ci:"];
  expect(problems(text.join("\n"))).toEqual([
    "users:2: not a name:hash pair (add users with htpasswd -B)",
    "users:3: no name before the colon",
    "users:4: the name contains control characters",
    'users:5: "ada" is already on line 1',
    'users:6: the password of "ci" is empty, not a bcrypt hash (set the password with htpasswd -B users ci)',
  ]);
});

test.each([
  ["$apr1$abc$def", "an MD5 hash"],
  ["{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "a SHA-1 hash"],
  ["$5$abc$def", "a SHA-256 hash"],
  ["$6$abc$def", "a SHA-512 hash"],
  ["secret", "plain text or an old crypt hash"],
  [hash.slice(0, -1), "truncated or damaged"],
])("refuses %s, and says how to make a valid hash", (given, kind) => {
  expect(problems(`ci:${given}`)).toEqual([
    `users:1: the password of "ci" is ${kind}, not a bcrypt hash (set the password with htpasswd -B users ci)`,
  ]);
});

test("refuses a cost that would stall the registry at each login", () => {
  expect(problems(`ci:${hash.replace("$04$", "$20$")}`)).toEqual([
    'users:1: the bcrypt hash of "ci" has a cost of 20; the registry accepts 4 to 14 (set the password with htpasswd -B users ci)',
  ]);
});

test("reports ten lines of a file of another kind", () => {
  const said = problems("x\n".repeat(500));
  expect([said.length, said.at(-1)]).toEqual([11, "users: and 490 more lines"]);
});
