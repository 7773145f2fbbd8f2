/** A Dockerfile, parsed but not evaluated. */
export interface Dockerfile {
  /** The name that the parser was given, for messages. */
  readonly file: string;
  readonly directives: Directives;
  /** In the file's order; at least one. */
  readonly instructions: readonly Instruction[];
  readonly warnings: readonly DockerfileWarning[];
}

/** The comments at a Dockerfile's head that tell BuildKit how to read it. */
export interface Directives {
  /** The frontend image: `docker/dockerfile:1`. */
  readonly syntax: { readonly ref: string; readonly line: number } | undefined;
  readonly escape: "\\" | "`";
  /** The options for `docker build --check`. */
  readonly check: string | undefined;
}

export interface DockerfileWarning {
  readonly message: string;
  readonly line: number;
}

/** One instruction with all its parts. */
export interface Instruction {
  /** In upper case: `RUN`. */
  readonly keyword: string;
  readonly flags: readonly Flag[];
  /** What follows the flags. */
  readonly rest: string;
  /** The strings of the JSON form (`COPY ["a", "b"]`); undefined for other forms. */
  readonly json: readonly string[] | undefined;
  readonly heredocs: readonly Heredoc[];
  /** The instruction that ONBUILD defers. */
  readonly trigger: Instruction | undefined;
  /** As BuildKit reads it: continuation lines joined, without comments and heredocs. */
  readonly text: string;
  /** 1-based: the first and the last line, heredocs included. */
  readonly line: number;
  readonly endLine: number;
}

/** `--name=value`; the value is missing for a flag such as `--link`. */
export interface Flag {
  readonly name: string;
  readonly value: string | undefined;
}

export interface Heredoc {
  readonly name: string;
  /** 0 if none is written. */
  readonly fd: number;
  /** Whether variables in the body are expanded: no part of the name was quoted. */
  readonly expand: boolean;
  /** `<<-`: the reader drops tabs at the start of lines. */
  readonly chomp: boolean;
  /** The body, line ends included. */
  readonly content: string;
}

/** The value of a flag that can be set once, such as `--from`; undefined if it is not set. */
export function flagOf(instruction: Instruction, name: string): string | undefined {
  return instruction.flags.find((flag) => flag.name === name)?.value;
}
