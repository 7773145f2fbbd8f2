import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setOutput } from "@actions/core";
import type { Action } from "../process/run-action.ts";
import { runCommand } from "../process/run-command.ts";
import { jobFolder } from "../process/workspace.ts";
import { inputNames, planFlags, publishJobsOf } from "./plan-flags.ts";

/** `layerkeep plan --matrix`, with the plan's file and its matrices as outputs. */
export const planAction: Action<(typeof inputNames)[number]> = {
  inputs: inputNames,
  async act(inputs, io) {
    const most = publishJobsOf(inputs);
    const given = inputs.text("output");
    const file =
      given === undefined ? join(await jobFolder(io), "plan.json") : resolve(io.cwd, given);
    let printed = "";
    const capturing = { ...io, out: (text: string) => void (printed += text) };
    const code = await runCommand(["plan", `--output=${file}`, ...planFlags(inputs)], capturing);
    if (code !== 0) return code;
    const { digestOf } = await import("../../oci/digest.ts");
    const { parsePlan } = await import("../../plan/parse-plan.ts");
    const { planPublishJobs } = await import("../../plan/matrix/publish-jobs.ts");
    const { renderPlan } = await import("../../report/plan-report.ts");
    const bytes = await readFile(file);
    const plan = parsePlan(bytes.toString("utf8"), file);
    // Warnings are annotations already.
    io.out(`${renderPlan({ ...plan, warnings: [] }, { explain: false })}\n`);
    const moved = inputs.boolean("stale");
    const number = (action: string): number =>
      plan.legs.filter((leg) => leg.action === action).length;
    setOutput("plan", file);
    setOutput("digest", digestOf(bytes));
    setOutput("matrices", `[${printed.trim().split("\n").join(",")}]`);
    setOutput("publish", JSON.stringify(planPublishJobs(plan, { most, moved })));
    setOutput("trust", plan.trust.level);
    setOutput("to-build", number("build"));
    setOutput("reused", number("reuse"));
    return 0;
  },
};
