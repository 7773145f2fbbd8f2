import { open } from "node:fs/promises";
import { messageOf, UsageError } from "../errors.ts";
import type { Config } from "./config.ts";
import { checkFiles } from "./files.ts";
import { readConfig, throwProblems } from "./parse.ts";

interface LoadOptions {
  /** The config, as messages should call it. */
  readonly file: string;
  /** Values for the variables that the config declares. */
  readonly vars: Readonly<Record<string, string>>;
}

/** Bytes; a config of 500 variants has some 100 KiB. */
const largestFile = 1 << 20;

/**
 * Reads a config and checks all of it: its shape, its values, what must hold between them, and
 * that its Dockerfiles and contexts are there. Throws one usage error with every problem, each
 * with its place.
 */
export async function loadConfig({ file, vars }: LoadOptions): Promise<Config> {
  const { config, placed, report } = readConfig(await readText(file), file, vars);
  checkFiles(config, placed, report);
  throwProblems(report.problems());
  return config;
}

async function readText(file: string): Promise<string> {
  const bytes = await readBytes(file);
  if (bytes.length > largestFile) {
    throw new UsageError([{ file, message: "the file is larger than 1 MiB" }]);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UsageError([{ file, message: "the file is not UTF-8 text" }], { cause });
  }
}

/** The file's bytes, or one more than are allowed, whatever its size claims to be. */
async function readBytes(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file);
    try {
      const buffer = Buffer.alloc(largestFile + 1);
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return buffer.subarray(0, length);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new UsageError([{ file, message: `the config cannot be read: ${reasonOf(cause)}` }], {
      cause,
      hint: "`layerkeep init` writes one",
    });
  }
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  if (code === "EACCES") return "permission denied";
  return messageOf(cause);
}
