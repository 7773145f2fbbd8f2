import type { RunningBuildCache } from "../../../server/build-cache/start.ts";

/** The variables by which compilers, and clients of GitHub's cache service, find a build cache. */
export function serveVariables(
  { url, token, github }: Pick<RunningBuildCache, "url" | "token" | "github">,
  readOnly: boolean,
): Readonly<Record<string, string>> {
  const withToken = `${url}/${token}`;
  return {
    // Without the attribute, ccache would send what is refused, and stop asking after that.
    CCACHE_REMOTE_STORAGE: readOnly ? `${withToken}|read-only` : withToken,
    SCCACHE_WEBDAV_ENDPOINT: url,
    SCCACHE_WEBDAV_TOKEN: token,
    ACTIONS_CACHE_SERVICE_V2: "true",
    ACTIONS_RESULTS_URL: github.url,
    ACTIONS_RUNTIME_TOKEN: github.token,
    // For tools that read no variable of their own.
    LAYERKEEP_DIR_URL: withToken,
  };
}
