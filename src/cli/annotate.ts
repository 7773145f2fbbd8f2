import { isAbsolute, relative } from "node:path";
import { LayerkeepError, UsageError } from "../errors.ts";
import { type Level, type Place, renderAnnotation } from "../report/annotation.ts";
import type { Io } from "./io.ts";

/** On GitHub, shows a message in the run's overview and, if it has a place, beside its line. */
export function annotate(
  level: Level,
  text: string,
  { env, draw }: Pick<Io, "env" | "draw">,
  place?: Place,
): void {
  if (env["GITHUB_ACTIONS"] !== "true") return;
  const inWorkspace =
    place?.file === undefined ? place : { ...place, file: fromWorkspace(place.file, env) };
  // A command of ours to the runner, which `err` would make harmless.
  draw(`${renderAnnotation(level, text, inWorkspace)}\n`);
}

/** On GitHub, shows an error: each of its problems beside its line, if it has some with a place. */
export function annotateError(error: unknown, io: Pick<Io, "env" | "draw">): void {
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
