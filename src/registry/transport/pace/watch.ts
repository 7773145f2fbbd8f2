import { count } from "../../../count.ts";
import type { ClientRequest, IncomingMessage } from "node:http";
import { type Limits, seconds, TooSlowError } from "./limits.ts";
import { RingSocket } from "../connection/ring-socket.ts";

/** The most informational answers (`100`, `102`, `103`) to accept; a server needs one or two. */
const maxInformation = 20;

/** The other end does not behave like a registry. */
export class ProtocolError extends Error {
  readonly code = "ERR_NO_REGISTRY";
}

export interface Watched {
  /**
   * Until the head of the answer arrives, once the connection is open and everything was sent.
   * Milliseconds.
   */
  readonly headMs: number;
  /**
   * Until the last byte of the answer, from its head on; undefined: no limit while it is fast
   * enough.
   */
  readonly bodyMs?: number | undefined;
  /** When a transfer is too slow, in either direction. */
  readonly slow: Pick<Limits, "slowMs" | "slowBytes">;
}

/**
 * Ends a request whose server keeps it waiting: with silence, an endless head, repeated `103`, or
 * content that trickles. Node's own timeout restarts with each byte.
 */
export function watchRequest(outgoing: ClientRequest, watched: Watched): void {
  const { headMs, slow } = watched;
  let head: NodeJS.Timeout | undefined;
  let informed = 0;
  const late = (): void => {
    const what = informed === 0 ? "no response" : "only 1xx responses";
    outgoing.destroy(new TooSlowError(`${what} within ${seconds(headMs)}`));
  };
  const waitForHead = (): void => {
    clearTimeout(head);
    head = setTimeout(late, headMs);
  };
  const sending = watchPace(slow, {
    // With nothing left to send, the source of our content is slow.
    isWanted: () => outgoing.socket?.connecting === false && outgoing.writableLength > 0,
    bytes: () => (outgoing.socket?.bytesWritten ?? 0) - (outgoing.socket?.writableLength ?? 0),
    end: (error) => outgoing.destroy(error),
    verb: "taken",
  });
  outgoing.once("finish", () => {
    sending.stop();
    if (outgoing.socket?.connecting === false) waitForHead();
  });
  outgoing.once("socket", (socket) => {
    if (socket.connecting) {
      socket.once("connect", () => {
        if (outgoing.writableFinished) waitForHead();
      });
    } else if (outgoing.writableFinished) {
      waitForHead();
    }
  });
  outgoing.on("information", () => {
    if (++informed <= maxInformation) return;
    outgoing.destroy(new ProtocolError(`it sent only 1xx responses (${informed})`));
  });
  outgoing.once("response", (answer: IncomingMessage) => {
    clearTimeout(head);
    watchBody(answer, watched);
  });
  outgoing.once("close", () => {
    clearTimeout(head);
    sending.stop();
  });
}

function watchBody(answer: IncomingMessage, { bodyMs, slow }: Watched): void {
  const end = (error: Error): void => void answer.destroy(error);
  const stop = bodyMs === undefined ? watchReading(answer, slow, end) : limitBody(bodyMs, end);
  answer.once("end", stop).once("close", stop);
}

function limitBody(bodyMs: number, end: (error: Error) => void): () => void {
  const late = (): void =>
    end(new TooSlowError(`the response did not finish within ${seconds(bodyMs)}`));
  const timer = setTimeout(late, bodyMs);
  return () => clearTimeout(timer);
}

function watchReading(
  answer: IncomingMessage,
  slow: Watched["slow"],
  end: (error: Error) => void,
): () => void {
  const { socket } = answer;
  return watchPace(slow, {
    // Bytes that have not been read yet mean that the reader is slow.
    isWanted: () =>
      !answer.complete &&
      answer.readableLength === 0 &&
      !(socket instanceof RingSocket && socket.isHeldBack),
    bytes: () => socket.bytesRead,
    end: (error) => {
      // A ring socket was taken from the answer, which no longer receives its events.
      if (socket instanceof RingSocket) socket.destroy(error);
      end(error);
    },
    verb: "came",
  }).stop;
}

interface Paced {
  /** Whether it is the other side's turn. */
  readonly isWanted: () => boolean;
  readonly bytes: () => number;
  readonly end: (error: Error) => void;
  readonly verb: "came" | "taken";
}

/** Checks ten times in each window, so that a pause on our side anywhere in it counts. */
function watchPace(
  { slowMs, slowBytes }: Watched["slow"],
  { isWanted, bytes, end, verb }: Paced,
): { readonly stop: () => void } {
  let since = 0;
  let before = 0;
  const timer = setInterval(() => {
    const now = bytes();
    if (since === 0 || now - before >= slowBytes || !isWanted()) {
      since = performance.now();
      before = now;
      return;
    }
    if (performance.now() - since < slowMs) return;
    clearInterval(timer);
    const were = verb === "came" ? "received" : "sent";
    end(new TooSlowError(`only ${count(now - before, "byte")} were ${were} in ${seconds(slowMs)}`));
  }, slowMs / 10);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
