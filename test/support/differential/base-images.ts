import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec, execOk } from "../../../src/exec.ts";
import type { BakeEngine } from "./bake.ts";
import type { CaseBases } from "./generate.ts";

/** What each of the images brings to what is built on it. */
const dockerfiles: Readonly<Record<string, string>> = {
  env: "FROM scratch\nENV D=src E=lib/\nCOPY f /f\n",
  copy: "FROM scratch\nENV D=lib\nCOPY f /f\nONBUILD COPY ${D}* /onbuild/\n",
  arg: "FROM scratch\nCOPY f /f\nONBUILD ARG D=docs\nONBUILD COPY src* ${D}* /onbuild/\n",
  all: "FROM scratch\nCOPY f /f\nONBUILD COPY . /onbuild/\n",
  other: "FROM scratch\nCOPY f /f\nONBUILD COPY --from=other a* /onbuild/\n",
};

/** Pushes them to a registry that the engine reaches. */
export async function pushBaseImages(
  engine: BakeEngine,
  registry: string,
  busybox: string,
): Promise<CaseBases & { readonly named: (name: string) => string }> {
  const named = (name: string): string => `${registry}/differential/${name}:1`;
  const root = mkdtempSync(join(tmpdir(), "layerkeep-bases-"));
  try {
    writeFileSync(join(root, "f"), "base");
    for (const [name, text] of Object.entries(dockerfiles)) {
      const folder = join(root, name);
      mkdirSync(folder);
      writeFileSync(join(folder, "Dockerfile"), text);
      const argv = [engine.buildx, "build", "--push", "--tag", named(name)];
      await execOk(exec, [...argv, "--file", join(folder, "Dockerfile"), root], {
        env: engine.env,
        purpose: "pushing a base image",
      });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return { busybox, others: Object.keys(dockerfiles).map(named), named };
}
