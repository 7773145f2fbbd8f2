import type { Action } from "../process/run-action.ts";
import { restoreInputs } from "./dir-inputs.ts";
import { restoreForJob } from "./restore-for-job.ts";

/** Restores directory caches, and saves none. */
export const dirRestoreAction: Action<(typeof restoreInputs)[number]> = {
  inputs: restoreInputs,
  act: async (inputs, io) => (await restoreForJob(inputs, io, new Map())).exitCode,
};
