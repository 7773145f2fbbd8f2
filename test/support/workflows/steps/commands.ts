import type { Annotation } from "../record.ts";

/** What workflow commands in a step's output act on. */
export interface CommandSink {
  readonly log: (line: string) => void;
  readonly annotate: (annotation: Annotation) => void;
  readonly mask: (secret: string) => void;
  readonly setOutput: (name: string, value: string) => void;
  readonly saveState: (name: string, value: string) => void;
}

type Properties = Readonly<Record<string, string>>;

/** Reads a step's output line by line, obeys its workflow commands and logs the rest. */
export function createCommandReader(sink: CommandSink): (line: string) => void {
  let stopToken: string | undefined;
  return (line) => {
    const match = /^\s*::([\w-]+)(?: ([^]*?))?::([^]*)$/.exec(line);
    if (stopToken !== undefined) {
      if (match?.[1] === stopToken) stopToken = undefined;
      sink.log(line);
      return;
    }
    if (match === null) {
      sink.log(line);
      return;
    }
    const [, name = "", rawProperties = "", message = ""] = match;
    if (name === "stop-commands") {
      stopToken = message;
      sink.log(line);
      return;
    }
    obey({ name, properties: propertiesOf(rawProperties), message: unescapeData(message) }, sink);
  };
}

interface Command {
  readonly name: string;
  readonly properties: Properties;
  readonly message: string;
}

function obey({ name, properties, message }: Command, sink: CommandSink): void {
  switch (name) {
    case "add-mask":
      sink.mask(message);
      return;
    case "error":
    case "warning":
    case "notice": {
      const { title, file, line } = properties;
      sink.annotate({
        level: name,
        message,
        ...(title === undefined ? {} : { title }),
        ...(file === undefined ? {} : { file }),
        ...(line === undefined ? {} : { line }),
      });
      sink.log(`##[${name}]${message}`);
      return;
    }
    case "set-output":
    case "save-state": {
      const set = name === "set-output" ? sink.setOutput : sink.saveState;
      set(properties["name"] ?? "", message);
      const warning = `The \`${name}\` command is deprecated: use the environment files`;
      sink.annotate({ level: "warning", message: warning });
      return;
    }
    case "set-env":
    case "add-path":
      sink.annotate({ level: "error", message: `The \`${name}\` command is disabled` });
      return;
    default:
      sink.log(`##[${name}]${message}`);
  }
}

function propertiesOf(text: string): Properties {
  const pairs = text.split(",").filter((pair) => pair.includes("="));
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      const value = unescapeData(
        pair
          .slice(at + 1)
          .replaceAll("%3A", ":")
          .replaceAll("%2C", ","),
      );
      return [pair.slice(0, at).trim(), value];
    }),
  );
}

function unescapeData(text: string): string {
  return text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}
