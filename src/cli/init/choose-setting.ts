import { imageOf } from "../../config/load/starter.ts";
import type { GitFacts } from "../../git/facts.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import { formatRepository, parseRepository } from "../../oci/reference.ts";
import type { WriteOptions } from "../import/write-migration.ts";
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
}

/** Asks what the flags do not say, or uses the defaults. Undefined if the user cancelled. */
export async function chooseSetting(
  { kind, files, sources, facts }: Known,
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
  const isAsked = options.platform.length === 0 && questions !== undefined;
  const platforms = isAsked ? await questions.platforms(usualPlatforms) : options.platform;
  if (platforms === undefined) return undefined;
  return {
    dockerfiles,
    image: image.trim() === "" ? undefined : formatRepository(parseRepository(image.trim())),
    platforms: (platforms.length === 0 ? usualPlatforms : platforms).map((text) =>
      formatPlatform(parsePlatform(text)),
    ),
  };
}

/** What most servers and CI runners are. */
const usualPlatforms: readonly string[] = ["linux/amd64"];
