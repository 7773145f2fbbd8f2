import type { Command } from "commander";
import type { Io } from "../io.ts";
import { command, type Done, example } from "./options.ts";

/** `layerkeep doctor …`: what something can do, or what is wrong with it. */
export function addDoctorCommands(program: Command, io: Io, done: Done): void {
  const doctor = command(program, "doctor", "find out what is wrong, or what something can do");
  command(doctor, "registry", "try out what a registry does, and say which settings to use")
    .argument("[repository]", "such as ghcr.io/acme/app-cache (default: the config's cache)")
    .option(
      "--second <repository>",
      "another repository there, to try mounting from; it keeps a blob",
    )
    .option("--insecure", "speak plain HTTP, or TLS without a check of the certificate")
    .addHelpText("after", example("layerkeep doctor registry ghcr.io/acme/app-cache"))
    .action(async (repository: string | undefined, _, self: Command) => {
      const { runDoctorRegistry } = await import("../commands/doctor-registry.ts");
      done(await runDoctorRegistry(repository, self.optsWithGlobals(), io));
    });
}
