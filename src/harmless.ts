/**
 * A line that a build printed, as text that is safe to show anywhere: without escape sequences,
 * control characters, or anything that a CI's runner takes for a command. A carriage return keeps
 * what was written last, as a terminal does.
 *
 * - GitHub reads `::name` at the start of a line, and `##[name]` anywhere in it (actions/runner,
 *   `ActionCommand.cs`).
 * - Azure Pipelines reads `##vso[name]` anywhere in a line, and `##[name]` at its start
 *   (microsoft/azure-pipelines-agent, `CommandExtension`).
 * - TeamCity reads `##teamcity[name]`; its documentation asks for a separate line, but readers of
 *   these messages find them anywhere.
 * - GitLab's and Travis's sections need control characters, which are removed.
 */
export function harmlessLine(line: string): string {
  const text = line.replace(/\r+$/, "");
  return stripControls(text.slice(text.lastIndexOf("\r") + 1))
    .replace(/^(\s*):(?=:)/, "$1: ")
    .replace(/##(?=[\w.-]*\[)/g, "# #");
}

/** All lines of a text, made harmless. */
export function harmless(text: string): string {
  // Nearly all output, and whole plans as JSON.
  if (!suspicious.test(text)) return text;
  return text.split("\n").map(harmlessLine).join("\n");
}

/**
 * JSON whose strings hold nothing that a terminal or a CI's runner would act on. Such characters
 * are written as escapes, so a parser gets the same value. `harmless` leaves it unchanged.
 */
export function harmlessJson(value: unknown, space?: number): string {
  return JSON.stringify(value, null, space)
    .replaceAll("##", "#\\u0023")
    .replace(controls, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const escapes =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~]?)/g;
/** Control characters, and characters that change a text's direction or end its line. */
const controls =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const suspicious = new RegExp(`${controls.source}|##|^[^\\S\\n]*::`, "m");

function stripControls(text: string): string {
  return text.replace(escapes, "").replace(controls, "");
}
