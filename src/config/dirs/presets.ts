import type { SystemPaths } from "./dir-config.ts";

/** What a tool keeps between runs, with its settings unchanged. */
export interface Preset {
  /** The placeholder at the end of the key. */
  readonly changes: string;
  readonly paths: SystemPaths;
}

/** Tools without a lock file: one cache for each epoch. */
const epoch = "{epoch}";

const pnpmOfSetup = "~/setup-pnpm/node_modules/.bin/store";

export const presets: Readonly<Record<string, Preset>> = {
  // https://go.dev/ref/mod#module-cache and `go help cache` (os.UserCacheDir)
  go: {
    changes: "{hash:**/go.sum}",
    paths: {
      linux: ["~/go/pkg/mod", "~/.cache/go-build"],
      macos: ["~/go/pkg/mod", "~/Library/Caches/go-build"],
      windows: ["~/go/pkg/mod", "~/AppData/Local/go-build"],
    },
  },
  // https://docs.npmjs.com/cli/v11/using-npm/config#cache; its data is in _cacache:
  // https://docs.npmjs.com/cli/v11/commands/npm-cache
  npm: {
    changes: "{hash:**/package-lock.json,**/npm-shrinkwrap.json}",
    paths: {
      linux: ["~/.npm/_cacache"],
      macos: ["~/.npm/_cacache"],
      windows: ["~/AppData/Local/npm-cache/_cacache"],
    },
  },
  // https://pnpm.io/settings#storedir, and the store in the PNPM_HOME that pnpm/action-setup sets:
  // https://github.com/pnpm/action-setup/issues/71
  pnpm: {
    changes: "{hash:**/pnpm-lock.yaml}",
    paths: {
      linux: ["~/.local/share/pnpm/store", pnpmOfSetup],
      macos: ["~/Library/pnpm/store", pnpmOfSetup],
      windows: ["~/AppData/Local/pnpm/store", pnpmOfSetup],
    },
  },
  // Classic: https://classic.yarnpkg.com/lang/en/docs/cli/cache/. Since 2.0, the cache folder in
  // globalFolder: https://yarnpkg.com/configuration/yarnrc#globalFolder; on Windows
  // getDefaultGlobalFolder in yarnpkg/berry, packages/yarnpkg-core/sources/folderUtils.ts
  yarn: {
    changes: "{hash:**/yarn.lock}",
    paths: {
      linux: ["~/.cache/yarn", "~/.yarn/berry/cache"],
      macos: ["~/Library/Caches/Yarn", "~/.yarn/berry/cache"],
      windows: ["~/AppData/Local/Yarn/Cache", "~/AppData/Local/Yarn/Berry/cache"],
    },
  },
  // https://pip.pypa.io/en/stable/topics/caching/#default-paths
  pip: {
    changes: "{hash:**/requirements*.txt,**/pyproject.toml}",
    paths: {
      linux: ["~/.cache/pip"],
      macos: ["~/Library/Caches/pip"],
      windows: ["~/AppData/Local/pip/Cache"],
    },
  },
  // https://docs.astral.sh/uv/reference/storage/#cache-directory (on macOS as on Linux)
  uv: {
    changes: "{hash:**/uv.lock,**/requirements*.txt}",
    paths: {
      linux: ["~/.cache/uv"],
      macos: ["~/.cache/uv"],
      windows: ["~/AppData/Local/uv/cache"],
    },
  },
  // https://doc.rust-lang.org/cargo/guide/cargo-home.html#caching-the-cargo-home-in-ci
  cargo: {
    changes: "{hash:**/Cargo.lock}",
    paths: everywhere("~/.cargo/registry/index", "~/.cargo/registry/cache", "~/.cargo/git/db"),
  },
  // https://docs.gradle.org/current/userguide/directory_layout.html#dir:gradle_user_home
  gradle: {
    changes:
      "{hash:**/*.gradle,**/*.gradle.kts,**/*.versions.toml,**/gradle-wrapper.properties,**/gradle.lockfile}",
    paths: everywhere("~/.gradle/caches", "~/.gradle/wrapper"),
  },
  // https://maven.apache.org/guides/mini/guide-configuring-maven.html (localRepository)
  maven: { changes: "{hash:**/pom.xml}", paths: everywhere("~/.m2/repository") },
  // HOMEBREW_CACHE in https://docs.brew.sh/Manpage#environment (HOMEBREW_DEFAULT_CACHE in Homebrew/brew,
  // Library/Homebrew/brew.sh)
  homebrew: {
    changes: epoch,
    paths: { linux: ["~/.cache/Homebrew"], macos: ["~/Library/Caches/Homebrew"], windows: [] },
  },
  // cache_dir in https://ccache.dev/manual/latest.html#_configuration_options; on Windows, ccache.conf
  // is in it (Config::read in ccache/ccache, src/ccache/config.cpp)
  ccache: {
    changes: epoch,
    paths: {
      linux: ["~/.cache/ccache"],
      macos: ["~/Library/Caches/ccache"],
      windows: ["~/AppData/Local/ccache"],
    },
  },
  // https://github.com/mozilla/sccache/blob/main/docs/Local.md
  sccache: {
    changes: epoch,
    paths: {
      linux: ["~/.cache/sccache"],
      macos: ["~/Library/Caches/Mozilla.sccache"],
      windows: ["~/AppData/Local/Mozilla/sccache"],
    },
  },
  // Dir::Cache::Archives in apt.conf(5)
  apt: {
    changes: epoch,
    paths: { linux: ["/var/cache/apt/archives"], macos: [], windows: [] },
  },
};

function everywhere(...paths: readonly string[]): SystemPaths {
  return { linux: paths, macos: paths, windows: paths };
}
