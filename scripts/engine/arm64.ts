import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../src/errors.ts";
import { isExecutable, qemuArm64 } from "./paths.ts";
import { run } from "./run.ts";

const folder = "/proc/sys/fs/binfmt_misc";
const entry = "layerkeep-aarch64";

/**
 * ELF, 64 bits, little endian, executable or shared object, machine 0xb7 (AArch64), as
 * qemu's scripts/qemu-binfmt-conf.sh has them.
 */
const magic = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const mask = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;

/**
 * Lets the kernel run arm64 programs through qemu, where it does not yet. Returns whether it
 * can now, and says why where it cannot. An entry of the machine's own that keeps argv[0] is
 * left to do the work; our entry comes before one that does not.
 */
export async function enableArm64(): Promise<boolean> {
  if (process.arch === "arm64") return true;
  try {
    if (!existsSync(join(folder, "register"))) {
      await run(["mount", "-t", "binfmt_misc", "binfmt_misc", folder], {
        purpose: "mounting binfmt_misc",
      });
    }
    if (readdirSync(folder).some(runsArm64)) return true;
    if (!isExecutable(qemuArm64())) throw new Error(`${qemuArm64()} not found`);
    // P keeps argv[0], without which busybox takes every applet for itself; O and F open the
    // program and qemu here, so that neither need be in the container; C keeps credentials.
    writeFileSync(join(folder, "register"), `:${entry}:M::${magic}:${mask}:${qemuArm64()}:POCF`);
    return true;
  } catch (error) {
    console.error(`this machine cannot run arm64 programs: ${messageOf(error)}`);
    return false;
  }
}

/** Whether an entry is for arm64 and has all four flags (kernel: binfmt-misc.rst). */
function runsArm64(name: string): boolean {
  if (name === "register" || name === "status") return false;
  const text = readFileSync(join(folder, name), "utf8");
  const flags = /^flags: (\S+)$/m.exec(text)?.[1] ?? "";
  return (
    text.startsWith("enabled") &&
    /^magic 7f454c46020101.*b7(?:00)?$/m.test(text) &&
    ["P", "O", "C", "F"].every((flag) => flags.includes(flag))
  );
}
