import { UsageError } from "../../errors.ts";
import { annotate } from "../../cli/annotate.ts";
import { type Inputs, parseLine } from "../process/inputs.ts";
import type { Action } from "../process/run-action.ts";
import { judgeJobs, parseNeeds } from "./judge-jobs.ts";

const names = ["needs", "expected"] as const;

/** Fails if a job that the gate needs did not do what the plan had for it. */
export const gateAction: Action<(typeof names)[number]> = {
  inputs: names,
  act(inputs, io) {
    const judged = judgeJobs(parseNeeds(inputs.text("needs") ?? ""), expectedOf(inputs));
    for (const { job, result, problem } of judged) {
      io.out(`${job}: ${result}\n`);
      if (problem !== undefined) annotate("error", `${job} ${problem}`, io);
    }
    return Promise.resolve(judged.some(({ problem }) => problem !== undefined) ? 1 : 0);
  },
};

/** A plan that failed has no outputs: a job with an empty value counts as expected. */
function expectedOf(inputs: Inputs<(typeof names)[number]>): ReadonlyMap<string, boolean> {
  return new Map(
    inputs.lines("expected").map((line) => {
      const [job, value] = parseLine("expected", line);
      if (!["true", "false", ""].includes(value)) {
        throw new UsageError(
          `the input "expected" has an invalid line, "${line}": set ${job} to true or false`,
        );
      }
      return [job, value !== "false"];
    }),
  );
}
