import { createHmac, randomBytes } from "node:crypto";
import type { Client } from "../../http/request.ts";
import { Refusal } from "../../http/refusal.ts";
import { BcryptThread } from "./bcrypt-thread.ts";
import { FairQueue } from "./fair-queue.ts";

/** Compares a password with a bcrypt hash, and with others for the time that it takes. */
export type Compare = (password: string, hashes: readonly string[]) => Promise<boolean>;

export interface Question {
  readonly user: string;
  readonly password: string;
  readonly hash: string;
  /** Hashes that are compared for the time that it takes, whatever comes of them. */
  readonly besides?: readonly string[];
}

interface Limits {
  /** Answers that are remembered, of right and of wrong passwords each. */
  readonly remembered?: number;
  /** Comparisons that may wait for their turn. More than there are connections. */
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
 * Bcrypt is slow so that guessing is; each pair of name and password is compared once, and its
 * outcome remembered in this process under a salted hash. Right and wrong ones are remembered
 * apart, so that guesses push out no one's login. Comparisons run one at a time, in a thread of
 * their own; those that wait have their turn by address and user. No login is refused because of
 * others: a connection has one request at a time, so their number is bounded already.
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
   * Whether the hash is of the password. Those who ask for the same at once share one comparison;
   * one that all of them left before its turn is not made. Throws a refusal if too many wait.
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
    throw new Refusal(429, "TOOMANYREQUESTS", "too many logins are being checked", {
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

  /** The hash of the file is part of it: a new password makes what was remembered useless. */
  #keyOf({ user, password, hash }: Question): string {
    return createHmac("sha256", this.#salt)
      .update(JSON.stringify([user, password, hash]))
      .digest("base64");
  }
}

/** An asker that came over no connection. */
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
