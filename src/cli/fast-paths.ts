/** Both are on; `0` turns one off, to see what it wins or whether it is at fault. */
export function fastPaths(env: NodeJS.ProcessEnv): {
  readonly plainYaml: boolean;
  readonly ringSockets: boolean;
} {
  return {
    plainYaml: env["LAYERKEEP_PLAIN_YAML"] !== "0",
    ringSockets: env["LAYERKEEP_RING_SOCKET"] !== "0",
  };
}
