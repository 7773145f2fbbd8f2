import { parseDuration } from "../../../duration.ts";
import { messageOf, UsageError } from "../../../errors.ts";
import { isCi } from "../../../trust/environment/provider.ts";

/** How long the background server waits for the next command: a duration such as `15m`. */
export const idleVariable = "LAYERKEEP_REGISTRY_IDLE";

/** The duration that is set, or the default: in CI, no process is left behind. */
export function idleText(env: NodeJS.ProcessEnv): string {
  const text = env[idleVariable] ?? "";
  if (text === "") return isCi(env) ? "0" : "15m";
  parseIdle(text);
  return text;
}

/** The duration in milliseconds; 0 ends the server with the last command. Throws a usage error. */
export function parseIdle(text: string): number {
  try {
    return parseDuration(text);
  } catch (cause) {
    throw new UsageError(`invalid ${idleVariable} "${text}"`, { cause, hint: messageOf(cause) });
  }
}
