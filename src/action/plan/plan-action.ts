import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setOutput } from "@actions/core";
import type { Io } from "../../cli/io.ts";
import type { Action } from "../process/run-action.ts";
import { runCommand } from "../process/run-command.ts";
import { jobFolder } from "../process/workspace.ts";
import { inputNames, jobFlags, planFlags, publishJobsOf } from "./plan-flags.ts";

/** `layerkeep plan --matrix`, with the plan's file and its matrices as outputs. */
export const planAction: Action<(typeof inputNames)[number]> = {
  inputs: inputNames,
  async act(inputs, io) {
    const most = publishJobsOf(inputs);
    const given = inputs.text("output");
    const file =
      given === undefined ? join(await jobFolder(io), "plan.json") : resolve(io.cwd, given);
    const { code, text } = await capture(["plan", `--output=${file}`, ...planFlags(inputs)], io);
    if (code !== 0) return code;
    const { digestOf } = await import("../../oci/digest.ts");
    const { parsePlan } = await import("../../plan/parse-plan.ts");
    const { planPublishJobs } = await import("../../plan/matrix/publish-jobs.ts");
    const { renderPlan } = await import("../../report/plan/plan-report.ts");
    const bytes = await readFile(file);
    const plan = parsePlan(bytes.toString("utf8"), file);
    // Warnings are annotations already.
    io.out(`${renderPlan({ ...plan, warnings: [] }, { explain: false })}\n`);
    const moved = inputs.boolean("stale");
    // A base image that moves changes no job.
    const jobs = moved ? { code: 0, text: "{}" } : await capture(["jobs", ...jobFlags(inputs)], io);
    if (jobs.code !== 0) return jobs.code;
    const number = (action: string): number =>
      plan.legs.filter((leg) => leg.action === action).length;
    setOutput("plan", file);
    setOutput("digest", digestOf(bytes));
    setOutput("matrices", `[${text.split("\n").join(",")}]`);
    setOutput("publish", JSON.stringify(planPublishJobs(plan, { most, moved })));
    setOutput("jobs", jobs.text);
    setOutput("trust", plan.trust.level);
    setOutput("to-build", number("build"));
    setOutput("reused", number("reuse"));
    return 0;
  },
};

/** Runs a command, and gives its exit code with what it printed. */
async function capture(
  argv: readonly string[],
  io: Io,
): Promise<{ readonly code: number; readonly text: string }> {
  let text = "";
  const code = await runCommand(argv, { ...io, out: (more) => void (text += more) });
  return { code, text: text.trim() };
}
