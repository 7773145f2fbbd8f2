import { appendFile } from "node:fs/promises";
import { messageOf } from "../../errors.ts";
import { type Io, warn } from "../io.ts";

/** Appends to the job's summary if GitHub Actions names a file for it. */
export async function writeSummary(markdown: string, io: Io): Promise<void> {
  const file = io.env["GITHUB_STEP_SUMMARY"];
  if (file === undefined || file === "") return;
  try {
    await appendFile(file, markdown);
  } catch (error) {
    warn(io, `cannot write the job summary: ${messageOf(error)}`);
  }
}
