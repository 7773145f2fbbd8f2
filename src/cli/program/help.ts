import { type Command, Option } from "commander";

/** Where the help shows the flags that every command has. */
export const generalHeading = "General options:";

/** Where the help shows the flags of commands that read the config. */
export const configHeading = "Config options:";

/** The flag that every command has besides. */
export function helpOption(): Option {
  return new Option("-h, --help", "print this help").helpGroup(generalHeading);
}

/** Columns, if the help is not printed to a terminal. */
const usualWidth = 80;

/** Prints more about a command below its flags, as wide as the terminal, and an example. */
export function addExample(command: Command, help: string, example: string): void {
  command.addHelpText("after", () => {
    const width = command.configureOutput().getOutHelpWidth?.() ?? usualWidth;
    const wrap = (text: string): string => command.createHelp().boxWrap(text, width);
    const more = paragraphsOf(help).map((text) => (text.startsWith(" ") ? text : wrap(text)));
    return ["", ...more.flatMap((text) => [text, ""]), "Example:", `  ${example}`].join("\n");
  });
}

/** Paragraphs as one line each; an indented line is a paragraph of its own, and kept as it is. */
export function paragraphsOf(help: string): readonly string[] {
  const paragraphs: string[] = [];
  let open = false;
  for (const line of help.trim().split("\n")) {
    const isText = line !== "" && !line.startsWith(" ");
    if (isText && open) paragraphs.push(`${paragraphs.pop() ?? ""} ${line}`);
    else if (line !== "") paragraphs.push(line);
    open = isText;
  }
  return paragraphs;
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
