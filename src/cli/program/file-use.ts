import { Argument, Option } from "commander";

/** What a command does with the file or folder that a flag or an argument names. */
export interface FileUse {
  /**
   * `read` and `write`: a file. `folder`: a folder that must exist. `data`: a folder that is made
   * if it does not exist.
   */
  readonly as: "read" | "write" | "folder" | "data";
  /** Whether `-` stands for standard input or output. */
  readonly standard?: boolean;
  /** Whether the folder of a file to write is made if it does not exist. */
  readonly makesFolder?: boolean;
  /** What to try if it does not exist. */
  readonly missing?: string;
  /** The usual names of such a file, to suggest if a folder is named instead. */
  readonly names?: readonly string[];
}

/** An option whose value is a file or a folder. */
export class FileOption extends Option {
  readonly use: FileUse;

  constructor(text: string, summary: string, use: FileUse) {
    super(text, summary);
    this.use = use;
  }
}

/** An argument that names files. */
export class FileArgument extends Argument {
  readonly use: FileUse;

  constructor(text: string, summary: string, use: FileUse) {
    super(text, summary);
    this.use = use;
  }
}
