import { known, type Text } from "../expressions/value.ts";
import { remember } from "../remember.ts";
import { withoutDockerHub } from "./image-name.ts";
import type { Settings } from "./operation.ts";

/** BuildKit's default scope of `type=gha`, and its default name in a bucket. */
const defaultName = "buildkit";

/**
 * What names a cache: two exports with the same name overwrite each other. Undefined for a type that
 * has no name of its own (`inline`), or whose name only a run can tell.
 */
export const cacheIdentity = remember(({ type, attributes }: Settings): Text | undefined => {
  const named = (key: string): Text | undefined => attributes.get(key);
  switch (type) {
    case "registry":
      return registryName(named("ref"));
    case "gha":
      return named("scope") ?? known(defaultName);
    case "local":
      return named("dest") ?? named("src");
    case "s3":
      return joined(named("bucket"), named("prefix"), named("name") ?? known(defaultName));
    case "azblob":
      return joined(
        named("account_url") ?? named("account_name"),
        named("container") ?? known("buildkit-cache"),
        named("prefix"),
        named("name") ?? known(defaultName),
      );
    default:
      return undefined;
  }
});

/** With the tag that it has by default, and without Docker Hub's own name. */
function registryName(ref: Text | undefined): Text | undefined {
  if (ref === undefined || ref.text === "") return undefined;
  const text = withoutDockerHub(ref.text);
  const [last = ""] = /[^/]*$/.exec(text.replaceAll(/\$\{\{.*?\}\}/gs, "")) ?? [];
  return { ...ref, text: /[:@]/.test(last) || last === "" ? text : `${text}:latest` };
}

function joined(...parts: readonly (Text | undefined)[]): Text {
  const given = parts.map((part) => part ?? known(""));
  return {
    text: given.map(({ text }) => text).join("/"),
    unknown: given.flatMap(({ unknown }) => unknown),
  };
}
