import { getState } from "@actions/core";
import { warn } from "../../cli/io.ts";
import { messageOf } from "../../errors.ts";
import type { Action } from "../process/run-action.ts";
import { dirInputs } from "./dir-action.ts";
import type { JobState } from "./job-state.ts";
import { stateName } from "./job-state.ts";
import { saveForJob } from "./save-for-job.ts";

/** Saves at the end of the job. A cache that cannot be saved is a warning, and fails no job. */
export const dirPostAction: Action<(typeof dirInputs)[number]> = {
  inputs: dirInputs,
  async act(inputs, io) {
    const text = getState(stateName);
    if (text === "") return 0;
    // Our own step has written it.
    const { asked, keys, isDone } = JSON.parse(text) as JobState;
    if (isDone) return 0;
    try {
      await saveForJob(asked, inputs, io, new Map(keys));
    } catch (error) {
      if (io.signal.aborted) throw error;
      warn(io, `nothing was saved: ${messageOf(error)}`);
    }
    return 0;
  },
};
