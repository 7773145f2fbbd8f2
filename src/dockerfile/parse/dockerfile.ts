/** A Dockerfile, read but not evaluated. */
export interface Dockerfile {
  /** As it was given to the parser, for messages. */
  readonly file: string;
  readonly directives: Directives;
  /** In the file's order; there is at least one. */
  readonly instructions: readonly Instruction[];
  readonly warnings: readonly DockerfileWarning[];
}

/** The comments at a Dockerfile's head that tell BuildKit how to read it. */
export interface Directives {
  /** The image that reads the file: `docker/dockerfile:1`. */
  readonly syntax: { readonly ref: string; readonly line: number } | undefined;
  readonly escape: "\\" | "`";
  /** What `docker build --check` is told. */
  readonly check: string | undefined;
}

export interface DockerfileWarning {
  readonly message: string;
  readonly line: number;
}

/** One instruction with everything that belongs to it. */
export interface Instruction {
  /** In upper case: `RUN`. */
  readonly keyword: string;
  readonly flags: readonly Flag[];
  /** What follows the flags. */
  readonly rest: string;
  /** The strings of the JSON form (`COPY ["a", "b"]`); undefined where it is not in that form. */
  readonly json: readonly string[] | undefined;
  readonly heredocs: readonly Heredoc[];
  /** What ONBUILD defers. */
  readonly trigger: Instruction | undefined;
  /** As BuildKit reads it: continuation lines joined, comments gone, heredocs not included. */
  readonly text: string;
  /** 1-based: the first line, and the last, heredocs included. */
  readonly line: number;
  readonly endLine: number;
}

/** `--name=value`; a flag without a value, such as `--link`, has none. */
export interface Flag {
  readonly name: string;
  readonly value: string | undefined;
}

export interface Heredoc {
  readonly name: string;
  /** 0 where none is written. */
  readonly fd: number;
  /** Whether variables in the body are expanded: no part of the name was quoted. */
  readonly expand: boolean;
  /** `<<-`: tabs at the beginning of lines are dropped by who uses it. */
  readonly chomp: boolean;
  /** The body, line ends included. */
  readonly content: string;
}

/** The value of a flag that is given once, such as `--from`; undefined where it is not there. */
export function flagOf(instruction: Instruction, name: string): string | undefined {
  return instruction.flags.find((flag) => flag.name === name)?.value;
}
