import { createHash, timingSafeEqual } from "node:crypto";
import { UsageError } from "../../../errors.ts";
import type { Client } from "../../http/request.ts";
import { BcryptChecks } from "./bcrypt-checks.ts";
import { parseHtpasswd } from "./htpasswd.ts";
import { readTextFile } from "../text-file.ts";
import { watch } from "../watched.ts";

/** A single user with a plain-text password. */
export interface BasicAuth {
  readonly user: string;
  readonly password: string;
}

/** All users who can log in. */
export interface Passwords {
  /** Throws a refusal if too many logins are being checked at once. */
  readonly check: (user: string, password: string, asker?: Client) => Promise<boolean>;
  /** Changes when the user's password changes; undefined if there is no such user. */
  readonly fingerprint: (user: string) => string | undefined;
  /** Reads the password file again. */
  readonly refresh: () => Promise<void>;
  readonly close: () => void;
}

interface PasswordOptions {
  readonly single?: BasicAuth | undefined;
  /** A password file of bcrypt hashes; it is read again when it changes. */
  readonly htpasswd?: string | undefined;
  readonly onWarning: (message: string) => void;
  readonly checks?: BcryptChecks;
  readonly everyMs?: number | undefined;
}

/** Throws a usage error if the password file cannot be used or has no users. */
export async function openPasswords(options: PasswordOptions): Promise<Passwords> {
  const { single, htpasswd, onWarning, everyMs, checks = new BcryptChecks() } = options;
  if (htpasswd === undefined) return singlePassword(single);
  const what = "the password file";
  const load = async (): Promise<ReadonlyMap<string, string>> => {
    const hashes = parseHtpasswd(await readTextFile(htpasswd, what), htpasswd);
    if (single !== undefined && hashes.has(single.user)) {
      throw new UsageError(
        `the user "${single.user}" is set with --user, but is also in ${htpasswd}`,
        {
          hint: "choose a different username for --user, or remove it and use only the password file",
        },
      );
    }
    return hashes;
  };
  const file = await watch({ files: [htpasswd], load }, { onWarning, everyMs });
  if (file.current().size === 0 && single === undefined) {
    file.close();
    throw new UsageError(`${what} ${htpasswd} has no users`, {
      hint: `add a user with htpasswd -B ${htpasswd} NAME`,
    });
  }
  return {
    check: async (user, password, asker) => {
      if (single !== undefined && isSingle(single, user, password)) return true;
      const hashes = file.current();
      const hash = hashes.get(user);
      // An unknown name takes as long as a wrong password.
      const compared = hash ?? hashOfNobody(costliest(hashes));
      const besides = fillers(costOf(compared), costliest(hashes));
      const right = await checks.check({ user, password, hash: compared, besides }, asker);
      return right && hash !== undefined;
    },
    fingerprint: (user) =>
      single?.user === user ? fingerprintOf(single.password) : file.current().get(user),
    refresh: file.refresh,
    close: () => {
      file.close();
      checks.close();
    },
  };
}

function singlePassword(single: BasicAuth | undefined): Passwords {
  return {
    check: (user, password) =>
      Promise.resolve(single !== undefined && isSingle(single, user, password)),
    fingerprint: (user) => (single?.user === user ? fingerprintOf(single.password) : undefined),
    refresh: () => Promise.resolve(),
    close: () => undefined,
  };
}

/** Hashed first: `timingSafeEqual` only takes equal lengths, and a length would be a hint too. */
function isSingle(single: BasicAuth, user: string, password: string): boolean {
  const hash = (name: string, secret: string): Buffer =>
    createHash("sha256")
      .update(JSON.stringify([name, secret]))
      .digest();
  return timingSafeEqual(hash(single.user, single.password), hash(user, password));
}

function fingerprintOf(password: string): string {
  return createHash("sha256").update(password).digest("base64");
}

/** The highest cost in the file. Every check takes that long, whoever the user is. */
function costliest(hashes: ReadonlyMap<string, string>): number {
  return Math.max(...[...hashes.values()].map(costOf), leastCost);
}

const leastCost = 4;

function costOf(hash: string): number {
  return Number(hash.slice(4, 6));
}

/**
 * Hashes that make a comparison of a lower cost take as long as one of the highest: 2^cost steps
 * each.
 */
function fillers(cost: number, most: number): string[] {
  return Array.from({ length: Math.max(most - cost, 0) }, (_, index) => hashOfNobody(cost + index));
}

/** A hash that matches no password. */
function hashOfNobody(cost: number): string {
  return `$2b$${String(cost).padStart(2, "0")}$${".".repeat(22)}${".".repeat(31)}`;
}
