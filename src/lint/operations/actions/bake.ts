import { known, type Text } from "../../expressions/value.ts";
import type { Field } from "../../model/field.ts";
import { readBake } from "../bake/read-bake.ts";
import { linesOf, listOf } from "../settings.ts";
import { inFolder } from "../shell/folder.ts";
import { flag } from "./build-push.ts";
import type { ReadAction } from "./read-action.ts";

/** docker/bake-action. */
export const bake: ReadAction = ({ span, inputs }, repository, env) => {
  const given = (name: string): Field | undefined => {
    const field = inputs.get(name);
    return field === undefined || field.value.text === "" ? undefined : field;
  };
  const folder = given("source") ?? given("workdir");
  const run = {
    tool: "docker/bake-action",
    span,
    folder: folderOf(folder?.value),
    files: listOf(given("files")),
    targets: listOf(given("targets")),
    set: linesOf(given("set")),
    environment: env,
    push: flag(given("push")),
    noCache: flag(given("no-cache")),
    provenance: given("provenance"),
    sbom: given("sbom"),
    opaque: [],
  };
  return readBake(run, repository);
};

/** By default, the definition is that of the repository at the run's commit. */
function folderOf(source: Text | undefined): Text {
  if (source === undefined || /^\{\{defaultContext\}\}$/.test(source.text)) return known(".");
  const [, folder] = /^\{\{defaultContext\}\}:(.*)$/.exec(source.text) ?? [];
  return inFolder(known("."), folder === undefined ? source : known(folder));
}
