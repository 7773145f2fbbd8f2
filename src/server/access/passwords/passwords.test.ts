import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashSync } from "bcryptjs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BcryptChecks } from "./bcrypt-checks.ts";
import { openPasswords, type Passwords } from "./passwords.ts";

let folder = "";
let file = "";
let opened: Passwords | undefined;
let warnings: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-passwords-"));
  file = join(folder, "users");
  warnings = [];
});
afterEach(async () => {
  opened?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(
  options: Partial<Parameters<typeof openPasswords>[0]> = {},
): Promise<Passwords> {
  opened = await openPasswords({ onWarning: (message) => warnings.push(message), ...options });
  return opened;
}

async function write(users: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries(users).map(([name, secret]) => `${name}:${hashSync(secret, 4)}\n`);
  await writeFile(file, lines.join(""));
}

test.each([
  ["ada", "pass:wörd", true],
  ["ada", "pass:wörd ", false],
  ["ada", "", false],
  ["eve", "pass:wörd", false],
  ["", "", false],
])("one user: %s with %j is admitted: %s", async (user, password, expected) => {
  const passwords = await open({ single: { user: "ada", password: "pass:wörd" } });
  expect(await passwords.check(user, password)).toBe(expected);
});

test("a password file admits its users", async () => {
  await write({ ada: "secret", ci: "other" });
  const passwords = await open({ htpasswd: file, single: { user: "root", password: "toor" } });
  expect([
    await passwords.check("ada", "secret"),
    await passwords.check("ada", "other"),
    await passwords.check("ci", "other"),
    await passwords.check("root", "toor"),
    await passwords.check("eve", "secret"),
  ]).toEqual([true, false, true, true, false]);
});

test("a login takes the same time for every user, known or not, whatever their hash costs", async () => {
  const lines = [`ada:${hashSync("secret", 4)}`, `eve:${hashSync("secret", 6)}`];
  await writeFile(file, `${lines.join("\n")}\n`);
  const compared: (readonly string[])[] = [];
  const checks = new BcryptChecks((_, hashes) => {
    compared.push(hashes);
    return Promise.resolve(false);
  });
  const passwords = await open({ htpasswd: file, checks });
  for (const user of ["ada", "eve", "nobody", "__proto__"]) await passwords.check(user, "wrong");
  const costs = compared.map((hashes) => hashes.map((hash) => Number(hash.slice(4, 6))));
  expect(costs).toEqual([[4, 4, 5], [6], [6], [6]]);
  const steps = costs.map((each) => each.reduce((sum, cost) => sum + 2 ** cost, 0));
  expect(new Set(steps)).toEqual(new Set([2 ** 6]));
  expect(compared.flat().every((hash) => hash.length === 60)).toBe(true);
});

test("an unknown user is not admitted even if the comparison succeeds", async () => {
  await write({ ada: "secret" });
  const checks = new BcryptChecks(() => Promise.resolve(true));
  const passwords = await open({ htpasswd: file, checks });
  expect([await passwords.check("ada", "x"), await passwords.check("eve", "x")]).toEqual([
    true,
    false,
  ]);
});

test("a changed file takes effect, and a broken one leaves the previous version in use", async () => {
  await write({ ada: "secret" });
  const passwords = await open({ htpasswd: file });
  expect(await passwords.check("ada", "secret")).toBe(true);
  const before = passwords.fingerprint("ada");
  await write({ ada: "changed", ci: "new" });
  await passwords.refresh();
  expect([
    await passwords.check("ada", "secret"),
    await passwords.check("ada", "changed"),
    await passwords.check("ci", "new"),
    passwords.fingerprint("ada") === before,
  ]).toEqual([false, true, true, false]);
  await writeFile(file, "ada:plain\n");
  await passwords.refresh();
  await rm(file);
  await passwords.refresh();
  await passwords.refresh();
  expect(await passwords.check("ada", "changed")).toBe(true);
  expect(warnings).toEqual([
    `${file}:1: the password of "ada" is plain text or an old crypt hash, not a bcrypt hash (set the password with htpasswd -B ${file} ada); the previous version remains in use`,
    `the password file ${file} cannot be read: no such file; the previous version remains in use`,
  ]);
});

test("a file without users, or with the user of --user, is refused", async () => {
  await writeFile(file, "# nobody\n");
  await expect(open({ htpasswd: file })).rejects.toThrow(`the password file ${file} has no users`);
  await write({ ada: "secret" });
  await expect(open({ htpasswd: file, single: { user: "ada", password: "x" } })).rejects.toThrow(
    `the user "ada" is set with --user, but is also in ${file}`,
  );
  await expect(open({ htpasswd: folder })).rejects.toThrow(
    `the password file ${folder} cannot be read: it is a folder`,
  );
});
