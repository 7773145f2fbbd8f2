import { formatSeconds } from "../../report/table.ts";
import { lineOf } from "../../report/terminal/width.ts";
import type { Io } from "../io.ts";

/** What takes less time is not shown. Milliseconds. */
const quickMs = 1_000;

/** On a terminal, shows what is done and for how long, until it is done. */
export async function showWhile<Result>(
  what: string,
  work: Promise<Result>,
  { now, progress, terminal }: Pick<Io, "now" | "progress" | "terminal">,
): Promise<Result> {
  if (progress !== "tty" || terminal === undefined) return work;
  const startedAt = now().getTime();
  terminal.show("run", ({ columns }) => {
    const milliseconds = now().getTime() - startedAt;
    if (milliseconds < quickMs) return [];
    return [lineOf(`${what}: ${formatSeconds(milliseconds / 1000)}`, columns)];
  });
  try {
    return await work;
  } finally {
    terminal.show("run", undefined);
  }
}
