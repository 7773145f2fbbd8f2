import type { RunState } from "../run-state.ts";
import type { ArtifactStore } from "./stand-in.ts";

/** A run's artifacts. A later attempt sees those of earlier ones and may replace them. */
export function artifactStore({ artifacts, earlier, newFolder }: RunState): ArtifactStore {
  return {
    names: () => [...artifacts.keys()],
    find: (name) => artifacts.get(name),
    isNew: (name) => {
      const folder = artifacts.get(name);
      return folder === undefined || folder === earlier?.artifacts[name];
    },
    create: (name) => {
      const folder = newFolder("artifact");
      artifacts.set(name, folder);
      return folder;
    },
  };
}
