import { ctrlC, enter } from "../../../support/pseudo-terminal.ts";
import type { Chapter } from "../step.ts";

const size = { columns: 100, rows: 40 };

export const firstConfig: Chapter = {
  title: "a first config",
  folder: "shop",
  steps: [
    {
      title: "init shows what it would make of the bake file, and names the others",
      types: "layerkeep init --stdout && test ! -e layerkeep.yml",
      prints: [/^ +- \{ ?bake: docker-bake\.hcl/m],
      says: ["compose.yaml", ".github/workflows/images.yml"],
    },
    {
      title: "Ctrl-C at its questions leaves nothing behind",
      types: "layerkeep init",
      terminal: { ...size, keys: [[/the config from/, ctrlC]] },
      exits: 130,
      prints: ["nothing was written"],
    },
    {
      title: "it asks for all that it needs, with defaults",
      types: "bash -c 'test ! -e layerkeep.yml && layerkeep init --from compose'",
      terminal: {
        ...size,
        keys: [
          [/Publish images to/, enter],
          [/Platforms/, enter],
        ],
      },
      prints: [/wrote layerkeep\.yml: 4 variants/, /layerkeep up/],
    },
    {
      title: "it does not overwrite a config",
      types: "layerkeep init --from bake",
      exits: 2,
      says: ["layerkeep.yml", "--force"],
    },
    {
      title:
        "the bake file is imported beside the Compose file: four services, and config show has what it says",
      types: `sed -i -e '/^# One image each/,$d' -e '/compose: compose.yaml/a\\  - bake: docker-bake.hcl' layerkeep.yml
        layerkeep validate && layerkeep config show jobs`,
      prints: [
        "layerkeep.yml is valid: 4 variants, 4 legs",
        /^ {4}context: services\/jobs$/m,
        /^ {6}api: variant:api$/m,
      ],
    },
    {
      title: "graph shows that the jobs are built on the API",
      types: "layerkeep graph jobs",
      prints: [/^jobs \(linux\/amd64\)\n├── api \(linux\/amd64\)$/m],
    },
    {
      title: "lint finds what is wrong with the old workflow, and mends what it can",
      types: `layerkeep lint && exit; layerkeep lint --fix > /dev/null
        git diff .github && git add -A && git commit -qm layerkeep`,
      prints: [
        /\[no-ignore-error\].*\n +--> \.github\/workflows\/images\.yml:26:/,
        /\d+ findings/,
        /^\+ +cache-to: type=gha,ignore-error=true$/m,
      ],
    },
  ],
};
