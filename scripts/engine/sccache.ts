import { join } from "node:path";
import { type Machine, openApt } from "./apt.ts";
import { isExecutable, sccacheFolder } from "./paths.ts";
import { timed } from "./run.ts";

/** Older suites have it without WebDAV. */
const suite = "unstable";

/** With what it is linked to: this machine's own may be older. */
const packages = ["libc6", "libgcc-s1", "libssl3t64", "libzstd1", "zlib1g", "sccache"];

const libraries = ["lib64", "lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"];

/** The command that starts it: its own loader, its own libraries, and the program. */
export function sccacheCommand(): readonly string[] {
  const paths = packages.flatMap((name) =>
    libraries.map((folder) => join(sccacheFolder(), name, folder)),
  );
  return [loader(), "--library-path", paths.join(":"), program()];
}

export function hasSccache(): boolean {
  return isExecutable(program());
}

/** Unpacks it, without installing anything. The program comes last: if it is there, all is. */
export async function unpackSccache(machine: Machine): Promise<void> {
  const apt = await timed(`reading the package lists of ${suite} for sccache`, () =>
    openApt(machine, { architecture: "amd64", newer: { suite, packages } }),
  );
  try {
    for (const name of packages) {
      const folder = join(sccacheFolder(), name);
      await timed(`unpacking ${name} into ${folder}`, () => apt.unpack(name, folder));
    }
  } finally {
    await apt.remove();
  }
}

function program(): string {
  return join(sccacheFolder(), "sccache/usr/bin/sccache");
}

function loader(): string {
  return join(sccacheFolder(), "libc6/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
}
