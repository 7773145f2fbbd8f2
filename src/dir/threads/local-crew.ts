import { openCodec } from "../packs/codec.ts";
import type { Crew } from "./crew.ts";
import { perform } from "./perform.ts";
import type { ResultOf, Task } from "./tasks.ts";

/** A crew that works in this thread, for little work. */
export function localCrew(): Crew {
  const codec = openCodec();
  return {
    size: 1,
    run: async <One extends Task>(task: One) =>
      // `perform` gives for each task the result of its kind.
      perform(task, await codec) as ResultOf<One>,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
