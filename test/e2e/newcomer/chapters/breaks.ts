import type { Chapter } from "../step.ts";

export const breaks: Chapter = {
  title: "what breaks",
  folder: "shop",
  steps: [
    {
      title: "a step that fails: up names it, with what it printed, and still builds the others",
      types: `git commit -qam 'new API' && sed -i 's/sh -n/sh/' services/worker/Dockerfile
        echo 'echo no queue; exit 3' >> services/worker/run.sh && layerkeep up`,
      exits: 1,
      prints: [/^worker\/linux\/amd64 +failed/m, /3 reused, 1 failed/],
      says: [
        /worker\/linux\/amd64 failed: .*\[3\/3\] RUN sh \/run\.sh/,
        /\| no queue$/m,
        "exit code: 3",
      ],
    },
    {
      title: "the log of the step that failed is kept",
      types: "layerkeep logs worker --failed",
      prints: [/^no queue$/m],
    },
    {
      title: "build --failed builds what failed, once it is mended",
      types:
        "git checkout -q services/worker && echo 'echo mended' >> services/worker/run.sh && layerkeep build --failed",
      prints: [/^1 built in /m],
      never: [/^(api|jobs|web)\/linux\/amd64/m],
    },
    {
      title: "COPY of a path that is missing: plan warns of it, and validate shows the line",
      types: `sed -i 's#COPY site #COPY sites #' services/web/Dockerfile
        layerkeep plan web && layerkeep validate`,
      exits: 1,
      prints: [
        /warning: .*services\/web\/Dockerfile:2: COPY sites .*not found.*"site"/,
        /--> services\/web\/Dockerfile:2:6\n.*\n2 \| COPY sites \/site\n +\| +\^{5}\n/,
      ],
    },
    {
      title: "mistakes in the config are all shown at once, with what was meant",
      types: `git checkout -q services/web && { cat layerkeep.yml; echo 'variants: { new: { platforms: [amd64], contxt: . } }'; } > wrong.yml
        layerkeep plan --config wrong.yml`,
      exits: 2,
      says: [
        /wrong\.yml:\d+:\d+.*"contxt".*did you mean "?context/,
        /wrong\.yml:\d+:\d+.*"amd64".*did you mean "?linux\/amd64/,
      ],
    },
    {
      title: "a variant and a folder that do not exist: no bugs of ours",
      types: "rm wrong.yml; layerkeep up wbe; layerkeep plan --output nosuch/plan.json",
      exits: 2,
      says: [/"wbe".*\(did you mean web\?\)/, /^error: --output: .*nosuch/m, /mkdir -p .*nosuch/],
    },
    {
      title: "a command that does not exist: the one that was meant, as JSON if asked for",
      types: "layerkeep pln; layerkeep pln --json",
      exits: 2,
      says: [
        /^error: .*pln/,
        /^hint: did you mean plan\?$/m,
        /^\{"error":".*pln.*","hint":"did you mean plan\?","code":"usage","exitCode":2\}$/m,
      ],
    },
  ],
};
