import type { Starter } from "../../pipeline/starter/plan-starter.ts";
import { renderProblem } from "../../errors.ts";
import { few } from "../few.ts";
import { count } from "../../count.ts";

/** What `init` wrote. */
export interface InitResult extends Starter {
  readonly file: string;
  readonly from: "compose" | "dockerfiles";
  readonly compose: string | undefined;
  readonly next: readonly NextStep[];
}

interface NextStep {
  readonly command: string;
  readonly purpose: string;
}

/**
 * Commands that work with a new config, without a login: `up` ends with images in Docker, and prints
 * how to run one. `remoteUrl` is the repository's.
 */
export function nextSteps(command: string, remoteUrl: string | undefined): readonly NextStep[] {
  const host = /^https:\/\/(github|gitlab)\.com\//.exec(remoteUrl ?? "")?.[1];
  return [
    { command: `${command} plan`, purpose: "show what would be built" },
    { command: `${command} ${runHere}`, purpose: "build here, and load the images into Docker" },
    ...(host === undefined
      ? []
      : [{ command: `${command} ci ${host}`, purpose: "generate the CI workflow" }]),
  ];
}

/** Gives images to run, whatever registries the config names. */
export const runHere = "up --local --load";

/** The file, its variants, and what is wrong with them. */
export function renderInit(result: InitResult): string {
  const { file, compose, imported, variants, leftOut } = result;
  const names = [...imported, ...variants.map(({ name }) => name)];
  const from = compose === undefined ? "" : `, ${imported.length} of them from ${compose}`;
  return [
    `wrote ${file}: ${count(names.length, "variant")} (${few(names)})${from}`,
    ...variants.flatMap(({ name, context, missing }) => [
      ...(missing.length === 0
        ? []
        : [
            `warning: ${name}: no folder contains everything that it copies; "${context}" is the closest match, but it lacks:`,
          ]),
      ...missing.map((problem) => `  ${renderProblem(problem)}`),
    ]),
    ...leftOut.map(({ dockerfile, problem }) => `warning: skipped ${dockerfile}: ${problem}`),
  ].join("\n");
}

/** What to run next, a line for each command. */
export function renderNext({ next }: InitResult): string {
  const width = Math.max(...next.map(({ command }) => command.length));
  const steps = next.map(({ command, purpose }) => `  ${command.padEnd(width)}  # ${purpose}`);
  return ["next:", ...steps].join("\n");
}

/** The result for programs. */
export function initJson({ variants, next, compose, ...rest }: InitResult): object {
  return {
    ...rest,
    ...(compose === undefined ? {} : { compose }),
    variants: variants.map(({ missing, ...variant }) => ({
      ...variant,
      missing: missing.map(renderProblem),
    })),
    next: next.map(({ command }) => command),
  };
}
