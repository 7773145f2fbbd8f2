import type { Chapter } from "../step.ts";

export const install: Chapter = {
  title: "install in a foreign monorepo",
  folder: "shop",
  steps: [
    {
      title: "npm installs the tarball, and its manual page",
      types:
        "npm install --save-dev ./layerkeep-*.tgz && git diff package.json && cat node_modules/layerkeep/man/layerkeep.1",
      prints: [/^\+ {4}"layerkeep": "file:/m, /^\.TH LAYERKEEP 1 /m],
    },
    {
      title: "npx finds it",
      types: "npx --no-install layerkeep --version",
      prints: [/^\d+\.\d+\.\d+\n$/],
    },
    {
      title: "without a command, the commands are listed, the first ones first",
      types: "layerkeep",
      exits: 2,
      says: [/^ {2}init .*(.|\n)*^ {2}plan .*(.|\n)*^ {2}up /m],
    },
    {
      title: "a command without a config says how to get one",
      types: "layerkeep plan",
      exits: 2,
      says: [/^error: no layerkeep\.yml/, /^hint: run `layerkeep init`/m],
    },
    {
      title: "doctor finds all that builds need, and that the config is missing",
      types: "layerkeep doctor",
      prints: [
        /ok +git: /,
        /ok +buildx: /,
        /ok +builder default: /,
        /warn +config: /,
        "layerkeep init",
      ],
      never: [/\bfail +\w+:/],
    },
  ],
};
