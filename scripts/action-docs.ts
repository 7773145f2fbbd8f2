/** Writes the tables of `docs/actions.md` from each action's `action.yml`. */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import { parse } from "yaml";

export const docsFile = "docs/actions.md";
export const actionNames = [
  "setup",
  "plan",
  "build",
  "publish",
  "gate",
  "dir",
  "dir/restore",
  "dir/save",
] as const;

const described = v.record(
  v.string(),
  v.object({
    description: v.string(),
    default: v.optional(v.string()),
    required: v.optional(v.boolean()),
  }),
);
const actionSchema = v.object({
  name: v.string(),
  description: v.string(),
  inputs: described,
  outputs: described,
  runs: v.strictObject({
    using: v.string(),
    main: v.string(),
    post: v.optional(v.string()),
    "post-if": v.optional(v.string()),
  }),
});
export type ActionFile = v.InferOutput<typeof actionSchema>;

export function readActionFile(name: string): ActionFile {
  return v.parse(actionSchema, parse(readFileSync(`actions/${name}/action.yml`, "utf8")));
}

/** The page, with the tables between its markers made again. */
export function renderActionDocs(page: string): string {
  return page.replace(
    /<!-- (inputs|outputs) of ([\w/]+) -->\n[^]*?<!-- end -->/g,
    (_, kind: "inputs" | "outputs", name: string) =>
      `<!-- ${kind} of ${name} -->\n${tableOf(readActionFile(name)[kind], kind)}\n<!-- end -->`,
  );
}

function tableOf(entries: ActionFile["inputs"], kind: "inputs" | "outputs"): string {
  const rows = Object.entries(entries).map(([name, { description, default: given, required }]) => {
    const note =
      required === true ? " Required." : given === undefined ? "" : ` Default: \`${given}\`.`;
    return `| \`${name}\` | ${description.replaceAll("|", "\\|")}${note} |`;
  });
  return [`| ${kind.slice(0, -1)} | |`, "|---|---|", ...rows].join("\n");
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(docsFile, renderActionDocs(readFileSync(docsFile, "utf8")));
}
