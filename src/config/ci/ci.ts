import { UsageError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";
import { hasRules } from "../cache/retention.ts";
import type { Refresh, Retention } from "../config.ts";
import type { Report } from "../schema/report.ts";
import type { RawCi } from "../schema/ci-schema.ts";
import { parseSize } from "../size.ts";
import type { CiConfig, CiSchedule, DispatchInput } from "./ci-config.ts";
import { parseCron } from "./cron.ts";
import { normaliseLogins } from "./logins.ts";

/** What of the rest of the config decides what `ci` means. */
export interface CiSetting {
  readonly refresh: Refresh | undefined;
  readonly holdPins: boolean;
  readonly retention: Retention;
  /** The names in `vars`. */
  readonly variables: readonly string[];
}

/** Checks `ci`; problems go to the report. */
export function normaliseCi(raw: RawCi | undefined, setting: CiSetting, report: Report): CiConfig {
  return {
    logins: normaliseLogins(raw?.logins ?? {}, report),
    schedule: normaliseSchedule(raw?.schedule ?? {}, setting, report),
    freeDisk:
      report.try(["ci", "free-disk"], () => parseFreeDisk(raw?.["free-disk"] ?? "false")) ??
      "false",
    cacheBudget:
      report.try(["ci", "cache-budget"], () => parseSize(raw?.["cache-budget"] ?? "10GB")) ?? 0,
    dispatch: normaliseDispatch(raw?.dispatch ?? {}, setting.variables, report),
  };
}

type Moment = keyof CiSchedule;

function normaliseSchedule(
  raw: Readonly<Partial<Record<Moment, string | undefined>>>,
  { refresh, holdPins, retention }: CiSetting,
  report: Report,
): CiSchedule {
  const read = (moment: Moment, usual: string | undefined, needs?: string): string | undefined => {
    const given = raw[moment];
    if (given === undefined) return usual;
    if (given === "false") return undefined;
    const path = ["ci", "schedule", moment];
    if (needs !== undefined) {
      const hint = `add ${needs}, or remove ci.schedule.${moment}`;
      report.add(path, `ci.schedule.${moment} has no effect without ${needs}`, hint);
    }
    return report.try(path, () => parseCron(given));
  };
  const schedule = {
    refresh: read("refresh", epochStart(refresh), refresh === undefined ? "refresh" : undefined),
    stale: read("stale", holdPins ? undefined : "41 4 * * *"),
    prune: hasRules(retention)
      ? read("prune", "29 5 * * 0")
      : read("prune", undefined, "cache.retention"),
  };
  refuseSame(schedule, report);
  return schedule;
}

/** When the epoch changes by itself, a little later: others' schedules begin at the full hour. */
function epochStart(refresh: Refresh | undefined): string | undefined {
  if (refresh?.every === "week") return "17 3 * * 1";
  return refresh?.every === "day" ? "17 3 * * *" : undefined;
}

/** A run knows from its cron expression why it was started. */
function refuseSame(schedule: CiSchedule, report: Report): void {
  const moments: readonly Moment[] = ["refresh", "stale", "prune"];
  for (const [index, moment] of moments.entries()) {
    const cron = schedule[moment];
    const same = moments.slice(0, index).find((earlier) => schedule[earlier] === cron);
    if (cron === undefined || same === undefined) continue;
    const at = report.has(["ci", "schedule", moment]) ? moment : same;
    report.add(
      ["ci", "schedule", at],
      `ci.schedule.${moment} and ci.schedule.${same} are both "${cron}"`,
      "use a different minute for each: the schedule determines what a run does",
    );
  }
}

function parseFreeDisk(text: string): string {
  if (text === "true" || text === "false") return text;
  try {
    parseSize(text);
  } catch (cause) {
    throw new UsageError(`"${text}" is not a valid value for ci.free-disk`, {
      hint: "use true, false, or a size such as 40GB",
      cause,
    });
  }
  return text;
}

function normaliseDispatch(
  raw: NonNullable<RawCi["dispatch"]>,
  variables: readonly string[],
  report: Report,
): Record<string, DispatchInput> {
  const inputs: Record<string, DispatchInput> = {};
  for (const [name, input] of Object.entries(raw)) {
    if (!variables.includes(name)) {
      const hint =
        variables.length === 0 ? `declare it: vars: {${name}: …}` : suggest(name, variables);
      report.add(
        ["ci", "dispatch", name],
        `ci.dispatch: the variable "${name}" is not declared in vars`,
        hint,
        "key",
      );
    }
    inputs[name] = { description: input?.description, default: input?.default ?? "" };
  }
  return inputs;
}
