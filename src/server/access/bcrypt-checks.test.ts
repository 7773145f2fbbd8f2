import { expect, test } from "vitest";
import { BcryptChecks } from "./bcrypt-checks.ts";

/** A comparison that counts, and waits to be let go where it is told to. */
function comparing(options: { waits?: boolean } = {}) {
  const compared: string[] = [];
  const release: (() => void)[] = [];
  const compare = async (password: string, hash: string): Promise<boolean> => {
    compared.push(password);
    if (options.waits === true) await new Promise<void>((resolve) => release.push(resolve));
    return password === hash;
  };
  const releaseAll = (): void => {
    for (const go of release.splice(0)) go();
  };
  return { compare, compared, releaseAll };
}

test("compares once for a thousand requests, right or wrong", async () => {
  const { compare, compared } = comparing();
  const checks = new BcryptChecks(compare);
  for (let n = 0; n < 1_000; n++) {
    expect(await checks.check("ada", "secret", "secret")).toBe(true);
    expect(await checks.check("ada", "wrong", "secret")).toBe(false);
  }
  expect(compared).toEqual(["secret", "wrong"]);
});

test("compares again for another user, and once the hash has changed", async () => {
  const { compare, compared } = comparing();
  const checks = new BcryptChecks(compare);
  expect([
    await checks.check("ada", "secret", "secret"),
    await checks.check("eve", "secret", "other"),
    await checks.check("ada", "secret", "changed"),
  ]).toEqual([true, false, false]);
  expect(compared).toHaveLength(3);
});

test("lets those who ask for the same at once share one comparison", async () => {
  const { compare, compared, releaseAll } = comparing({ waits: true });
  const checks = new BcryptChecks(compare);
  const asked = Array.from({ length: 50 }, () => checks.check("ada", "secret", "secret"));
  releaseAll();
  expect(new Set(await Promise.all(asked))).toEqual(new Set([true]));
  expect(compared).toEqual(["secret"]);
});

test("refuses where too many wait, and takes more once they are through", async () => {
  const { compare, releaseAll } = comparing({ waits: true });
  const checks = new BcryptChecks(compare, { waiting: 2 });
  const asked = [checks.check("ada", "1", "x"), checks.check("ada", "2", "x")];
  expect(() => checks.check("ada", "3", "x")).toThrow(
    expect.objectContaining({ status: 429, code: "TOOMANYREQUESTS" }),
  );
  releaseAll();
  expect(await Promise.all(asked)).toEqual([false, false]);
  const next = checks.check("ada", "3", "3");
  releaseAll();
  expect(await next).toBe(true);
});

test("forgets the eldest, and no login for the sake of guesses", async () => {
  const { compare, compared } = comparing();
  const checks = new BcryptChecks(compare, { remembered: 2 });
  await checks.check("ada", "secret", "secret");
  for (const guess of ["1", "2", "3"]) await checks.check("ada", guess, "secret");
  compared.length = 0;
  await checks.check("ada", "secret", "secret");
  expect(compared).toEqual([]);
  await checks.check("ada", "3", "secret");
  expect(compared).toEqual([]);
  await checks.check("ada", "1", "secret");
  expect(compared).toEqual(["1"]);
});

test("asks again where a comparison failed", async () => {
  let fails = true;
  const checks = new BcryptChecks((password, hash) =>
    fails ? Promise.reject(new Error("no")) : Promise.resolve(password === hash),
  );
  await expect(checks.check("ada", "secret", "secret")).rejects.toThrow("no");
  fails = false;
  expect(await checks.check("ada", "secret", "secret")).toBe(true);
});

test("knows bcrypt", async () => {
  const checks = new BcryptChecks();
  // A test vector of crypt_blowfish.
  const hash = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  expect([await checks.check("ada", "U*U", hash), await checks.check("ada", "U*V", hash)]).toEqual([
    true,
    false,
  ]);
});
