import type { BuildLogs, ListedBuild, StepOfBuild } from "../pipeline/logs/leg-logs.ts";
import { formatAge, formatMinute } from "./age.ts";
import { describeMount } from "./build/mount-lines.ts";
import { type Column, formatSeconds, type Page, renderTable } from "./table.ts";
import type { Style } from "./terminal/style.ts";

const columns: readonly Column[] = [
  { head: "LEG" },
  { head: "STARTED" },
  { head: "STATE", styleOf: (cell) => stateStyles.get(cell.split(" ", 1)[0] ?? "") },
  { head: "TOOK", right: true },
  { head: "CACHED", right: true, optional: true },
  { head: "COMMIT", optional: true },
];

const stateStyles: ReadonlyMap<string, Style> = new Map([
  ["built", "green"],
  ["failed", "red"],
] as const);

/** A line for each build. */
export function renderBuilds(builds: readonly ListedBuild[], now: Date, page?: Page): string {
  if (builds.length === 0) return "no builds are recorded";
  const rows = builds.map(({ leg, startedAt, result, recorded, seconds, steps, commit }) => [
    leg,
    formatAge(startedAt, now),
    recorded === "here" ? `${result} (this machine)` : result,
    formatSeconds(seconds),
    `${steps.cached} of ${steps.all}`,
    commit.slice(0, shortCommit),
  ]);
  return renderTable(columns, rows, page);
}

const shortCommit = 12;

/** What the steps of builds printed, below the builds and the steps. */
export function renderLogs(builds: readonly BuildLogs[]): string {
  return builds.map(renderBuild).join("\n\n");
}

function renderBuild(build: BuildLogs): string {
  const { leg, startedAt, result, seconds, commit, run, recorded, stepLogs, logs, failure } = build;
  const facts = [
    `${result === "failed" ? "failed after" : "built in"} ${formatSeconds(seconds)}`,
    ...(commit === "" ? [] : [`commit ${commit.slice(0, shortCommit)}`]),
    ...(run === null ? [] : [run]),
    ...(recorded === "here" ? ["recorded on this machine"] : []),
  ];
  return [
    `${leg}, ${formatMinute(startedAt)}: ${facts.join(", ")}`,
    ...(build.mounts ?? []).map((mount) => `  ${describeMount(mount)}`),
    ...(logs === null ? [`  no step logs: ${whyNone(stepLogs)}`] : logs.flatMap(renderStep)),
    ...(failure === null
      ? []
      : [`  ${failure.step === "" ? "" : `${failure.step}: `}${failure.error}`]),
  ].join("\n");
}

function whyNone(state: BuildLogs["stepLogs"]): string {
  if (state === "off") return "the config has logs: false";
  return state === "gone" ? "they are no longer stored" : "an older version built it";
}

function renderStep({ step, state, seconds, log }: StepOfBuild): readonly string[] {
  const lines = log === "" ? [] : log.split("\n").map((line) => `    ${line}`);
  return [`  ${step}${endOf(state, seconds)}`, ...lines];
}

function endOf(state: StepOfBuild["state"], seconds: number): string {
  switch (state) {
    case "cached":
      return " (cached)";
    case "other":
      return "";
    case "ran":
      return ` (${formatSeconds(seconds)})`;
    case "failed":
      return ` (failed after ${formatSeconds(seconds)})`;
  }
}
