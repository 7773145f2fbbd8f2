import { type Command, Option } from "commander";

/** Where the help shows the flags that every command has. */
export const generalHeading = "General options:";

/** Where the help shows the flags of commands that read the config. */
export const configHeading = "Config options:";

/** The flag that every command has besides. */
export function helpOption(): Option {
  return new Option("-h, --help", "print this help").helpGroup(generalHeading);
}

const examples = new WeakMap<Command, string>();

/** The example that a command's help ends with; undefined of a group. */
export function exampleOf(command: Command): string | undefined {
  return examples.get(command);
}

/** Ends the help of a command with an example. */
export function addExample(command: Command, example: string): void {
  examples.set(command, example);
  command.addHelpText("after", `\nExample:\n  ${example}`);
}

/**
 * Text whose paragraphs are one line each, so that it can be wrapped to any width. An indented line
 * stays a line of its own.
 */
export function unwrap(text: string): string {
  return text
    .trim()
    .replaceAll(/(?<=\S)\n(?=[^\s])/g, (_, at: number, whole: string) =>
      isIndented(whole, at) ? "\n" : " ",
    );
}

/** Whether the line that ends here is indented. */
function isIndented(text: string, end: number): boolean {
  return text.startsWith(" ", text.lastIndexOf("\n", end - 1) + 1);
}

/** What a flag is for, its choices and its default, as the help shows them. */
export function describeOption({ description, argChoices, defaultValue }: Option): string {
  const isPlain = typeof defaultValue === "string" || typeof defaultValue === "number";
  const notes = [
    ...(argChoices === undefined ? [] : [argChoices.join(", ")]),
    ...(isPlain ? [`default: ${defaultValue}`] : []),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join("; ")})`;
}
