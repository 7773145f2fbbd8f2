import { randomUUID } from "node:crypto";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import * as v from "valibot";
import type { Farewell } from "./control-server.ts";
import { isProof, nonceHeader, proofHeader, proofOfAnswer, proofOfRequest } from "./proof.ts";
import type { ServerState } from "../state.ts";
import { serverStatus, type ServerStatus } from "./status.ts";

/** A command's use of a server, which ends with the command. */
export interface Use {
  /** What the server said at its end; `lost`: it said nothing; `ours`: by `end`. */
  readonly closed: Promise<Farewell | "lost" | "ours">;
  readonly end: () => void;
}

/**
 * No answer. `gone`: the server ended, and nothing or another program has its port; `silent`: something
 * there is connected, and says nothing.
 */
export type NoAnswer = "gone" | "silent";

/** How long a server on this machine may take to answer. */
const answerMs = 5_000;

/**
 * Says that a command uses the server. `ending`: it is about to stop; `rootless`: its folder was
 * deleted.
 */
export async function useServer(
  state: ServerState,
  command: string,
): Promise<Use | NoAnswer | "ending" | "rootless"> {
  const query = new URLSearchParams({ command, pid: String(process.pid) });
  const answer = await ask(state, "GET", `/use?${query.toString()}`);
  if (typeof answer === "string") return answer;
  if (answer.statusCode !== 200) {
    answer.destroy();
    return answer.statusCode === 410 ? "rootless" : "ending";
  }
  answer.socket.unref();
  let isOurs = false;
  const closed = text(answer).then(
    (said) => (isOurs ? "ours" : (farewells.find((one) => one === said) ?? "lost")),
    () => (isOurs ? "ours" : "lost"),
  );
  return {
    closed,
    end: () => {
      isOurs = true;
      answer.destroy();
    },
  };
}

const farewells = ["stopped", "deleted", "ended"] as const satisfies readonly Farewell[];

/** What a server says of itself; one that is about to stop counts as gone. */
export async function askStatus(state: ServerState): Promise<ServerStatus | NoAnswer> {
  const answer = await ask(state, "GET", "/status");
  if (typeof answer === "string") return answer;
  const timer = setTimeout(() => answer.destroy(), answerMs);
  const parsed = v.safeParse(serverStatus, jsonOf(await text(answer).catch(() => "")));
  clearTimeout(timer);
  return parsed.success ? parsed.output : "gone";
}

/** Asks a server to stop, even if it is in use with `force`. */
export async function askToStop(
  state: ServerState,
  force: boolean,
): Promise<"stopping" | "in use" | NoAnswer> {
  const answer = await ask(state, "POST", `/stop${force ? "?force=true" : ""}`);
  if (typeof answer === "string") return answer;
  answer.resume();
  return answer.statusCode === 409 ? "in use" : "stopping";
}

/** The answer of the server that wrote the state file: only that one can prove it. */
function ask(
  { control, token }: ServerState,
  method: string,
  path: string,
): Promise<IncomingMessage | NoAnswer> {
  const nonce = randomUUID();
  const proof = proofOfRequest(token, nonce, `${method} ${path}`);
  const headers = { [nonceHeader]: nonce, [proofHeader]: proof };
  return new Promise((done) => {
    const sent = request({ host: "127.0.0.1", port: control, method, path, headers, agent: false });
    // Not by the socket's idle time: another program may send a byte now and then.
    const timer = setTimeout(() => {
      done("silent");
      sent.destroy();
    }, answerMs);
    sent.once("close", () => {
      clearTimeout(timer);
      done("gone");
    });
    sent.on("error", () => done("gone"));
    sent.once("response", (answer) => {
      clearTimeout(timer);
      const isServer = isProof(answer.headers[proofHeader], proofOfAnswer(token, nonce));
      if (!isServer) answer.destroy();
      done(isServer ? answer : "gone");
    });
    sent.end();
  });
}

function jsonOf(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}
