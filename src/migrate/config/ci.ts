import { secretNamesOf } from "../../ci/registries.ts";
import { at, entriesOf, itemsOf, textOf, textsOf } from "../../lint/yaml/node.ts";
import type { Workflow } from "../../lint/github/workflow.ts";
import type { Notes } from "../notes.ts";
import type { OldLogin } from "../old/logins/logins.ts";
import { variableOf } from "../old/texts.ts";
import { defined } from "./variants/raw-variant.ts";
import type { RawMap } from "./raw-config.ts";

interface CiFacts {
  readonly logins: readonly OldLogin[];
  readonly hasRefresh: boolean;
  readonly freesDisk: boolean;
  /** The variables that the config uses. */
  readonly used: ReadonlySet<string>;
}

/** `ci` of the config: logins, schedules, inputs. Undefined if it needs none. */
export function rawCi(
  workflows: readonly Workflow[],
  { logins, hasRefresh, freesDisk, used }: CiFacts,
  lost: Notes,
): RawMap | undefined {
  const named = logins.filter(({ host, username, password }) => {
    const usual = secretNamesOf(host);
    return username !== usual.username || password !== usual.password;
  });
  const ci = defined({
    logins: nonEmpty(
      Object.fromEntries(
        named.map(({ host, username, password }) => [host, { username, password }] as const),
      ),
    ),
    schedule: scheduleOf(workflows, hasRefresh, lost),
    "free-disk": freesDisk ? true : undefined,
    dispatch: nonEmpty(dispatchOf(workflows, used)),
  });
  return nonEmpty(ci);
}

function nonEmpty(map: RawMap): RawMap | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

function scheduleOf(
  workflows: readonly Workflow[],
  hasRefresh: boolean,
  lost: Notes,
): RawMap | undefined {
  const crons = workflows.flatMap(({ events }) =>
    events
      .filter(({ name }) => name === "schedule")
      .flatMap(({ filters }) => itemsOf(filters))
      .flatMap((item) => textsOf(at(item, "cron"))),
  );
  const [first, ...others] = crons;
  for (const other of others) {
    lost.add(
      other,
      `the schedule "${other.text ?? ""}" is not carried over because the workflow has more than one`,
      "choose one schedule in ci.schedule",
    );
  }
  if (first?.text === undefined || first.text === null) return undefined;
  return hasRefresh ? { refresh: first.text } : { stale: first.text };
}

/** The inputs that the config's texts use. */
function dispatchOf(workflows: readonly Workflow[], used: ReadonlySet<string>): RawMap {
  const inputs = workflows.flatMap(({ events }) =>
    events
      .filter(({ name }) => name === "workflow_dispatch")
      .flatMap(({ filters }) => entriesOf(at(filters, "inputs"))),
  );
  return Object.fromEntries(
    inputs.flatMap(({ key, value }) => {
      const name = variableOf(key.text ?? "");
      if (!used.has(name)) return [];
      const description = textOf(at(value, "description"));
      const preset = textOf(at(value, "default")) ?? presetOf(textOf(at(value, "type")));
      return [[name, defined({ description, default: preset })] as const];
    }),
  );
}

function presetOf(type: string | undefined): string {
  return type === "boolean" ? "false" : "";
}

/** The variables of all inputs with their defaults, as `vars` declares them. */
export function inputDefaults(workflows: readonly Workflow[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    workflows.flatMap(({ events }) =>
      events
        .filter(({ name }) => name === "workflow_dispatch")
        .flatMap(({ filters }) => entriesOf(at(filters, "inputs")))
        .map(({ key, value }) => {
          const preset = textOf(at(value, "default")) ?? presetOf(textOf(at(value, "type")));
          return [variableOf(key.text ?? ""), preset] as const;
        }),
    ),
  );
}
