import type { Action } from "../process/run-action.ts";
import { askedToSave, saveInputs } from "./dir-inputs.ts";
import { saveForJob } from "./save-for-job.ts";

/** Saves directory caches. */
export const dirSaveAction: Action<(typeof saveInputs)[number]> = {
  inputs: saveInputs,
  async act(inputs, io) {
    await saveForJob(askedToSave(inputs), inputs, io);
    return 0;
  },
};
