import { createHmac, randomBytes } from "node:crypto";
import { createLimit } from "../../registry/transport/limit.ts";
import { Refusal } from "../reply.ts";

/** Compares a password with a bcrypt hash. */
export type Compare = (password: string, hash: string) => Promise<boolean>;

interface Limits {
  /** Answers that are remembered, of right and of wrong passwords each. */
  readonly remembered?: number;
  /** Comparisons that may wait for their turn. */
  readonly waiting?: number;
}

/**
 * Bcrypt is slow so that guessing is; each pair of name and password is compared once, and its
 * outcome remembered in this process under a salted hash. Right and wrong ones are remembered
 * apart, so that guesses push out no one's login.
 */
export class BcryptChecks {
  readonly #compare: Compare;
  readonly #limit = createLimit(2);
  readonly #salt = randomBytes(32);
  readonly #right: Remembered;
  readonly #wrong: Remembered;
  readonly #mostWaiting: number;
  readonly #running = new Map<string, Promise<boolean>>();

  constructor(compare: Compare = compareBcrypt, { remembered = 1_000, waiting = 64 }: Limits = {}) {
    this.#compare = compare;
    this.#right = new Remembered(remembered);
    this.#wrong = new Remembered(remembered);
    this.#mostWaiting = waiting;
  }

  /**
   * Whether the hash is of the password. Those who ask for the same at once share one comparison.
   * Throws a refusal where too many wait already.
   */
  check(user: string, password: string, hash: string): Promise<boolean> {
    const key = this.#keyOf(user, password, hash);
    if (this.#right.has(key)) return Promise.resolve(true);
    if (this.#wrong.has(key)) return Promise.resolve(false);
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    if (this.#running.size >= this.#mostWaiting) {
      throw new Refusal(429, "TOOMANYREQUESTS", "too many logins are being checked", {
        headers: { "retry-after": "1" },
      });
    }
    const checked = this.#limit(() => this.#compare(password, hash))
      .then((right) => {
        (right ? this.#right : this.#wrong).add(key);
        return right;
      })
      .finally(() => this.#running.delete(key));
    this.#running.set(key, checked);
    return checked;
  }

  /** The hash of the file is part of it: a new password makes what was remembered useless. */
  #keyOf(user: string, password: string, hash: string): string {
    return createHmac("sha256", this.#salt)
      .update(JSON.stringify([user, password, hash]))
      .digest("base64");
  }
}

/** The keys that were seen last. */
class Remembered {
  readonly #most: number;
  readonly #keys = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  has(key: string): boolean {
    if (!this.#keys.delete(key)) return false;
    this.#keys.add(key);
    return true;
  }

  add(key: string): void {
    this.#keys.add(key);
    const [oldest] = this.#keys;
    if (this.#keys.size > this.#most && oldest !== undefined) this.#keys.delete(oldest);
  }
}

/** Loaded by the first login; a registry without a password file does without. */
async function compareBcrypt(password: string, hash: string): Promise<boolean> {
  const { compare } = await import("bcryptjs");
  return compare(password, hash);
}
