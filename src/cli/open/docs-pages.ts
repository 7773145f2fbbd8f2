import { version } from "../../version.ts";

/** The pages of the documentation, by the names of their files. */
export const topics = [
  ...["actions", "cache", "cache-mounts", "cache-repository", "ci", "ci-gitlab", "command-line"],
  "config",
  ...["design", "directories", "embedded-registry", "engine", "environment", "errors", "explain"],
  ...["images-on-images", "install", "lint", "logs", "migrate", "plan", "previews", "progress"],
  ...["publishing", "registry", "selecting", "soundness", "trust", "watch"],
] as const;

/** Where a page of this version's documentation is. */
export function docsPage(topic: string): string {
  const ref = version === "0.0.0-dev" ? "main" : `v${version}`;
  return `https://github.com/layerkeep/layerkeep/blob/${ref}/docs/${topic}.md`;
}
