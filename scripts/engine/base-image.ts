import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineError } from "../../src/errors.ts";
import { type Digest, isDigest } from "../../src/oci/digest.ts";
import type { Engine } from "./docker.ts";
import { busyboxOf } from "./paths.ts";
import { run } from "./run.ts";

const architectures = ["amd64", "arm64"] as const;

/**
 * Makes a base image of Debian's busybox for linux/amd64 and linux/arm64 and pushes it as an OCI
 * index to `reference` (`127.0.0.1:5000/base/busybox:1`). It only copies, so that no emulation
 * is needed. Returns the index's digest.
 */
export async function pushBaseImage(engine: Engine, reference: string): Promise<Digest> {
  const context = await mkdtemp(join(tmpdir(), "layerkeep-base-"));
  try {
    await writeContext(context);
    const metadata = join(context, "metadata.json");
    await run(
      [
        engine.buildx,
        "build",
        "--builder=default",
        `--platform=${architectures.map((architecture) => `linux/${architecture}`).join(",")}`,
        "--provenance=false",
        "--build-arg=SOURCE_DATE_EPOCH=0",
        `--output=type=image,name=${reference},oci-mediatypes=true,push=true`,
        `--metadata-file=${metadata}`,
        context,
      ],
      { purpose: `pushing ${reference}`, env: { ...process.env, ...engine.env } },
    );
    const digest = /"containerimage\.digest":\s*"([^"]+)"/.exec(await readFile(metadata, "utf8"));
    if (digest?.[1] !== undefined && isDigest(digest[1])) return digest[1];
    throw new EngineError(`buildx reported no digest for ${reference}`);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

async function writeContext(context: string): Promise<void> {
  const applets = (await run([busyboxOf("amd64"), "--list"], { purpose: "listing the applets" }))
    .split("\n")
    .filter((applet) => applet !== "" && applet !== "busybox");
  for (const architecture of architectures) {
    const rootfs = join(context, architecture);
    await mkdir(join(rootfs, "bin"), { recursive: true });
    await mkdir(join(rootfs, "etc"));
    await mkdir(join(rootfs, "tmp"));
    // Not through mkdir's mode, which the umask cuts.
    await chmod(join(rootfs, "tmp"), 0o1777);
    await copyFile(busyboxOf(architecture), join(rootfs, "bin/busybox"));
    await Promise.all(applets.map((applet) => symlink("busybox", join(rootfs, "bin", applet))));
    await writeFile(join(rootfs, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
    await writeFile(join(rootfs, "etc/group"), "root:x:0:\n");
  }
  await writeFile(
    join(context, "Dockerfile"),
    'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH/ /\nENV PATH=/bin\nCMD ["/bin/sh"]\n',
  );
}
