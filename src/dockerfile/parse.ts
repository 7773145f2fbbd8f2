import { type Problem, UsageError } from "../errors.ts";
import { readDirectives } from "./directives.ts";
import type { Dockerfile, DockerfileWarning, Heredoc, Instruction } from "./dockerfile.ts";
import { heredocsOf } from "./heredoc.ts";
import { nearest } from "../nearest.ts";
import { type CommandLine, parseJsonForm, splitCommand } from "./words.ts";

const keywords = (
  "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL " +
  "STOPSIGNAL USER VOLUME WORKDIR"
).split(" ");
const withHeredocs = ["ADD", "COPY", "RUN"];
const withJsonForm = ["ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"];
const neverTriggers = ["ONBUILD", "FROM", "MAINTAINER"];

/**
 * A Dockerfile's instructions, by BuildKit's rules (frontend/dockerfile/parser): directives,
 * comments, continuation lines, heredocs, flags and JSON forms. Nothing is evaluated. Throws a
 * usage error that tells all problems at once, each with file and line.
 */
export function parseDockerfile(text: string, file: string): Dockerfile {
  return new DockerfileReader(text, file).read();
}

class DockerfileReader {
  readonly #file: string;
  /** Without line ends. */
  readonly #lines: readonly string[];
  /** With them. */
  readonly #rawLines: readonly string[];
  readonly #continued: RegExp;
  readonly #directives: Dockerfile["directives"];
  readonly #problems: Problem[] = [];
  readonly #warnings: DockerfileWarning[] = [];
  /** The line that is read next, 0-based. */
  #at = 0;

  constructor(text: string, file: string) {
    this.#file = file;
    this.#rawLines = text.replace(/^\uFEFF/, "").match(/[^\n]*\n|[^\n]+$/g) ?? [];
    this.#lines = this.#rawLines.map(withoutLineEnd);
    this.#directives = readDirectives(this.#lines, file);
    // An escape that is escaped itself ends no line.
    this.#continued = this.#directives.escape === "\\" ? /(^|[^\\])\\[ \t]*$/ : /(^|[^`])`[ \t]*$/;
  }

  read(): Dockerfile {
    const instructions: Instruction[] = [];
    while (this.#at < this.#lines.length) {
      const instruction = this.#readInstruction();
      if (instruction !== undefined) instructions.push(instruction);
    }
    this.#checkOrder(instructions);
    if (this.#problems.length > 0) throw new UsageError(this.#problems);
    return {
      file: this.#file,
      directives: this.#directives,
      instructions,
      warnings: this.#warnings,
    };
  }

  #readInstruction(): Instruction | undefined {
    const line = this.#at + 1;
    const text = this.#readText();
    if (text === undefined) return undefined;
    const command = splitCommand(text);
    const made = this.#instructionOf(command, text.trim(), line);
    const subject = made.trigger ?? made;
    const takesHeredocs = withHeredocs.includes(subject.keyword) && subject.json === undefined;
    const heredocs = takesHeredocs ? this.#readHeredocs(text, line) : [];
    return {
      ...made,
      ...(made.trigger === undefined
        ? { heredocs }
        : { trigger: { ...made.trigger, heredocs, endLine: this.#at } }),
      endLine: this.#at,
    };
  }

  /** An instruction's lines, joined; undefined for an empty line or a comment. */
  #readText(): string | undefined {
    const first = (this.#lines[this.#at++] ?? "").trimStart();
    if (first === "" || first.startsWith("#")) return undefined;
    let text = first.replace(this.#continued, "$1");
    let continues = text !== first;
    while (continues && this.#at < this.#lines.length) {
      const next = this.#lines[this.#at++] ?? "";
      const content = next.trimStart();
      if (content.startsWith("#")) continue;
      if (content === "") {
        this.#warnings.push({ message: "an empty line continues an instruction", line: this.#at });
        continue;
      }
      const joined = next.replace(this.#continued, "$1");
      continues = joined !== next;
      text += joined;
    }
    return text;
  }

  #readHeredocs(text: string, line: number): readonly Heredoc[] {
    return heredocsOf(text).map((start) => {
      let content = "";
      while (this.#at < this.#lines.length) {
        const bare = this.#lines[this.#at] ?? "";
        const raw = this.#rawLines[this.#at++] ?? "";
        if ((start.chomp ? bare.replace(/^\t+/, "") : bare) === start.name) {
          return { ...start, content };
        }
        content += raw;
      }
      const hint = `end it with a line that has only ${start.name}`;
      this.#problem(line, `the heredoc ${start.name} is not terminated`, hint);
      return { ...start, content };
    });
  }

  #instructionOf(command: CommandLine, text: string, line: number): Instruction {
    const { keyword, flags, rest } = command;
    if (!keywords.includes(keyword)) {
      const near = nearest(keyword, keywords);
      const hint =
        near === undefined ? `known are ${keywords.join(", ")}` : `did you mean ${near}?`;
      this.#problem(line, `unknown instruction "${keyword}"`, hint);
    } else if (rest === "" && keyword !== "RUN" && keyword !== "CMD" && keyword !== "ENTRYPOINT") {
      this.#problem(line, `${keyword} needs an argument`);
    }
    return {
      keyword,
      flags,
      rest,
      json: withJsonForm.includes(keyword) ? this.#jsonOf(keyword, rest, line) : undefined,
      heredocs: [],
      trigger: keyword === "ONBUILD" && rest !== "" ? this.#triggerOf(rest, line) : undefined,
      text,
      line,
      endLine: line,
    };
  }

  #triggerOf(rest: string, line: number): Instruction {
    const command = splitCommand(rest);
    if (neverTriggers.includes(command.keyword)) {
      this.#problem(line, `${command.keyword} cannot be an ONBUILD trigger`);
    }
    return this.#instructionOf(
      command.keyword === "ONBUILD" ? { ...command, rest: "" } : command,
      rest,
      line,
    );
  }

  #jsonOf(keyword: string, rest: string, line: number): readonly string[] | undefined {
    const values = parseJsonForm(rest);
    const strings = values?.filter((value) => typeof value === "string");
    if (strings?.length === values?.length) return strings;
    this.#problem(line, `the JSON form of ${keyword} takes strings only`);
    return undefined;
  }

  #checkOrder(instructions: readonly Instruction[]): void {
    if (instructions.length === 0) {
      this.#problem(1, "the Dockerfile has no instructions", "begin with FROM");
      return;
    }
    const first = instructions.find(({ keyword }) => keyword !== "ARG");
    if (first === undefined)
      this.#problem(1, "the Dockerfile has no FROM", "begin a stage with FROM");
    else if (first.keyword !== "FROM" && keywords.includes(first.keyword)) {
      this.#problem(first.line, `${first.keyword} comes before the first FROM`, "only ARG may");
    }
  }

  #problem(line: number, message: string, hint?: string): void {
    this.#problems.push({ message, hint, file: this.#file, line });
  }
}

function withoutLineEnd(line: string): string {
  return line.replace(/[\r\n]+$/, "");
}
