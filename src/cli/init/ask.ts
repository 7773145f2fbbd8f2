import { isCancel, multiselect, select, text } from "@clack/prompts";
import { LayerkeepError, messageOf } from "../../errors.ts";
import { harmless } from "../../harmless.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { Keyboard } from "../io.ts";
import type { SourceKind, Sources } from "./find-sources.ts";

/** Asks what the command line did not say. Undefined if the user cancelled. */
export interface Questions {
  source(sources: Sources): Promise<SourceKind | undefined>;
  dockerfiles(paths: readonly string[]): Promise<readonly string[] | undefined>;
  /** Empty for none. */
  image(usual: string | undefined): Promise<string | undefined>;
  platforms(usual: readonly string[]): Promise<readonly string[] | undefined>;
}

/** The usual platforms of servers. */
const offered = ["linux/amd64", "linux/arm64"];

/** Asks on a terminal. The signal ends a question as Ctrl-C does. */
export function questionsOn({ input, output }: Keyboard, signal: AbortSignal): Questions {
  const shared = { input, output, signal, withGuide: false };
  return {
    source: async ({ files }) =>
      given(
        await select<SourceKind>({
          ...shared,
          message: "Create the config from",
          options: [...files].map(([value, found]) => ({
            value,
            label: labels[value],
            hint: harmless(some(found)),
          })),
        }),
      ),
    dockerfiles: async (paths) =>
      given(
        await multiselect<string>({
          ...shared,
          message: "Dockerfiles of images to build",
          options: paths.map((value) => ({ value, label: harmless(value) })),
          initialValues: [...paths],
          required: true,
        }),
      ),
    image: async (usual) =>
      given(
        await text({
          ...shared,
          message: "Publish images to (leave empty to decide later)",
          placeholder: "ghcr.io/acme/app",
          initialValue: usual ?? "",
          validate: (value) => problemOf(value ?? ""),
        }),
      ),
    platforms: async (usual) =>
      given(
        await multiselect<string>({
          ...shared,
          message: "Platforms",
          options: [...new Set([...offered, ...usual])].map((value) => ({ value, label: value })),
          initialValues: [...usual],
          required: true,
        }),
      ),
  };
}

const labels: Readonly<Record<SourceKind, string>> = {
  bake: "the bake file",
  compose: "the Compose file",
  dockerfiles: "the Dockerfiles",
  github: "the GitHub workflows",
  gitlab: "the GitLab pipeline",
};

/** `api/Dockerfile, web/Dockerfile, +3`. */
function some(files: readonly string[]): string {
  const more = files.length > 2 ? [`+${files.length - 2}`] : [];
  return [...files.slice(0, 2), ...more].join(", ");
}

function given<Answer>(answer: Answer): Exclude<Answer, symbol> | undefined {
  return isAnswer(answer) ? answer : undefined;
}

/** The only symbol says that the user cancelled. */
function isAnswer<Answer>(answer: Answer): answer is Exclude<Answer, symbol> {
  return !isCancel(answer);
}

function problemOf(value: string): string | undefined {
  if (value.trim() === "") return undefined;
  try {
    parseRepository(value.trim());
    return undefined;
  } catch (error) {
    if (!(error instanceof LayerkeepError)) throw error;
    return messageOf(error);
  }
}
