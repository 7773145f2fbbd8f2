import { LayerkeepError, type RegistryError } from "../../../errors.ts";
import type { Answer } from "../answer.ts";
import { codeOf, isBroken, readError, refusal, unreachable } from "../failure.ts";
import { BodySourceError } from "../connection/http.ts";
import { Budget } from "./limits.ts";
import { maxRetryAfterMs, maxTries, parseRetryAfter, retryDelay } from "./retry.ts";
import type { Sender, SenderOptions } from "../sender.ts";

/** The share of a request's time for a host that was silent for all of it the last time. */
const silentShare = 10;
/** Connection refused: that seldom changes within seconds. */
const maxRefusedTries = 3;

/** A request, and the statuses that count as answers. */
export interface Asked {
  readonly method: string;
  readonly accept: readonly number[];
  readonly url: () => URL;
  readonly signal: AbortSignal | undefined;
  readonly tries: number;
}

type TryOptions = Pick<SenderOptions, "sleep" | "random" | "clock" | "limits">;

/**
 * Retries a request until it gets an expected answer. Throws a registry error for a refusal that a
 * retry would not change, or when its tries or its time are used up.
 */
export async function untilAnswered(
  asked: Asked,
  sender: Sender,
  options: TryOptions,
  attempt: (budget: Budget) => Promise<Answer>,
): Promise<Answer> {
  const { requestMs, tryMs } = options.limits;
  const reads = asked.method === "GET" || asked.method === "HEAD";
  // A request that changes something is not repeated while the first may still be running.
  const budget = sender.isSilent(asked.url().host)
    ? new Budget(requestMs / silentShare, requestMs / silentShare)
    : new Budget(requestMs, reads ? tryMs : requestMs);
  for (let number = 1; ; number++) {
    const outcome = await outcomeOf(asked, sender, options, () => attempt(budget));
    if ("status" in outcome) return outcome;
    if (number >= Math.min(asked.tries, outcome.worth) || budget.isSpent) throw outcome.error;
    // While the host asks for a pause, all of its requests wait, including this one.
    if (outcome.queued) continue;
    const delay = retryDelay(number + 1, outcome.pauseMs, options.random);
    await options.sleep(delay, asked.signal);
  }
}

interface Failure {
  readonly error: RegistryError;
  /** The pause that the registry asked for. */
  readonly pauseMs: number | undefined;
  /** Whether all requests to that host wait for this long. */
  readonly queued: boolean;
  readonly worth: number;
}

/** An expected answer, or a failure with the number of tries that it is worth. */
async function outcomeOf(
  asked: Asked,
  sender: Sender,
  { clock }: TryOptions,
  attempt: () => Promise<Answer>,
): Promise<Answer | Failure> {
  const { method } = asked;
  try {
    const answer = await attempt();
    if (asked.accept.includes(answer.status)) return answer;
    const pauseMs = parseRetryAfter(answer.header("retry-after"), clock());
    const body = answer.peeked ?? (await readError(answer.message));
    const error = refusal({ method, url: answer.url }, answer.status, body, pauseMs);
    const again = error.retryable && (pauseMs ?? 0) <= maxRetryAfterMs;
    const queued = sender.pauseFor(answer) !== undefined;
    return { error, pauseMs, queued, worth: again ? maxTries : 1 };
  } catch (error) {
    asked.signal?.throwIfAborted();
    if (error instanceof BodySourceError) throw error.cause instanceof Error ? error.cause : error;
    if (error instanceof LayerkeepError) throw error;
    const worth = !isBroken(error)
      ? 1
      : codeOf(error) === "ECONNREFUSED"
        ? maxRefusedTries
        : maxTries;
    const failure = unreachable({ method, url: asked.url() }, error);
    return { error: failure, pauseMs: undefined, queued: false, worth };
  }
}
