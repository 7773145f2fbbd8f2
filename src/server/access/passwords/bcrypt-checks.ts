import { createHmac, randomBytes } from "node:crypto";
import type { Client } from "../../http/request.ts";
import { Refusal } from "../../http/refusal.ts";
import { BcryptThread } from "./bcrypt-thread.ts";
import { FairQueue } from "./fair-queue.ts";

/**
 * Compares a password with the first bcrypt hash. The others are compared only to take the same
 * time.
 */
export type Compare = (password: string, hashes: readonly string[]) => Promise<boolean>;

export interface Question {
  readonly user: string;
  readonly password: string;
  readonly hash: string;
  /** Hashes that are compared only for the time that it takes; the result is ignored. */
  readonly besides?: readonly string[];
}

interface Limits {
  /** How many answers are remembered, for right and for wrong passwords each. */
  readonly remembered?: number;
  /** How many comparisons may wait. More than there are connections. */
  readonly waiting?: number;
}

interface Waiting {
  readonly key: string;
  readonly question: Question;
  readonly askers: Client[];
  readonly answer: Promise<boolean>;
  readonly resolve: (right: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Bcrypt is slow so that guessing is slow. Each pair of name and password is compared once; the
 * outcome is remembered in this process under a salted hash. Right and wrong passwords are
 * remembered separately, so that guesses never push out a login. Comparisons run one at a time in
 * their own thread, and take turns by address and user. No login is refused because of others: a
 * connection has one request at a time, so their number is already bounded.
 */
export class BcryptChecks {
  readonly #compare: Compare;
  readonly #thread = new BcryptThread();
  readonly #salt = randomBytes(32);
  readonly #right: Remembered;
  readonly #wrong: Remembered;
  readonly #mostWaiting: number;
  /** Waiting or running. */
  readonly #asked = new Map<string, Waiting>();
  readonly #queue = new FairQueue<Waiting>();
  #isRunning = false;

  constructor(compare?: Compare, { remembered = 1_000, waiting = 4_096 }: Limits = {}) {
    this.#compare = compare ?? ((password, hashes) => this.#thread.compare(password, hashes));
    this.#right = new Remembered(remembered);
    this.#wrong = new Remembered(remembered);
    this.#mostWaiting = waiting;
  }

  /**
   * Whether the hash matches the password. Identical requests share one comparison; it is skipped
   * if all of their clients have gone away. Throws a refusal if too many wait.
   */
  check(question: Question, asker: Client = nobody): Promise<boolean> {
    const key = this.#keyOf(question);
    if (this.#right.has(key)) return Promise.resolve(true);
    if (this.#wrong.has(key)) return Promise.resolve(false);
    const known = this.#asked.get(key);
    if (known !== undefined) {
      known.askers.push(asker);
      return known.answer;
    }
    this.#makeRoom();
    const waiting = waitingFor(key, question, asker);
    this.#asked.set(key, waiting);
    this.#queue.push(asker.address(), question.user, waiting);
    void this.#run();
    return waiting.answer;
  }

  close(): void {
    this.#thread.close();
  }

  #makeRoom(): void {
    if (this.#queue.size < this.#mostWaiting) return;
    this.#queue.drop((waiting) => this.#isUseless(waiting));
    if (this.#queue.size < this.#mostWaiting) return;
    throw new Refusal(429, "TOOMANYREQUESTS", "too many logins at once", {
      headers: { "retry-after": "1" },
    });
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (!this.#isUseless(next)) await this.#answer(next);
    }
    this.#isRunning = false;
  }

  async #answer({ key, question, resolve, reject }: Waiting): Promise<void> {
    const { password, hash, besides = [] } = question;
    try {
      const right = await this.#compare(password, [hash, ...besides]);
      (right ? this.#right : this.#wrong).add(key);
      resolve(right);
    } catch (error) {
      reject(error);
    }
    this.#asked.delete(key);
  }

  #isUseless({ key, askers, resolve }: Waiting): boolean {
    if (!askers.every((asker) => asker.isGone())) return false;
    this.#asked.delete(key);
    resolve(false);
    return true;
  }

  /** Includes the hash from the file, so that a new password invalidates remembered answers. */
  #keyOf({ user, password, hash }: Question): string {
    return createHmac("sha256", this.#salt)
      .update(JSON.stringify([user, password, hash]))
      .digest("base64");
  }
}

/** A client without a connection. */
const nobody: Client = { address: () => "", isGone: () => false };

function waitingFor(key: string, question: Question, asker: Client): Waiting {
  let resolve: (right: boolean) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const answer = new Promise<boolean>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { key, question, askers: [asker], answer, resolve, reject };
}

/** The most recently seen keys. */
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
