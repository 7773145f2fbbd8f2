import { type Problem, UsageError } from "../../errors.ts";
import {
  checkInstruction,
  checkLine,
  checkStrings,
  isKeyword,
} from "../check/check-instruction.ts";
import { readDirectives } from "./directives.ts";
import type { Dockerfile, DockerfileWarning, Heredoc, Instruction } from "./dockerfile.ts";
import { heredocsOf } from "./heredoc.ts";
import { familiarName } from "../image-name.ts";
import { inPlace } from "./place.ts";
import { trim, trimStart } from "./space.ts";
import { type CommandLine, splitCommand } from "./words.ts";

const withHeredocs = ["ADD", "COPY", "RUN"];
const withJsonForm = ["ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"];
const neverTriggers = ["ONBUILD", "FROM", "MAINTAINER"];
/**
 * BuildKit reads lines with Go's bufio.Scanner, whose buffer holds 64 KiB, the line end included.
 */
const mostLineBytes = 65_535;

/**
 * Parses a Dockerfile by BuildKit's rules (frontend/dockerfile/parser): directives, comments,
 * continuation lines, heredocs, flags and JSON forms. Evaluates nothing. Throws one usage error
 * with every problem that BuildKit reports before it replaces variables, each with file and line.
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
  /** The next line to read, 0-based. */
  #at = 0;

  constructor(text: string, file: string) {
    this.#file = file;
    this.#rawLines = text.replace(/^\uFEFF/, "").match(/[^\n]*\n|[^\n]+$/g) ?? [];
    this.#lines = this.#rawLines.map(withoutLineEnd);
    this.#directives = readDirectives(this.#lines, file);
    // An escaped escape does not continue a line.
    this.#continued = this.#directives.escape === "\\" ? /(^|[^\\])\\[ \t]*$/ : /(^|[^`])`[ \t]*$/;
  }

  read(): Dockerfile {
    const instructions: Instruction[] = [];
    this.#checkLineLengths();
    while (this.#at < this.#lines.length) {
      const instruction = this.#readInstruction();
      if (instruction !== undefined) instructions.push(instruction);
    }
    this.#checkOrder(instructions);
    if (this.#problems.length > 0) throw new UsageError([...this.#foreign(), ...this.#problems]);
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
    const command = splitCommand(text, this.#directives.escape);
    const problems = this.#problems.length;
    const made = this.#instructionOf(command, trim(text), line);
    // Only the first problem of an instruction is reported.
    if (this.#problems.length === problems) this.#check(made);
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
    const first = trimStart(this.#lines[this.#at++] ?? "");
    if (first === "" || first.startsWith("#")) return undefined;
    let text = first.replace(this.#continued, "$1");
    let continues = text !== first;
    while (continues && this.#at < this.#lines.length) {
      const next = this.#lines[this.#at++] ?? "";
      const content = trimStart(next);
      if (content.startsWith("#")) continue;
      if (content === "") {
        this.#warnings.push({ message: "empty line inside an instruction", line: this.#at });
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
      const hint = `end it with a line that contains only ${start.name}`;
      this.#problem(line, `the heredoc ${start.name} is not terminated`, hint);
      return { ...start, content };
    });
  }

  /** What ONBUILD defers is parsed here, but checked only once a stage is built on it. */
  #instructionOf(command: CommandLine, text: string, line: number): Instruction {
    const { keyword, flags, rest } = command;
    const json = this.#inPlace(line, () =>
      withJsonForm.includes(keyword) ? checkStrings(keyword, rest) : undefined,
    );
    const trigger = keyword === "ONBUILD" && rest !== "" ? this.#triggerOf(rest, line) : undefined;
    return { keyword, flags, rest, json, heredocs: [], trigger, text, line, endLine: line };
  }

  #triggerOf(rest: string, line: number): Instruction {
    const command = splitCommand(rest, this.#directives.escape);
    const isNever = neverTriggers.includes(command.keyword);
    if (isNever) this.#problem(line, `${command.keyword} cannot be an ONBUILD trigger`);
    const trigger = this.#instructionOf(isNever ? { ...command, rest: "" } : command, rest, line);
    this.#inPlace(line, () => {
      checkLine(trigger, this.#directives.escape);
    });
    return trigger;
  }

  #check(instruction: Instruction): void {
    this.#inPlace(instruction.line, () => {
      checkInstruction(instruction, this.#directives.escape);
    });
  }

  /** Collects all problems. */
  #inPlace<T>(line: number, read: () => T): T | undefined {
    try {
      return inPlace(this.#file, line, read);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.#problems.push(...error.problems);
      return undefined;
    }
  }

  /** A file that names another frontend may not be a Dockerfile. */
  #foreign(): readonly Problem[] {
    const { syntax } = this.#directives;
    if (syntax === undefined || isDockerfileFrontend(syntax.ref)) return [];
    return [
      {
        message: `the file uses the frontend ${syntax.ref}; Layerkeep reads only Dockerfiles`,
        hint: "ignore the problems below if the file is not a Dockerfile",
        file: this.#file,
        line: syntax.line,
      },
    ];
  }

  #checkLineLengths(): void {
    for (const [at, line] of this.#rawLines.entries()) {
      if (line.length * 3 <= mostLineBytes) continue;
      if (Buffer.byteLength(line.replace(/\n$/, "")) <= mostLineBytes) continue;
      this.#problem(at + 1, `the line is longer than ${mostLineBytes} bytes`, "split the line");
    }
  }

  #checkOrder(instructions: readonly Instruction[]): void {
    if (instructions.length === 0) {
      this.#problem(1, "the Dockerfile has no instructions", "start the file with FROM");
      return;
    }
    const first = instructions.find(({ keyword }) => keyword !== "ARG");
    if (first === undefined)
      this.#problem(1, "the Dockerfile has no FROM", "start a stage with FROM");
    else if (first.keyword !== "FROM" && isKeyword(first.keyword)) {
      this.#problem(
        first.line,
        `${first.keyword} comes before the first FROM`,
        "move it below FROM: only ARG can come before FROM",
      );
    }
  }

  #problem(line: number, message: string, hint?: string): void {
    this.#problems.push({ message, hint, file: this.#file, line });
  }
}

function withoutLineEnd(line: string): string {
  return line.replace(/[\r\n]+$/, "");
}

/** `docker/dockerfile`, and its forks and mirrors that keep the name. */
function isDockerfileFrontend(ref: string): boolean {
  return /(?:^|\/)dockerfile(?:-upstream)?(?:[:@]|$)/.test(familiarName(ref));
}
