import type { StepRun } from "../../lint/model/pipeline.ts";
import type { Reading } from "./reading.ts";

/** Whether a step only serves the builds of its job: the generated pipeline has it, or needs it no more. */
export function isPlumbing({ action, script, operations }: StepRun): boolean {
  if (operations.length > 0) return true;
  if (action !== undefined) return plumbing.test(action.name) || action.name.startsWith("./");
  const text = script?.value.text ?? "";
  const commands = text.split(/\n|\s(?:&&|\|\|)\s/);
  return commands.every((command) => plumbingLines.some((one) => one.test(command.trim())));
}

const plumbing =
  /^(?:actions\/(?:checkout|cache|cache\/\w+|upload-artifact|download-artifact)|docker\/(?:setup-[\w-]+|login-action|metadata-action|build-push-action|bake-action)|(?:.*\/)?(?:free-disk-space|maximize-build-space)[\w-]*|crazy-max\/ghaction-[\w-]+|depot\/setup-action|step-security\/harden-runner|(?:.*\/)?buildkit-cache-dance|reproducible-containers\/.*)$/;

const plumbingLines = [
  /^(?:#.*)?$/,
  // Variables: digests, dates, platforms made fit for a name.
  /^(?:export )?\w+=(?:\$\(.*\)|`.*`|"[^"]*"|'[^']*'|[^\s;|&]*)$/,
  /^(?:mkdir|touch|ls|df|echo|set|true|apk|(?:sudo )?rm -rf)\b/,
  /^docker (?:-v|--version|version|info|images|pull|logout|rmi)\b/,
  /^docker (?:buildx )?(?:imagetools )?(?:inspect|version|ls)\b/,
  /^docker (?:buildx|context) (?:create|use|rm|stop)\b/,
  /^docker (?:system|image|builder) prune\b/,
  // Emulation, which the new jobs set up themselves.
  /^docker (?:container )?run .*(?:\/binfmt|qemu-user-static)\b/,
];

/** Whether a step frees the disk of its runner. */
export function freesDisk({ jobs }: Pick<Reading, "jobs">): boolean {
  return jobs
    .flatMap(({ steps }) => steps)
    .some(({ action }) => /free-disk-space|maximize-build-space/.test(action?.name ?? ""));
}

/** Whether a step keeps the content of cache mounts between runs. */
export function keepsMounts({ jobs }: Pick<Reading, "jobs">): boolean {
  return jobs
    .flatMap(({ steps }) => steps)
    .some(({ action }) => action?.name.endsWith("/buildkit-cache-dance") === true);
}
