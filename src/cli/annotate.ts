import { isAbsolute, relative } from "node:path";
import { LayerkeepError, UsageError } from "../errors.ts";
import { type Level, type Place, renderAnnotation } from "../report/annotation.ts";
import type { Io } from "./io.ts";

/** Where annotations are shown. */
export type Annotated = Pick<Io, "env" | "draw" | "progress">;

/** On GitHub, shows a message in the run's overview and, if it has a place, beside its line. */
export function annotate(
  level: Level,
  text: string,
  { env, draw, progress }: Annotated,
  place?: Place,
): void {
  // Commands to the runner would be lines between the events.
  if (env["GITHUB_ACTIONS"] !== "true" || progress === "rawjson") return;
  const inWorkspace =
    place?.file === undefined ? place : { ...place, file: fromWorkspace(place.file, env) };
  // A command of ours to the runner, which `err` would make harmless.
  draw(`${renderAnnotation(level, text, inWorkspace)}\n`);
}

/** On GitHub, shows an error: each of its problems beside its line, if it has some with a place. */
export function annotateError(error: unknown, io: Annotated): void {
  for (const { text, place } of messagesOf(error)) annotate("error", text, io, place);
}

function messagesOf(error: unknown): readonly { readonly text: string; readonly place?: Place }[] {
  if (!(error instanceof LayerkeepError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [{ text: `this is a bug in Layerkeep; please report it with the text below\n${text}` }];
  }
  const problems = error instanceof UsageError ? error.problems : [];
  if (!problems.some(({ file }) => file !== undefined)) {
    return [{ text: withHint(error.message, error.hint) }];
  }
  return problems.map(({ message, hint, file, line, column }) => ({
    text: withHint(message, hint ?? error.hint),
    place: { file, line, col: column },
  }));
}

function withHint(text: string, hint: string | undefined): string {
  return hint === undefined ? text : `${text}\nhint: ${hint}`;
}

/** GitHub knows files by their path in the repository, which is checked out in the workspace. */
function fromWorkspace(file: string, env: NodeJS.ProcessEnv): string {
  const workspace = env["GITHUB_WORKSPACE"] ?? "";
  return workspace === "" || !isAbsolute(file) ? file : relative(workspace, file);
}
