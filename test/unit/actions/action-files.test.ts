import { readdirSync, readFileSync, rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { expect, it } from "vitest";
import {
  actionNames,
  docsFile,
  readActionFile,
  renderActionDocs,
} from "../../../scripts/action-docs.ts";
import { bundleActions } from "../../../scripts/bundle.ts";
import { buildAction } from "../../../src/action/build.ts";
import { dirAction } from "../../../src/action/dir/dir-action.ts";
import { dirPostAction } from "../../../src/action/dir/dir-post-action.ts";
import { dirRestoreAction } from "../../../src/action/dir/dir-restore-action.ts";
import { dirSaveAction } from "../../../src/action/dir/dir-save-action.ts";
import { gateAction } from "../../../src/action/gate/gate-action.ts";
import { planAction } from "../../../src/action/plan/plan-action.ts";
import { publishAction } from "../../../src/action/publish.ts";
import { setupAction } from "../../../src/action/setup/setup-action.ts";

const actions = {
  setup: setupAction,
  plan: planAction,
  build: buildAction,
  publish: publishAction,
  gate: gateAction,
  dir: dirAction,
  "dir/restore": dirRestoreAction,
  "dir/save": dirSaveAction,
};

it.each(actionNames)("%s has the inputs that its action.yml has", (name) => {
  const { inputs, runs } = readActionFile(name);
  expect(Object.keys(inputs).sort()).toEqual([...actions[name].inputs].sort());
  const dist = posix.relative(name, "dist");
  const main = `${dist}/${name.replace("/", "-")}.js`;
  const post = { post: `${dist}/dir-post.js`, "post-if": "success()" };
  expect(runs).toEqual({ using: "node24", main, ...(name === "dir" ? post : {}) });
  expect(dirPostAction.inputs).toEqual(dirAction.inputs);
});

it("lists every folder of an action", () => {
  const files = readdirSync("actions", { recursive: true, encoding: "utf8" });
  const folders = files.flatMap((file) => /^(.+)\/action\.yml$/.exec(file)?.[1] ?? []);
  expect(folders.sort()).toEqual([...actionNames].sort());
});

it("the documentation has the tables of the action.yml files", () => {
  const page = readFileSync(docsFile, "utf8");
  expect(page).toBe(renderActionDocs(page));
  for (const name of actionNames) expect(page).toContain(`<!-- inputs of ${name} -->`);
});

it("the committed bundle is what the sources give (npm run bundle)", async () => {
  const folder = mkdtempSync(join(tmpdir(), "layerkeep-bundle-"));
  try {
    await bundleActions(folder);
    const made = filesOf(folder);
    const committed = filesOf("actions/dist");
    expect([...committed.keys()]).toEqual([...made.keys()]);
    expect(
      [...made].filter(([name, bytes]) => committed.get(name)?.equals(bytes) !== true),
    ).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function filesOf(folder: string): ReadonlyMap<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(names.sort().map((name) => [name.slice(folder.length), readFileSync(name)]));
}
