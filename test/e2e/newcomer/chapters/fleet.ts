import type { Chapter } from "../step.ts";

const letters = "a, b, c, d, e, f, g, h, i, j";
const config = `publish: ghcr.io/acme/fleet
variants:
  fleet:
    matrix: { region: [$(seq -s , 1 30)], tier: [${letters}] }
    name: "node-{region}-{tier}"
    args: { QUEUE: "{region}-{tier}" }
`;

const dockerfile = "FROM scratch\\nARG QUEUE\\nLABEL queue=$QUEUE\\nCOPY . /\\n";

export const fleet: Chapter = {
  title: "three hundred variants",
  folder: "shop",
  steps: [
    {
      title: "a matrix makes them",
      types: `mkdir fleet && printf '${dockerfile}' > fleet/Dockerfile && cat > fleet/layerkeep.yml << END\n${config}END\ncd fleet && layerkeep validate`,
      prints: ["layerkeep.yml is valid: 300 variants, 300 legs"],
    },
    {
      title: "the plan fits a terminal of 60 columns",
      types: "layerkeep plan --config fleet/layerkeep.yml",
      terminal: { columns: 60, rows: 20 },
      prints: [
        /^node-30-j\/linux\/amd64 +build .{0,60}$/m,
        "300 legs: 300 to build, 0 already staged",
      ],
      never: [/^node-.{56}/m],
    },
    {
      title: "so does a dry run of up, which names each image by its end",
      types: "layerkeep up --dry-run --config fleet/layerkeep.yml",
      terminal: { columns: 60, rows: 20 },
      prints: [/^\S*node-1-a +- /m, /^\S*node-30-j +- /m, "300 tags would be created"],
      never: [/^.{61}.*the tag is/m],
    },
    {
      title: "what is staged is folded",
      types: "cd fleet && layerkeep up 'node-1-*' --quiet && layerkeep plan",
      prints: [/^10 built in /m, /^10 legs +reuse/m, "300 legs: 290 to build, 10 already staged"],
      never: [/^node-1-a\/linux\/amd64 +reuse/m],
    },
    {
      title: "explain says once what holds for many",
      types:
        "cd fleet && layerkeep explain > $ROOT/why && wc -l < $ROOT/why && grep -c 'needs\\? a build' $ROOT/why && cat $ROOT/why",
      prints: [/^\d\d?\n/, /^290 legs/m],
    },
  ],
};
