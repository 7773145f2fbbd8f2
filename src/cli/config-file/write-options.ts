import type { ConfigOptions, GlobalOptions, QuietOptions } from "../io.ts";

/** Of every command that writes a config. */
export interface WriteOptions extends GlobalOptions, QuietOptions, Pick<ConfigOptions, "config"> {
  readonly force?: boolean;
  readonly stdout?: boolean;
  readonly dryRun?: boolean;
}

/** Whether files are written at all. */
export function writes({ stdout = false, dryRun = false }: Partial<WriteOptions>): boolean {
  return !stdout && !dryRun;
}
