import { saveState } from "@actions/core";
import type { RenderedKey } from "../../dir/keys/key-template.ts";
import type { Action } from "../process/run-action.ts";
import { askedToSave, restoreInputs } from "./dir-inputs.ts";
import { type JobState, stateName } from "./job-state.ts";
import { restoreForJob } from "./restore-for-job.ts";

export const dirInputs = [...restoreInputs, "allow-empty"] as const;

/** Restores directory caches, and leaves to the end of the job what is to be saved. */
export const dirAction: Action<(typeof dirInputs)[number]> = {
  inputs: dirInputs,
  async act(inputs, io) {
    const asked = askedToSave(inputs);
    const keys = new Map<string, RenderedKey>();
    const { exitCode, isHit } = await restoreForJob(inputs, io, keys);
    // What was only looked up, and exists, was not restored: its folders may have anything.
    const isDone = inputs.boolean("lookup-only") && isHit;
    const state: JobState = { asked, keys: [...keys], isDone };
    saveState(stateName, JSON.stringify(state));
    return exitCode;
  },
};
