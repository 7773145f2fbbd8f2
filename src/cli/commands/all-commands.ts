import { defineGroup, defineSection } from "../program/define-command.ts";
import { affected } from "./affected.ts";
import { build } from "./build.ts";
import { cacheCopy } from "./cache/copy.ts";
import { cacheDiff } from "./cache/diff.ts";
import { cacheDu } from "./cache/du.ts";
import { githubLs } from "./cache/gha/ls.ts";
import { githubPrune } from "./cache/gha/prune.ts";
import { cacheInspect } from "./cache/inspect.ts";
import { cacheLs } from "./cache/ls.ts";
import { cacheMerge } from "./cache/merge.ts";
import { cachePrune } from "./cache/prune.ts";
import { cacheRm } from "./cache/rm.ts";
import { cacheServeGha } from "./cache/serve-gha.ts";
import { cacheTrim } from "./cache/trim.ts";
import { cacheVerify } from "./cache/verify.ts";
import { cacheWarm } from "./cache/warm.ts";
import { ciGithub } from "./ci/github.ts";
import { ciGitlab } from "./ci/gitlab.ts";
import { complete } from "./complete.ts";
import { completion } from "./completion.ts";
import { configShow } from "./config/show.ts";
import { dirDiff } from "./dir/diff.ts";
import { dirLs } from "./dir/ls.ts";
import { dirPrune } from "./dir/prune.ts";
import { dirRestore } from "./dir/restore.ts";
import { dirRm } from "./dir/rm.ts";
import { dirSave } from "./dir/save.ts";
import { dirServe } from "./dir/serve.ts";
import { dirVerify } from "./dir/verify.ts";
import { doctor } from "./doctor/doctor.ts";
import { engineDu } from "./engine/du.ts";
import { engineGc } from "./engine/gc.ts";
import { enginePrune } from "./engine/prune.ts";
import { explain } from "./explain.ts";
import { importBake } from "./import/bake.ts";
import { importGitlab } from "./import/gitlab.ts";
import { importGithub } from "./import/github.ts";
import { graph } from "./graph.ts";
import { init } from "./init.ts";
import { jobs } from "./jobs.ts";
import { lint } from "./lint.ts";
import { load } from "./load.ts";
import { logs } from "./logs.ts";
import { open } from "./open.ts";
import { plan } from "./plan.ts";
import { previewPrune } from "./preview/prune.ts";
import { publish } from "./publish.ts";
import { registryCheck } from "./registry/check.ts";
import { registryCollect } from "./registry/collect.ts";
import { registryServe } from "./registry/serve.ts";
import { registryStatus } from "./registry/status.ts";
import { registryStop } from "./registry/stop.ts";
import { stale } from "./stale.ts";
import { up } from "./up.ts";
import { validate } from "./validate.ts";

/** The whole command line, in the order of its help. */
export const allCommands = [
  defineSection("Start:", [
    init,
    defineGroup({
      name: "import",
      summary: "create a config from the files of another tool",
      commands: [importGithub, importGitlab, importBake],
    }),
    validate,
    defineGroup({
      name: "config",
      summary: "show the config",
      commands: [configShow],
    }),
  ]),
  defineSection("Build and publish:", [plan, build, publish, up, load]),
  defineSection("Understand:", [explain, logs, affected, stale, graph, open]),
  defineSection("CI:", [
    jobs,
    lint,
    defineGroup({
      name: "ci",
      summary: "generate CI workflows from the config",
      commands: [ciGithub, ciGitlab],
    }),
  ]),
  defineSection("Caches and registries:", [
    defineGroup({
      name: "cache",
      summary: "inspect, copy and prune build caches",
      commands: [
        cacheLs,
        cacheDu,
        cachePrune,
        cacheRm,
        cacheWarm,
        cacheInspect,
        cacheDiff,
        cacheCopy,
        cacheMerge,
        cacheTrim,
        cacheVerify,
        cacheServeGha,
        defineGroup({
          name: "gha",
          summary: "manage a repository's GitHub Actions cache",
          commands: [githubLs, githubPrune],
        }),
      ],
    }),
    defineGroup({
      name: "dir",
      summary: "save and restore folders, such as a package manager's cache",
      commands: [dirSave, dirRestore, dirServe, dirLs, dirDiff, dirPrune, dirRm, dirVerify],
    }),
    defineGroup({
      name: "preview",
      summary: "manage the preview images of pull requests",
      commands: [previewPrune],
    }),
    defineGroup({
      name: "engine",
      summary: "manage a builder's local cache",
      commands: [engineDu, enginePrune, engineGc],
    }),
    defineGroup({
      name: "registry",
      summary: "run and maintain the embedded registry",
      commands: [registryStatus, registryStop, registryServe, registryCollect, registryCheck],
    }),
    doctor,
  ]),
  defineSection("Other commands:", [completion, complete]),
];
