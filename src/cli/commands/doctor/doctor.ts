import { defineCommand } from "../../program/define-command.ts";
import { configured } from "../../program/flag-groups.ts";
import { text } from "../../program/flags.ts";
import { doctorRegistry } from "./registry.ts";

export const doctor = defineCommand({
  name: "doctor",
  summary: "check what builds need: Docker, buildx, platforms, git, folders, registries",
  flags: [
    text(
      "--builder <builder>",
      "the buildx builder (default: those in the config, BUILDX_BUILDER or the current one)",
    ),
    ...configured,
  ],
  help: `
Prints one line for each check, then how to fix the problems, failures first. Nothing is built, and
nothing is stored in a registry. Exits with code 1 if a check fails that the config depends on.
`,
  example: "layerkeep doctor",
  commands: [doctorRegistry],
  run: async ({ options, io }) => {
    const { runDoctor } = await import("../../doctor/run-doctor.ts");
    return runDoctor(options, io);
  },
});
