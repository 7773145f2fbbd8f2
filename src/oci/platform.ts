import { UsageError } from "../errors.ts";

/** A platform as the OCI image index names it: image-index.md, `platform`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}

const pattern = /^([a-z0-9_]+)\/([a-z0-9_]+)(?:\/(v[0-9]+(?:\.[0-9]+)?))?$/;

/** Operating systems and architectures that BuildKit has a name for (Go's, as containerd/platforms has them). */
const systems = new Set(["linux", "windows", "darwin", "freebsd"]);
const architectures = new Set(
  "386 amd64 arm arm64 loong64 mips mips64 mips64le ppc64le riscv64 s390x wasm".split(" "),
);

const aliases: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  "x86-64": "amd64",
  aarch64: "arm64",
  armhf: "arm",
  armel: "arm",
  i386: "386",
};

/**
 * `linux/arm64`, `linux/arm/v7` as a platform, normalised as containerd does it: `aarch64` is
 * `arm64`, `arm64/v8` is `arm64`, `arm` is `arm/v7`, `amd64/v1` is `amd64`. Throws a usage error
 * for a platform that BuildKit has no name for.
 */
export function parsePlatform(text: string): Platform {
  const match = pattern.exec(text.toLowerCase().replace("x86-64", "x86_64"));
  const os = match?.[1];
  const named = match?.[2];
  if (os === undefined || named === undefined) throw unknownPlatform(text);
  const architecture = aliases[named] ?? named;
  if (!systems.has(os) || !architectures.has(architecture)) throw unknownPlatform(text);
  const variant = normalVariant(architecture, named === "armel" ? "v6" : match?.[3]);
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

/** `linux/arm/v7`: what buildx takes as `--platform`. */
export function formatPlatform(platform: Platform): string {
  const variant = platform.variant === undefined ? "" : `/${platform.variant}`;
  return `${platform.os}/${platform.architecture}${variant}`;
}

/** A slug for tags that tells all platforms apart: `amd64`, `arm-v7`, `windows-amd64`. */
export function platformSlug(platform: Platform): string {
  const os = platform.os === "linux" ? [] : [platform.os];
  const variant = platform.variant === undefined ? [] : [platform.variant];
  return [...os, platform.architecture, ...variant].join("-");
}

/** Whether two platforms are the same once normalised; OS versions do not count. */
export function samePlatform(a: Platform, b: Platform): boolean {
  return (
    a.os === b.os &&
    a.architecture === b.architecture &&
    normalVariant(a.architecture, a.variant) === normalVariant(b.architecture, b.variant)
  );
}

function normalVariant(architecture: string, variant: string | undefined): string | undefined {
  if (architecture === "arm64" && variant === "v8") return undefined;
  if (architecture === "amd64" && variant === "v1") return undefined;
  if (architecture === "arm" && variant === undefined) return "v7";
  return variant === "" ? undefined : variant;
}

function unknownPlatform(text: string): UsageError {
  return new UsageError(`"${text}" is not a platform`, {
    hint: "a platform is os/architecture or os/architecture/variant, such as linux/amd64, linux/arm64 or linux/arm/v7",
  });
}
