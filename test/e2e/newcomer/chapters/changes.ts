import type { Chapter } from "../step.ts";

export const changes: Chapter = {
  title: "a change",
  folder: "shop",
  steps: [
    {
      title: "affected names the one image with the changed page, and why",
      types: `git switch -qc topic && echo '<h1>the new shop</h1>' > services/web/site/index.html
        layerkeep affected`,
      prints: [/^web\/linux\/amd64\n$/],
      says: [/site\/index\.html.*services\/web\/Dockerfile:2/, "1 of 4 legs"],
    },
    {
      title: "explain names the file and the line that copies it",
      types: "layerkeep explain web",
      prints: [
        /^web\/linux\/amd64/,
        /site\/index\.html \(COPY site in services\/web\/Dockerfile:2\)/,
      ],
    },
    {
      title: "up --affected builds that one",
      types: "layerkeep up --affected",
      prints: [/^web\/linux\/amd64 +built/m, /1 built in /],
      keeps: { RUN: /^run it with: (docker run --rm 127\.0\.0\.1:\d+\/\S*-web-\S+)$/m },
    },
    {
      title: "the new image has the new page",
      types: "$RUN cat /site/index.html",
      prints: ["<h1>the new shop</h1>"],
    },
    {
      title: "a change of the API affects the jobs that are built on it",
      types: `git commit -qam 'new page' && echo 'echo and welcome' >> services/api/main.sh
        layerkeep affected --base main`,
      prints: [/^web\/linux\/amd64\napi\/linux\/amd64\njobs\/linux\/amd64\n$/],
      says: [/^jobs\/linux\/amd64: .*api\/linux\/amd64 .*services\/api\/main\.sh/m, "3 of 4 legs"],
    },
    {
      title: "globs select legs",
      types: "layerkeep plan 'a*' web",
      prints: [/^api\/linux\/amd64 +build/m, /^web\/linux\/amd64 +reuse/m, "2 legs: 1 to build"],
    },
    {
      title: "the jobs are built after the API, in the same run",
      types: "layerkeep up api jobs --load --quiet && docker run --rm shop-jobs",
      prints: [/^2 built in /m, /^report: hello from the shop\n(.*\n)*and welcome$/m],
    },
    {
      title: "a plan can be written, and built from the file",
      types:
        'layerkeep plan --output "$TMPDIR/plan.json" && layerkeep build --plan "$TMPDIR/plan.json" && rm "$TMPDIR/plan.json"',
      prints: ["4 legs: 0 to build", /^4 reused in /m],
    },
  ],
};
