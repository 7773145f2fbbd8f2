import { known, textOfValue, Unknown } from "../expressions/value.ts";
import type { Repository } from "../files/repository.ts";
import type { Field } from "../model/field.ts";
import type { Operation } from "../model/operation.ts";
import type { Opaque, Script, StepRun } from "../model/pipeline.ts";
import { newShell, readScript } from "../operations/shell/read-script.ts";
import { at, type MapNode, type Node, scalarsIn, textOf } from "../yaml/node.ts";
import type { Variables } from "./variables.ts";

interface Steps {
  readonly steps: readonly StepRun[];
  readonly opaque: readonly Opaque[];
}

/** The commands of a job, one step each, after what it takes from caches. */
export function readSteps(job: MapNode, variables: Variables, repository: Repository): Steps {
  const main = [...scalarsIn(at(job, "before_script")), ...scalarsIn(at(job, "script"))];
  const groups = [main, scalarsIn(at(job, "after_script"))];
  const env = variables.all();
  const base = { id: undefined, runs: true, action: undefined, env } as const;
  const opaque: Opaque[] = [];
  const cached = cachesOf(at(job, "cache"), variables).map(
    (operation): StepRun => ({
      ...base,
      span: operation.span,
      node: job,
      script: undefined,
      operations: [operation],
    }),
  );
  const run = at(job, "run");
  if (run !== undefined) opaque.push({ span: run, why: "GitLab CI steps (run) are not supported" });
  const steps = groups.flatMap((nodes) => {
    const shell = newShell(env, setting);
    return nodes.map((span): StepRun => {
      const script: Script = { ...setting, value: known(span.text ?? ""), span };
      const read = readScript(script, shell, repository);
      opaque.push(...read.opaque);
      return { ...base, span, node: span, script, operations: read.operations };
    });
  });
  return { steps: [...cached, ...steps], opaque };
}

/** A runner's executor decides on the shell; nearly all have a POSIX one. */
const setting = { shell: undefined, folder: known("."), others: "run" } as const;

function cachesOf(cache: Node | undefined, variables: Variables): readonly Operation[] {
  const all = cache?.kind === "list" ? cache.items : cache === undefined ? [] : [cache];
  return all
    .filter((one) => one.kind === "map")
    .map((one) => {
      const policy = variables.expand(textOf(at(one, "policy")) ?? "pull-push").text;
      return { kind: "cache", span: one, key: keyOf(one, variables), saves: policy !== "pull" };
    });
}

/** A text, or the hash of files; `default` without one. */
function keyOf(cache: MapNode, variables: Variables): Field {
  const key = at(cache, "key");
  if (key === undefined) return { value: known("default"), span: cache };
  const text = textOf(key);
  if (text !== undefined) return { value: variables.expand(text), span: key };
  const files = scalarsIn(at(key, "files")).map((file) => file.text ?? "");
  return { value: textOfValue(new Unknown(`cache:key:files(${files.join()})`, "run")), span: key };
}
