import type { HomebrewCache, JobCache } from "../../../config/jobs/job-config.ts";
import type { Mapping, Step } from "../document.ts";
import { expression } from "../expressions.ts";
import type { DirectoryCache } from "./directory-cache.ts";
import {
  ccacheScript,
  homebrewScript,
  installScript,
  placesScript,
  statsScript,
} from "./scripts.ts";

/** What a kind of cache adds to a job. */
export interface JobCacheSteps {
  readonly directory: DirectoryCache;
  /** Variables with the places of its folders: they may name the runner's. */
  readonly places: Mapping;
  readonly env: Mapping;
  /** Before it is restored. */
  readonly before: readonly Step[];
  /** After it is restored, and before the command runs. */
  readonly after: readonly Step[];
  /** After the command. */
  readonly end: readonly Step[];
}

const folder = `${expression("runner.temp")}/layerkeep-caches`;
const machine = `${expression("runner.os")}-${expression("runner.arch")}`;
const none = { env: {}, before: [], after: [], end: [] } as const;

/** The steps for a cache of the job. */
export function stepsOf(job: string, cache: JobCache): JobCacheSteps {
  const { kind } = cache;
  const start = `${startOf(job, kind)}-${machine}-`;
  // No entry's name has an @, so that one name may begin with another.
  const ofEntry = `${start}${expression("matrix.name")}@`;
  const changes = expression(`matrix.keys.${kind}`);
  const base = { id: kind, condition: `matrix.keys.${kind}`, links: [], changes };
  switch (kind) {
    case "go": {
      const places = { GOMODCACHE: `${folder}/go-modules`, GOCACHE: `${folder}/go-build` };
      const paths = Object.values(places);
      const directory = { ...base, paths, start, restoreKeys: [start] };
      return { ...none, places, directory };
    }
    case "pip": {
      const places = { PIP_CACHE_DIR: `${folder}/pip`, UV_CACHE_DIR: `${folder}/uv` };
      const epoch = `${ofEntry}${expression("matrix.epoch")}-`;
      const paths = Object.values(places);
      const directory = { ...base, paths, start: epoch, restoreKeys: [epoch] };
      return { ...none, places, directory };
    }
    case "ccache":
      return {
        ...none,
        places: { CCACHE_DIR: `${folder}/ccache`, CCACHE_BASEDIR: expression("github.workspace") },
        // The compiler's time of change differs between runners that are the same.
        env: { CCACHE_COMPILERCHECK: "content", CCACHE_MAXSIZE: `${cache.size / 1e6}M` },
        directory: {
          ...base,
          paths: [`${folder}/ccache`],
          start: ofEntry,
          restoreKeys: [ofEntry],
        },
        after: [{ name: "Set up ccache", shell: "bash", run: ccacheScript }],
        end: [{ name: "Show ccache statistics", shell: "bash", run: statsScript }],
      };
    case "homebrew":
      return homebrewSteps(cache, job, base);
  }
}

/** No job's name has a dot, so that one name may begin with another. */
function startOf(job: string, kind: JobCache["kind"]): string {
  return `layerkeep-${job}.${kind}`;
}

/** Installed folders fit only the runner image that they come from. */
function homebrewSteps(
  { formulas, cellar }: HomebrewCache,
  job: string,
  base: Pick<DirectoryCache, "id" | "condition" | "changes">,
): JobCacheSteps {
  const output = (name: string): string => expression(`steps.homebrew.outputs.${name}`);
  const image = `${output("image")}-${expression("runner.arch")}`;
  const ofCellar = (folder: string): readonly string[] =>
    cellar.map((name) => `${output("prefix")}/${folder}/${name}`);
  return {
    places: { HOMEBREW_CACHE: `${folder}/homebrew` },
    // A cleanup would delete what is to be kept, an update change the versions within a run.
    env: { HOMEBREW_NO_AUTO_UPDATE: "1", HOMEBREW_NO_INSTALL_CLEANUP: "1" },
    directory: {
      ...base,
      paths: [`${folder}/homebrew/downloads`, ...ofCellar("Cellar")],
      // Other formulas find it by this link.
      links: ofCellar("opt"),
      start: `${startOf(job, "homebrew")}-${image}-`,
      // What an older list installed would stay for ever.
      restoreKeys: [],
    },
    before: [{ name: "Find Homebrew", id: "homebrew", shell: "bash", run: homebrewScript }],
    after: [
      {
        name: "Install formulas",
        shell: "bash",
        run: installScript,
        env: {
          PREFIX: output("prefix"),
          KEPT: cellar.join(" "),
          FORMULAS: formulas.join(" "),
        },
      },
    ],
    end: [],
  };
}

/** The step that tells all later ones where the caches' folders are. */
export function placesStep(places: Mapping): Step {
  return {
    name: "Set cache folders",
    shell: "bash",
    run: placesScript,
    env: { NAMES: Object.keys(places).join(" "), ...places },
  };
}
