import type { CompoundList, ParsedScript, Statement } from "unbash";
import type { Repository } from "../../../files/repository.ts";
import type { Tri } from "../../../expressions/value.ts";
import type { Opaque } from "../../../model/pipeline.ts";
import type { Invocation } from "../invocation.ts";
import type { Shell } from "../shell.ts";
import type { ScriptSource } from "../source.ts";
import type { KeptFile } from "./kept-file.ts";

/**
 * How a command ended: a test that could be decided, or one that only a run can tell. `usual` is
 * what other commands do: they succeed, or the job fails.
 */
export type Status = Tri | "usual";

/** What a script is read with. */
export interface Run {
  readonly source: ScriptSource;
  readonly repository: Repository;
  readonly onCommand: (invocation: Invocation) => void;
  readonly onOpaque: (opaque: Opaque) => void;
  /** How many commands and compounds of them may still be read. */
  readonly budget: { left: number };
  /** Where what commands print goes, if that is read by later steps. */
  readonly printsTo?: KeptFile | undefined;
  /** How many scripts and functions it is in. */
  readonly depth: number;
}

export type ShellNode = Statement["command"] | CompoundList | ParsedScript;

/** Reads a part of a script: changes the shell's state, and reports its commands. */
export type Execute = (node: ShellNode, shell: Shell, run: Run) => Status;

/** Of scripts and functions in each other. */
export const deepest = 10;
