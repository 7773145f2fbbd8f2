import type { Io } from "../../cli/io.ts";

/** An action's `io` has no clock of its own; this one counts from now. */
export function timed(io: Io): Io {
  const began = io.now().getTime();
  return { ...io, elapsed: () => (io.now().getTime() - began) / 1000 };
}
