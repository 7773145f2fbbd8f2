/** The variables by which compilers find a build cache. */
export function serveVariables(
  { url, token }: { readonly url: string; readonly token: string },
  readOnly: boolean,
): Readonly<Record<string, string>> {
  const withToken = `${url}/${token}`;
  return {
    // Without the attribute, ccache would send what is refused, and stop asking after that.
    CCACHE_REMOTE_STORAGE: readOnly ? `${withToken}|read-only` : withToken,
    SCCACHE_WEBDAV_ENDPOINT: url,
    SCCACHE_WEBDAV_TOKEN: token,
    // For tools that read no variable of their own.
    LAYERKEEP_DIR_URL: withToken,
  };
}
