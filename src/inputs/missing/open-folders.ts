import { basename, join, posix, relative, resolve, sep } from "node:path";
import { compileIgnore, type PathRules } from "../../dockerfile/ignore/ignore.ts";
import { readIgnoreBeside, readIgnoreRules } from "../../dockerfile/ignore/ignore-file.ts";
import { createContextReader } from "../files/context-reader.ts";
import { ContextTree } from "../files/context-tree.ts";

/** A folder as a build context. */
export interface OpenedFolder {
  /** From the config's folder. */
  readonly folder: string;
  /** What BuildKit receives. */
  readonly sent: ContextTree;
  /** All of it, ignored files included. */
  readonly whole: ContextTree;
  readonly ignore: PathRules;
  /** The path of the ignore file, from the config's folder. */
  readonly ignoreFile: string;
}

/** Opens a folder with the ignore file beside a Dockerfile, if that exists, or else its own. */
export type OpenFolder = (folder: string, dockerfile: string | undefined) => OpenedFolder;

/** Opens each folder once, and lists what is in it on demand. */
export function openFolders(root: string): OpenFolder {
  const reader = createContextReader();
  const known = new Map<string, OpenedFolder>();
  return (folder, dockerfile) => {
    const key = JSON.stringify([folder, dockerfile]);
    const opened = known.get(key) ?? open(folder, dockerfile);
    known.set(key, opened);
    return opened;
  };

  function open(folder: string, dockerfile: string | undefined): OpenedFolder {
    const path = resolve(root, folder);
    const ignore = readIgnoreRules(path, dockerfile);
    const isBeside = dockerfile !== undefined && readIgnoreBeside(dockerfile) !== undefined;
    const beside = `${basename(dockerfile ?? "")}.dockerignore`;
    return {
      folder,
      sent: new ContextTree(path, reader, { ignore }),
      whole: new ContextTree(path, reader, { ignore: compileIgnore("") }),
      ignore,
      ignoreFile: isBeside
        ? relative(root, join(dockerfile, "..", beside))
            .split(sep)
            .join("/")
        : posix.join(folder, ".dockerignore"),
    };
  }
}
