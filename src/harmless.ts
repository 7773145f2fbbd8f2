/**
 * A line that a build printed, as text that can be shown anywhere: no escape sequences or
 * control characters, and nothing that a CI runner takes for a command. GitHub's runner reads
 * `::name` at a line's head and `##[name]` anywhere in it; GitLab's sections need the control
 * characters that are gone. A carriage return keeps what was written last, as a terminal does.
 */
export function harmlessLine(line: string): string {
  const text = line.replace(/\r+$/, "");
  return stripControls(text.slice(text.lastIndexOf("\r") + 1))
    .replace(/^(\s*):(?=:)/, "$1: ")
    .replaceAll("##[", "# #[");
}

/** All lines of a text, made harmless. */
export function harmless(text: string): string {
  return text.split("\n").map(harmlessLine).join("\n");
}

const escapes =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~]?)/g;
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

function stripControls(text: string): string {
  return text.replace(escapes, "").replace(controls, "");
}
