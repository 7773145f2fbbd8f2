import { stringify } from "yaml";
import type { JobRun } from "../../lint/model/pipeline.ts";
import { at, itemsOf, textOf } from "../../lint/yaml/node.ts";

/**
 * The `jobs` of the config that runs a job's commands, such as on macOS, as text. Undefined for a
 * job that needs no machine of its own: it can stay a workflow.
 */
export function commandJob({ id, node, runner }: JobRun): string | undefined {
  const label = runner[0]?.text ?? "";
  if (!/^(?:macos|windows)/i.test(label)) return undefined;
  const name = (id.split(" / ").at(-1) ?? id).replace(/[^\w-]+/g, "-");
  const steps = itemsOf(at(node, "steps"));
  const run = steps.flatMap((step) => textOf(at(step, "run"))?.trim() ?? []).join("\n");
  const upload = steps.find((step) => /upload-artifact@/.test(textOf(at(step, "uses")) ?? ""));
  const path = textOf(at(upload, "with", "path"));
  const hasMatrix = at(node, "strategy", "matrix") !== undefined;
  const job = {
    ...(hasMatrix ? { matrix: node.file.path, at: `jobs.${name}.strategy.matrix` } : {}),
    ...(hasMatrix ? { name: fieldsIn(run)[0] ?? "NAME" } : {}),
    ...{ runner: label, run: withFields(run) },
    ...(path === undefined ? {} : { artifacts: { path: withFields(path) } }),
  };
  return stringify({ jobs: { [name]: job } }, { lineWidth: 0 }).trimEnd();
}

/** `{backend}` for `${{ matrix.backend }}`. */
function withFields(text: string): string {
  return text.replace(/\$\{\{\s*matrix\.([\w-]+)\s*\}\}/g, "{$1}");
}

function fieldsIn(text: string): readonly string[] {
  return withFields(text).match(/\{[\w-]+\}/g) ?? [];
}
