import { UsageError } from "../errors.ts";
import { nearest } from "../nearest.ts";

/** A platform in an OCI image index: image-index.md, `platform`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}

/** The names in containerd/platforms (from Go), and wasi. */
const systems = new Set(
  (
    "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 " +
    "solaris wasi windows zos"
  ).split(" "),
);
const architectures = new Set(
  (
    "386 amd64 amd64p32 arm arm64 arm64be armbe loong64 mips mips64 mips64le mips64p32 " +
    "mips64p32le mipsle ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm"
  ).split(" "),
);

const component = /^[a-z0-9_.-]+$/;

/** Aliases of architectures, and the variant that such a name implies. */
const aliases: ReadonlyMap<string, readonly [architecture: string, variant?: string]> = new Map([
  ["x86_64", ["amd64"]],
  ["x86-64", ["amd64"]],
  ["aarch64", ["arm64"]],
  ["armhf", ["arm", "v7"]],
  ["armel", ["arm", "v6"]],
  ["i386", ["386", ""]],
]);

/**
 * Parses a platform such as `linux/arm64` or `linux/arm/v7`, normalised as containerd/platforms
 * does: `aarch64` is `arm64`, `arm64/v8` is `arm64`, `arm` is `arm/v7`, `amd64/v1` is `amd64`.
 * Throws a usage error for an operating system or architecture that containerd does not know.
 */
export function parsePlatform(text: string): Platform {
  const [system = "", named = "", written, ...more] = text.toLowerCase().split("/");
  const os = system === "macos" ? "darwin" : system;
  const [architecture, fixed] = aliases.get(named) ?? [named];
  if (!systems.has(os) || !architectures.has(architecture) || more.length > 0) {
    throw unknownPlatform(text);
  }
  if (written !== undefined && !component.test(written)) throw unknownPlatform(text);
  const variant = normalVariant(architecture, fixed ?? written);
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

/**
 * Whether containerd/platforms can parse the text as a platform. Unlike our own config, it accepts
 * `arm64` or `linux` alone, unknown names, and options of the operating system such as its version.
 */
export function isPlatformSpecifier(text: string): boolean {
  const [system = "", ...parts] = text.split("/");
  const match = /^([A-Za-z0-9_-]+)(\([A-Za-z0-9_.%-]*(?:\+[A-Za-z0-9_.%-]+)*\))?$/.exec(system);
  if (match === null || parts.length > 2) return false;
  if (parts.length > 0) return parts.every((part) => component.test(part.toLowerCase()));
  const name = (match[1] ?? "").toLowerCase();
  if (name === "macos" || (name !== "wasi" && systems.has(name))) return true;
  return match[2] === undefined && (architectures.has(name) || aliases.has(name));
}

/** `linux/arm/v7`: the format of buildx's `--platform`. */
export function formatPlatform(platform: Platform): string {
  const variant = platform.variant === undefined ? "" : `/${platform.variant}`;
  return `${platform.os}/${platform.architecture}${variant}`;
}

/** A slug for tags that is different for every platform: `amd64`, `arm-v7`, `windows-amd64`. */
export function platformSlug(platform: Platform): string {
  const os = platform.os === "linux" ? [] : [platform.os];
  const variant = platform.variant === undefined ? [] : [platform.variant];
  return [...os, platform.architecture, ...variant].join("-");
}

/** Whether two platforms are the same after normalisation; OS versions do not count. */
export function samePlatform(a: Platform, b: Platform): boolean {
  return (
    a.os === b.os &&
    a.architecture === b.architecture &&
    normalVariant(a.architecture, a.variant) === normalVariant(b.architecture, b.variant)
  );
}

/** As normalizeArch in containerd/platforms. */
function normalVariant(architecture: string, written: string | undefined): string | undefined {
  const variant = written === "" ? undefined : written;
  if (architecture === "amd64") return variant === "v1" ? undefined : variant;
  if (architecture === "arm64") {
    if (variant === "8" || variant === "v8" || variant === "v8.0") return undefined;
    return variant === "9" || variant === "9.0" || variant === "v9.0" ? "v9" : variant;
  }
  if (architecture !== "arm") return variant;
  if (variant === undefined) return "v7";
  return /^[5678]$/.test(variant) ? `v${variant}` : variant;
}

function unknownPlatform(text: string): UsageError {
  return new UsageError(`"${text}" is not a platform`, {
    hint:
      suggestion(text) ??
      "use os/architecture or os/architecture/variant, such as linux/amd64, linux/arm64 or linux/arm/v7",
  });
}

/** The likely meaning: Linux, if only an architecture is given, or the nearest names. */
function suggestion(text: string): string | undefined {
  const parts = text.toLowerCase().split("/");
  const [system = "", named = "", ...variant] = parts.length === 1 ? ["linux", ...parts] : parts;
  const os = systems.has(system) ? system : nearest(system, systems);
  const known = aliases.get(named)?.[0] ?? (architectures.has(named) ? named : undefined);
  const architecture = known ?? nearest(named, architectures);
  if (os === undefined || architecture === undefined || variant.length > 1) return undefined;
  const meant = [os, architecture, ...variant].join("/");
  return meant === text ? undefined : `did you mean ${meant}?`;
}
