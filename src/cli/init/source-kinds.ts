/** What `init` can make a config from; without `--from`, the first that is found. */
export const sourceKinds = ["bake", "compose", "dockerfiles", "github", "gitlab"] as const;
