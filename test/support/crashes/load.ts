import { setImmediate as immediately, setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../differential/random.ts";
import type { RegistryProcess } from "../registry-process.ts";
import { repositories } from "./contents.ts";
import type { Ledger } from "./ledger.ts";
import { mustSucceed } from "./rounds.ts";
import { Client } from "./requests.ts";
import { Unanswered, Writer } from "./writer.ts";

const policies = ["untagged", "per-repository"] as const;

/** Clients that change a registry until it ends. */
export interface Load {
  /** Waits for some milliseconds. Throws a violation as soon as a client was refused. */
  run(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
  /** From now on a connection that breaks is nobody's fault. */
  stop(): void;
  /** Resolves when all clients ended. Rejects if one was refused, or cut before `stop`. */
  readonly ended: Promise<void>;
}

/** Starts a client for each repository, and somebody who collects from time to time. */
export function startLoad(server: RegistryProcess, ledger: Ledger, random: Random): Load {
  let isStopped = false;
  const until = async (work: () => Promise<void>): Promise<void> => {
    try {
      while (!isStopped) {
        await work();
        // What finds nothing to do waits for nothing, and must not keep the others waiting.
        await immediately();
      }
    } catch (error) {
      if (isStopped && error instanceof Unanswered) return;
      throw error;
    }
  };
  const clients = repositories.map((name) => {
    const client = new Client(server.url);
    const writer = new Writer({ client, ledger, random, name });
    return until(() => writer.step()).finally(() => client.close());
  });
  const collecting = until(() => collectSoon(server, ledger, random));
  // Who fails first says why; the others are cut by the kill that follows.
  const ended = Promise.all([...clients, collecting]).then(() => undefined);
  ended.catch(() => undefined);
  return {
    run: async (milliseconds, signal) => {
      const waited = sleep(milliseconds, undefined, { ref: false });
      await mustSucceed(Promise.race([waited, ended]), signal);
      signal?.throwIfAborted();
    },
    stop: () => (isStopped = true),
    ended,
  };
}

async function collectSoon(server: RegistryProcess, ledger: Ledger, random: Random): Promise<void> {
  await sleep(10 + random.below(150));
  const end = ledger.beginCollection();
  await server.ask(random.pick(policies)).catch((cause: unknown) => {
    throw new Unanswered("collect", { cause });
  });
  end();
}
