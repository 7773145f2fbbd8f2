import { randomUUID } from "node:crypto";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import * as v from "valibot";
import { isProof, nonceHeader, proofHeader, proofOfAnswer, proofOfRequest } from "./proof.ts";
import type { ServerState } from "./state.ts";
import { serverStatus, type ServerStatus } from "./status.ts";

/** A command's use of a server, which ends with the command. */
export interface Use {
  /** `stopped`: somebody stopped the server; `lost`: it is gone; `ended`: by `end`. */
  readonly closed: Promise<"stopped" | "lost" | "ended">;
  readonly end: () => void;
}

/** How long a server on this machine may take to answer. */
const answerMs = 5_000;

/** Says that a command uses the server. Undefined if the server is gone, or about to stop. */
export async function useServer(state: ServerState, command: string): Promise<Use | undefined> {
  const query = new URLSearchParams({ command, pid: String(process.pid) });
  const answer = await ask(state, "GET", `/use?${query.toString()}`);
  if (answer?.statusCode !== 200) {
    answer?.destroy();
    return undefined;
  }
  answer.socket.unref();
  let isOurs = false;
  const closed = text(answer).then(
    (said) => (isOurs ? "ended" : said === "stopped" ? "stopped" : "lost"),
    () => (isOurs ? "ended" : "lost"),
  );
  return {
    closed,
    end: () => {
      isOurs = true;
      answer.destroy();
    },
  };
}

/** What a server says of itself; undefined if it is gone. */
export async function askStatus(state: ServerState): Promise<ServerStatus | undefined> {
  const answer = await ask(state, "GET", "/status");
  if (answer === undefined) return undefined;
  const parsed = v.safeParse(serverStatus, jsonOf(await text(answer).catch(() => "")));
  return parsed.success ? parsed.output : undefined;
}

/** Asks a server to stop, even if it is in use with `force`. */
export async function askToStop(
  state: ServerState,
  force: boolean,
): Promise<"stopping" | "in use" | "gone"> {
  const answer = await ask(state, "POST", `/stop${force ? "?force=true" : ""}`);
  answer?.resume();
  if (answer === undefined) return "gone";
  return answer.statusCode === 409 ? "in use" : "stopping";
}

/** The answer of the server that wrote the state file; undefined if no server answers as it would. */
function ask(
  { control, token }: ServerState,
  method: string,
  path: string,
): Promise<IncomingMessage | undefined> {
  const nonce = randomUUID();
  const proof = proofOfRequest(token, nonce, `${method} ${path}`);
  const headers = { [nonceHeader]: nonce, [proofHeader]: proof };
  return new Promise((done) => {
    const sent = request({ host: "127.0.0.1", port: control, method, path, headers, agent: false });
    sent.setTimeout(answerMs, () => sent.destroy());
    sent.on("error", () => done(undefined));
    sent.once("response", (answer) => {
      sent.setTimeout(0);
      const isServer = isProof(answer.headers[proofHeader], proofOfAnswer(token, nonce));
      if (!isServer) answer.destroy();
      done(isServer ? answer : undefined);
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
