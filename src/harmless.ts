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
  return withoutCommands(stripControls(lastWritten(line)));
}

/** What a line shows at its end: what was written after its last carriage return. */
export function lastWritten(line: string): string {
  const text = line.replace(/\r+$/, "");
  return text.slice(text.lastIndexOf("\r") + 1);
}

/**
 * Like `harmlessLine`, for a terminal with colour: keeps SGR sequences (ECMA-48, 8.3.117), which
 * change colours and weights, except what conceals text. They end with the line.
 */
export function harmlessColouredLine(line: string): string {
  const parts = lastWritten(line).split(sgr);
  if (parts.length === 1) return harmlessLine(line);
  // Every other part is a sequence.
  const kept = parts.map((part, at) => (at % 2 === 0 ? stripControls(part) : visible(part)));
  return `${withoutCommands(kept.join(""))}${reset}`;
}

/** All lines of a text, made harmless except for their colours. */
export function harmlessColoured(text: string): string {
  return text.split("\n").map(harmlessColouredLine).join("\n");
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
const sgr = /(\u001b\[[\d;:]*m)/;
const reset = "\u001b[0m";
const suspicious = new RegExp(`${controls.source}|##|^[^\\S\\n]*::`, "m");

function stripControls(text: string): string {
  return text.replace(escapes, "").replace(controls, "");
}

/** An SGR sequence without the parameter that conceals text; empty if it has no other. */
function visible(sequence: string): string {
  const given = sequence.slice("\u001b[".length, -1).split(";");
  const kept: string[] = [];
  for (let at = 0; at < given.length; ) {
    const size = colourSize(given, at);
    const parameters = given.slice(at, at + size);
    if (numberOf(parameters[0]) !== conceal && !isUnderline(parameters)) kept.push(...parameters);
    at += size;
  }
  return kept.length === 0 ? "" : `\u001b[${kept.join(";")}m`;
}

const conceal = 8;
/** A colour of text, its background or its underline follows. */
const [foreground, background, underline] = [38, 48, 58];

/**
 * How many parameters belong together: `38;5;n` and `38;2;r;g;b` are one colour (ITU-T T.416,
 * 13.1.8, as terminals read it). With colons, a colour is one parameter.
 */
function colourSize(given: readonly string[], at: number): number {
  if (![foreground, background, underline].some((code) => String(code) === given[at])) return 1;
  const size = new Map([
    ["5", 3],
    ["2", 5],
  ]).get(given[at + 1] ?? "");
  return size === undefined || at + size > given.length ? 1 : size;
}

/** A terminal that does not know it would read `5` and `8` of `58;5;8` by themselves. */
function isUnderline(parameters: readonly string[]): boolean {
  return parameters.length > 1 && parameters[0] === String(underline);
}

/** Of a parameter with parts, the first: `4:3` is a kind of 4. */
function numberOf(parameter = ""): number {
  return Number.parseInt(parameter, 10);
}

function withoutCommands(text: string): string {
  return text.replace(/^(\s*):(?=:)/, "$1: ").replace(/##(?=[\w.-]*\[)/g, "# #");
}
