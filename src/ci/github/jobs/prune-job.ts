import type { Blueprint } from "../blueprints/blueprint.ts";
import type { Job } from "../document.ts";
import { quoted } from "../expressions.ts";
import { begin, ourAction } from "../steps.ts";

/** The job that deletes what `cache.retention` no longer keeps. */
export function pruneJob(blueprint: Blueprint, prune: NonNullable<Blueprint["prune"]>): Job {
  const { given } = blueprint;
  const { config, vars } = given;
  return {
    name: "prune",
    if: `github.event.schedule == ${quoted(prune.cron)}`,
    "runs-on": blueprint.runner,
    permissions: prune.login.permissions,
    env: prune.login.env,
    steps: [
      ...begin(prune),
      { name: "Set up Layerkeep", uses: ourAction("setup", blueprint), with: given },
      {
        name: "Prune",
        shell: "bash",
        run: pruneScript,
        env: { CONFIG: config ?? "", VARS: vars ?? "", ...prune.env },
      },
    ],
  };
}

/** Texts of the config come through the environment, so that none is taken for a command. */
const pruneScript = `arguments=(--yes)
if [ -n "$CONFIG" ]; then arguments+=(--config "$CONFIG"); fi
while IFS= read -r line; do
  if [ -n "$line" ]; then arguments+=(--var "$line"); fi
done <<< "$VARS"
layerkeep cache prune "\${arguments[@]}"
`;
