import { ctrlC } from "../../../support/pseudo-terminal.ts";
import type { Chapter } from "../step.ts";

export const atOnce: Chapter = {
  title: "interrupted, and at once",
  folder: "shop",
  steps: [
    {
      title: "Ctrl-C ends a build in a small terminal with one line that says what is staged",
      types: `bash -c "git commit -qam mended; echo 'RUN sleep 300' >> services/worker/Dockerfile
        echo 'echo again' >> services/api/main.sh; exec layerkeep up"`,
      terminal: {
        columns: 60,
        rows: 12,
        keys: [
          [/^jobs\/linux\/amd64 {2}built in (.|\n)*worker\/linux\/amd64 .*RUN sleep 300/m, ctrlC],
        ],
      },
      exits: 130,
      prints: [/^interrupted by SIGINT: 3 of 4 legs staged/m],
      never: [/RESULT/, /^worker\/linux\/amd64 .*RUN sleep/m],
    },
    {
      title: "no build goes on, no file is left, and nobody uses the registry",
      types: `! pgrep -af "buildx.*$ROOT" && ls -A "$TMPDIR" && layerkeep registry status --json`,
      prints: [/^\{/, '"commands": []'],
    },
    {
      title: "the same command again continues",
      types: "git checkout -q services/worker && layerkeep up",
      prints: [/^4 reused in /m],
    },
    {
      title: "two commands at once build everything, and share one server",
      types: `echo 'echo twice' >> services/api/main.sh
        layerkeep up --json --quiet > "$TMPDIR/one.json" & one=$!
        layerkeep up --json --quiet > "$TMPDIR/two.json" && wait $one &&
        diff <(grep '"digest"' "$TMPDIR/one.json") <(grep '"digest"' "$TMPDIR/two.json") &&
        rm "$TMPDIR"/*.json && layerkeep plan && layerkeep registry status`,
      prints: ["4 legs: 0 to build, 4 already staged", /^address: +127\.0\.0\.1/m],
    },
    {
      title:
        "after a stop, the registry comes back at the same address: what was printed before still runs",
      types:
        'layerkeep registry stop && layerkeep plan && layerkeep registry status | grep "$ADDRESS" && $RUN cat /site/index.html',
      prints: [/stopped the registry at 127/, "4 already staged", /^address: /m, "the new shop"],
    },
  ],
};
