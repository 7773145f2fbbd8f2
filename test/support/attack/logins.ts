import { setMaxListeners } from "node:events";
import { get as request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { users } from "./target.ts";

/** How long a right login may take on a busy machine, the attackers' own work included. */
const patienceMs = 15_000;

interface LoginAttack {
  readonly url: URL;
  /** From 0 to 1. */
  readonly size: number;
  readonly signal: AbortSignal;
}

/**
 * Guesses passwords over many connections from three addresses, for a user that there is and for
 * many that there are not. Meanwhile each user logs in with the right password, once. Gives the
 * statuses of these, 0 for one that was not answered.
 */
export async function attackLogins({ url, size, signal }: LoginAttack): Promise<readonly number[]> {
  // Each request listens for its end.
  setMaxListeners(0, signal);
  let guesses = 0;
  const guess = async (address: string): Promise<void> => {
    while (!signal.aborted) {
      const n = guesses++;
      const user = n % 2 === 0 ? "ada" : `nobody ${n}`;
      await login(url, { user, password: `guess ${n}`, address, signal }).catch(() => sleep(5));
    }
  };
  const count = Math.ceil(600 * size);
  const guessing = Array.from({ length: count }, (_, n) => guess(`127.0.0.${2 + (n % 3)}`));
  await sleep(500);
  const statuses: number[] = [];
  for (const [user, password] of Object.entries(users)) {
    const patience = AbortSignal.timeout(patienceMs);
    const right = { user, password, address: "127.0.0.1", signal: patience };
    statuses.push(await login(url, right).catch(() => 0));
  }
  await Promise.all(guessing);
  return statuses;
}

interface Login {
  readonly user: string;
  readonly password: string;
  readonly address: string;
  readonly signal: AbortSignal;
}

function login(url: URL, { user, password, address, signal }: Login): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const options = { agent: false, localAddress: address, headers: { authorization }, signal };
  return new Promise((resolve, reject) => {
    request(new URL("/v2/", url), options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).once("error", reject);
  });
}
