import { imageOf } from "../../config/load/starter.ts";
import type { GitFacts } from "../../git/facts.ts";
import { formatPlatform, parsePlatform, type Platform } from "../../oci/platform.ts";
import { formatRepository, parseRepository } from "../../oci/reference.ts";
import type { WriteOptions } from "../config-file/write-options.ts";
import type { Questions } from "./ask.ts";
import type { SourceKind, Sources } from "./find-sources.ts";

export interface InitOptions extends WriteOptions {
  readonly from?: SourceKind;
  readonly image?: string;
  readonly platform: readonly string[];
  readonly yes?: boolean;
}

/** What the flags, the answers and the repository say. */
interface Setting {
  readonly dockerfiles: readonly string[];
  /** Undefined: nothing is published yet. */
  readonly image: string | undefined;
  readonly platforms: readonly string[];
}

interface Known {
  readonly kind: SourceKind;
  /** Of this kind. */
  readonly files: readonly string[];
  readonly sources: Sources;
  readonly facts: GitFacts | undefined;
  /** The platform of this machine. */
  readonly machine: Platform;
}

/**
 * Asks what the flags do not say, or uses the defaults: the platform of most servers and CI runners,
 * and this machine's, so that the images run here. Undefined if the user cancelled.
 */
export async function chooseSetting(
  { kind, files, sources, facts, machine }: Known,
  options: InitOptions,
  questions: Questions | undefined,
): Promise<Setting | undefined> {
  const all = kind === "compose" ? (sources.files.get("dockerfiles") ?? []) : files;
  const asksWhich = kind === "dockerfiles" && all.length > 1 && questions !== undefined;
  const dockerfiles = asksWhich ? await questions.dockerfiles(all) : all;
  if (dockerfiles === undefined) return undefined;
  const usualImage = imageOf(facts?.remoteUrl ?? "");
  const image =
    options.image ??
    (questions === undefined ? (usualImage ?? "") : await questions.image(usualImage));
  if (image === undefined) return undefined;
  const usualPlatforms = [...new Set(["linux/amd64", formatPlatform(machine)])];
  const isAsked = options.platform.length === 0 && questions !== undefined;
  const platforms = isAsked ? await questions.platforms(usualPlatforms) : options.platform;
  if (platforms === undefined) return undefined;
  return {
    dockerfiles,
    image: givenImage({ image }),
    platforms: givenPlatforms({ platform: platforms.length === 0 ? usualPlatforms : platforms }),
  };
}

/** What `--image` names; undefined if nothing. Throws a usage error if it is no repository. */
export function givenImage({ image = "" }: Pick<InitOptions, "image">): string | undefined {
  return image.trim() === "" ? undefined : formatRepository(parseRepository(image.trim()));
}

/** What `--platform` names. Throws a usage error if one is no platform. */
export function givenPlatforms({ platform }: Pick<InitOptions, "platform">): readonly string[] {
  return platform.map((text) => formatPlatform(parsePlatform(text)));
}
