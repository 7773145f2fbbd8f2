import type { Workflow } from "../../lint/github/workflow.ts";
import type { Settings } from "../../lint/model/operation.ts";
import type { RepositoryFacts, SampleEvent } from "../events/sample-event.ts";
import type { Notes } from "../notes.ts";
import { freesDisk, keepsMounts } from "../old/plumbing.ts";
import { loginsOf } from "../old/logins/logins.ts";
import type { Reading } from "../old/reading.ts";
import { cacheRepositoryOf, registryCaches } from "./cache-repository.ts";
import { inputDefaults, rawCi } from "./ci.ts";
import type { DraftVariant } from "./variants/draft.ts";
import type { ConfigSetting } from "./write-config.ts";

interface SettingFacts {
  readonly sources: readonly string[];
  /** None for pipelines of GitLab, whose schedules and inputs are not in the file. */
  readonly workflows: readonly Workflow[];
  readonly readings: readonly Reading[];
  /** The runs of the new workflow. */
  readonly events: readonly SampleEvent[];
  readonly facts: RepositoryFacts;
  readonly release: readonly string[];
  readonly command: string;
}

/** What the config has beside its variants; what of it cannot be carried over goes to `lost`. */
export function settingOf(
  drafts: readonly DraftVariant[],
  { sources, workflows, readings, events, facts, release, command }: SettingFacts,
  lost: Notes,
): ConfigSetting {
  const refresh = refreshOf(drafts, lost);
  const vars = usedVariables(drafts, inputDefaults(workflows));
  return {
    sources,
    // CI needs one, so that the config is not valid until it is filled in.
    cache:
      cacheRepositoryOf(publishedBy(drafts), registryCaches(cachesOf(drafts)), facts) ??
      "ghcr.io/OWNER/NAME-cache",
    refresh,
    release,
    mounts: readings.some(keepsMounts),
    ci: rawCi(
      workflows,
      {
        logins: readings.flatMap(loginsOf),
        hasRefresh: refresh !== undefined,
        freesDisk: readings.some(freesDisk),
        used: new Set(Object.keys(vars)),
      },
      lost,
    ),
    ...{ command, events, vars },
  };
}

/** One argument changes with time, in all builds; another one of the kind is reported. */
function refreshOf(drafts: readonly DraftVariant[], lost: Notes): DraftVariant["refresh"] {
  const fixed = new Set(
    drafts.flatMap(({ recipe, platformArgs }) =>
      [recipe.args ?? {}, ...Object.values(platformArgs)].flatMap((args) => Object.keys(args)),
    ),
  );
  const all = drafts.flatMap(({ refresh }) => refresh ?? []);
  const [first] = all.filter(({ arg }) => !fixed.has(arg));
  for (const { arg, span } of all) {
    if (arg === first?.arg) continue;
    if (fixed.has(arg)) {
      const message = `the argument ${arg} changes with the date here, but has a fixed value in another build`;
      lost.add(span, message, "use another name in one of the Dockerfiles");
    } else {
      const message = `the argument ${arg} changes with the date, like ${first?.arg ?? ""}`;
      const hint =
        "use the same name for both in the Dockerfile: the config can have only one refresh argument";
      lost.add(span, message, hint);
    }
  }
  return first;
}

/** The variables that texts of the drafts have, and their defaults. */
function usedVariables(
  drafts: readonly DraftVariant[],
  defaults: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const texts = drafts.map(({ recipe, platformArgs, published }) => [
    recipe,
    platformArgs,
    published.map(({ rules, flavors, annotations }) => [
      [flavors, annotations],
      rules.map(({ text }) => text),
    ]),
  ]);
  const names = JSON.stringify(texts).matchAll(/(?<!\$)\$\{(\w+)\}/g);
  return Object.fromEntries([...names].map(([, name = ""]) => [name, defaults[name] ?? ""]));
}

function publishedBy(drafts: readonly DraftVariant[]): readonly string[] {
  return drafts.flatMap(({ published }) => published.map(({ repository }) => repository));
}

function cachesOf(drafts: readonly DraftVariant[]): readonly Settings[] {
  return drafts.flatMap(({ seen }) => seen.flatMap(({ image }) => image.cacheTo));
}
