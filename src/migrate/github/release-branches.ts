import type { Workflow } from "../../lint/github/workflow.ts";
import { at, textsOf } from "../../lint/yaml/node.ts";
import { passesFilter } from "../events/ref-filter.ts";
import type { Notes } from "../notes.ts";

/** The patterns of branches that the workflows run for, besides the default branch. */
export function releaseBranches(
  workflows: readonly Workflow[],
  defaultBranch: string,
  lost: Notes,
): readonly string[] {
  const patterns = workflows.flatMap(({ events }) =>
    events
      .filter(({ name }) => name === "push")
      .flatMap(({ filters }) => textsOf(at(filters, "branches"))),
  );
  for (const node of patterns) {
    if (node.text?.includes("*") !== true || !passesFilter([node.text], defaultBranch)) continue;
    const message = `the workflow also runs for branches other than ${defaultBranch}`;
    lost.add(node, message, "add the branches that publish images to branches.release");
  }
  const others = patterns.filter(({ text }) => !passesFilter([text ?? ""], defaultBranch));
  return [
    ...new Set(
      others.flatMap((node) => {
        const pattern = node.text ?? "";
        if (/^[\w./*-]+$/.test(pattern)) return [pattern];
        lost.add(
          node,
          `the branch pattern "${pattern}" is not carried over`,
          "add it to branches.release",
        );
        return [];
      }),
    ),
  ];
}
