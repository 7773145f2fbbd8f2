import { expect, test } from "vitest";
import type { Client } from "../../http/request.ts";
import { BcryptChecks, type Question } from "./bcrypt-checks.ts";

/** A comparison that counts its calls, and can be made to wait until it is released. */
function comparing(options: { waits?: boolean } = {}) {
  const compared: string[] = [];
  const release: (() => void)[] = [];
  const compare = async (password: string, [hash]: readonly string[]): Promise<boolean> => {
    compared.push(password);
    if (options.waits === true) await new Promise<void>((resolve) => release.push(resolve));
    return password === hash;
  };
  const releaseAll = async (): Promise<void> => {
    for (let go = release.shift(); go !== undefined; go = release.shift()) {
      go();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { compare, compared, releaseAll };
}

function ask(password: string, user = "ada", hash = "secret"): Question {
  return { user, password, hash };
}

function from(address: string, isGone = false): Client {
  return { address: () => address, isGone: () => isGone };
}

test("compares once for a thousand requests, right or wrong", async () => {
  const { compare, compared } = comparing();
  const checks = new BcryptChecks(compare);
  for (let n = 0; n < 1_000; n++) {
    expect(await checks.check(ask("secret"))).toBe(true);
    expect(await checks.check(ask("wrong"))).toBe(false);
  }
  expect(compared).toEqual(["secret", "wrong"]);
});

test("compares again for another user, and after the hash changes", async () => {
  const { compare, compared } = comparing();
  const checks = new BcryptChecks(compare);
  expect([
    await checks.check(ask("secret")),
    await checks.check(ask("secret", "eve", "other")),
    await checks.check(ask("secret", "ada", "changed")),
  ]).toEqual([true, false, false]);
  expect(compared).toHaveLength(3);
});

test("shares one comparison between identical requests", async () => {
  const { compare, compared, releaseAll } = comparing({ waits: true });
  const checks = new BcryptChecks(compare);
  const asked = Array.from({ length: 50 }, () => checks.check(ask("secret")));
  await releaseAll();
  expect(new Set(await Promise.all(asked))).toEqual(new Set([true]));
  expect(compared).toEqual(["secret"]);
});

test("neither refuses a login nor delays it much during a flood of wrong ones", async () => {
  const { compare, compared, releaseAll } = comparing({ waits: true });
  const checks = new BcryptChecks(compare);
  const wrong = Array.from({ length: 2_000 }, (_, n) =>
    checks.check(ask(`guess ${n}`), from(`192.0.2.${n % 5}`)),
  );
  const sameAddress = checks.check(ask("hers", "eve", "hers"), from("192.0.2.0"));
  const right = checks.check(ask("secret"), from("198.51.100.1"));
  await releaseAll();
  expect([await right, await sameAddress]).toEqual([true, true]);
  expect(compared.indexOf("secret")).toBeLessThan(8);
  expect(compared.indexOf("hers")).toBeLessThan(16);
  expect(new Set(await Promise.all(wrong))).toEqual(new Set([false]));
});

test("skips clients that have gone away by their turn", async () => {
  const { compare, compared, releaseAll } = comparing({ waits: true });
  const checks = new BcryptChecks(compare, { waiting: 3 });
  const first = checks.check(ask("1"));
  const gone = ["2", "3", "4"].map((password) => checks.check(ask(password), from("a", true)));
  // The queue is full until those who left are removed.
  const next = checks.check(ask("secret"));
  await releaseAll();
  expect(await Promise.all([first, ...gone, next])).toEqual([false, false, false, false, true]);
  expect(compared).toEqual(["1", "secret"]);
});

test("refuses if more wait than there can be connections", async () => {
  const { compare, releaseAll } = comparing({ waits: true });
  const checks = new BcryptChecks(compare, { waiting: 1 });
  const asked = [checks.check(ask("1")), checks.check(ask("2"))];
  expect(() => checks.check(ask("3"))).toThrow(
    expect.objectContaining({ status: 429, code: "TOOMANYREQUESTS" }),
  );
  await releaseAll();
  expect(await Promise.all(asked)).toEqual([false, false]);
});

test("forgets the oldest answers, and no login because of wrong guesses", async () => {
  const { compare, compared } = comparing();
  const checks = new BcryptChecks(compare, { remembered: 2 });
  await checks.check(ask("secret"));
  for (const guess of ["1", "2", "3"]) await checks.check(ask(guess));
  compared.length = 0;
  await checks.check(ask("secret"));
  expect(compared).toEqual([]);
  await checks.check(ask("3"));
  expect(compared).toEqual([]);
  await checks.check(ask("1"));
  expect(compared).toEqual(["1"]);
});

test("compares again after a failure", async () => {
  let fails = true;
  const checks = new BcryptChecks((password, [hash]) =>
    fails ? Promise.reject(new Error("no")) : Promise.resolve(password === hash),
  );
  await expect(checks.check(ask("secret"))).rejects.toThrow("no");
  fails = false;
  expect(await checks.check(ask("secret"))).toBe(true);
});

test("checks a real bcrypt hash", async () => {
  const checks = new BcryptChecks();
  // A test vector from crypt_blowfish.
  const hash = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  expect([
    await checks.check(ask("U*U", "ada", hash)),
    await checks.check(ask("U*V", "ada", hash)),
  ]).toEqual([true, false]);
  checks.close();
});

test("does not block the serving thread while it compares", async () => {
  const checks = new BcryptChecks();
  const hash = `$2b$10$${".".repeat(53)}`;
  await checks.check(ask("first", "ada", hash));
  const before = performance.eventLoopUtilization();
  await Promise.all(
    Array.from({ length: 5 }, (_, n) => checks.check(ask(`guess ${n}`, "ada", hash))),
  );
  const { utilization } = performance.eventLoopUtilization(before);
  checks.close();
  expect(utilization).toBeLessThan(0.5);
});
