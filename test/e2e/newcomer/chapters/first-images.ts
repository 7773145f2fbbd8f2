import type { Chapter } from "../step.ts";

export const firstImages: Chapter = {
  title: "the first images",
  folder: "shop",
  steps: [
    {
      title: "plan says that everything is to build",
      types: "layerkeep plan",
      prints: [/^api\/linux\/amd64 +build/m, "4 legs: 4 to build, 0 already staged"],
    },
    {
      title: "a dry run builds nothing, and starts no registry",
      types: "layerkeep up --dry-run && layerkeep registry status --json",
      prints: ["4 legs: 4 to build", "(--dry-run)", '"running": false'],
    },
    {
      title: "up builds them all and prints how to run one",
      types: "layerkeep up",
      prints: [/^jobs\/linux\/amd64 +built /m, /^4 built in /m],
      keeps: { RUN: /^run it with: (docker run --rm 127\.0\.0\.1:\d+\/\S+)$/m },
    },
    {
      title: "the printed line runs the image",
      types: "$RUN cat /site/index.html",
      prints: ["<h1>shop</h1>"],
    },
    {
      title: "plan finds what up has staged, and up builds nothing and says what that saved",
      types: "layerkeep plan && layerkeep up",
      prints: ["4 legs: 0 to build, 4 already staged", /^4 reused in .* saved$/m],
      never: [" built "],
    },
    {
      title: "up --load gives the images to Docker, under short names",
      types: "layerkeep up --load --quiet && docker run --rm shop-jobs",
      prints: ["loaded jobs/linux/amd64 as shop-jobs:latest", "report: hello from the shop"],
    },
    {
      title: "load does it for one, once it is deleted",
      types:
        "docker image rm shop-api > /dev/null && layerkeep load api && docker run --rm shop-api",
      prints: ["loaded api/linux/amd64 as shop-api:latest", "hello from the shop"],
      never: ["shop-web"],
    },
    {
      title: "registry status shows the server that all commands share",
      types: "layerkeep registry status",
      prints: [/^address: +127\.0\.0\.1:\d+$/m, /^data: .*cache\/layerkeep\/registry/m],
      keeps: { ADDRESS: /^address: +(\S+)$/m },
    },
    {
      title: "logs print what the steps printed",
      types: "layerkeep logs api",
      prints: [/^ +compiling the api for dev$/m],
    },
    {
      title: "cache ls names the caches by their legs",
      types: "layerkeep cache ls && layerkeep cache verify web",
      prints: [/^warm .*web\/linux\/amd64/m, /4 warm/],
    },
  ],
};
