import type { Chapter } from "../step.ts";

const closed = "http://127.0.0.1:9";
const offline = {
  HTTP_PROXY: closed,
  HTTPS_PROXY: closed,
  http_proxy: closed,
  https_proxy: closed,
};

/** Where other people work. */
export const elsewhere: readonly Chapter[] = [
  {
    title: "paths with spaces",
    folder: ".",
    steps: [
      {
        title: "a clone in such a folder finds what the team's registry has",
        types: `git clone -q shop "my repos/shop front" && cd "my repos/shop front" &&
          npm ci --silent && npx --no-install layerkeep plan`,
        prints: ["4 legs: 0 to build, 4 already staged"],
      },
      {
        title: "it builds there, too",
        types:
          "cd 'my repos/shop front' && echo 'echo front' >> services/worker/run.sh && layerkeep up worker --local --load && docker run --rm $REGISTRY/shop:main-worker",
        prints: [/^1 built in /m, "loaded worker/linux/amd64 as ", /^front$/m],
      },
    ],
  },
  {
    title: "offline",
    folder: "my repos/shop front",
    env: offline,
    steps: [
      {
        title: "validate needs no network, and plan says what it could not look up",
        types: `sed -i 's#^cache: .*#cache: ghcr.io/acme/cache#' layerkeep.yml
          layerkeep validate && layerkeep plan`,
        prints: [
          "layerkeep.yml is valid: 4 variants",
          "4 legs: 4 to build",
          /warning: .*ghcr\.io.*127\.0\.0\.1:9/,
        ],
      },
      {
        title: "what has to be in the registry is not built in vain",
        types: "layerkeep up --write",
        exits: 3,
        says: [/^error: .*ghcr\.io\/acme\/cache/],
        never: ["RUN"],
      },
      {
        title: "on this machine, everything can be built",
        types: "layerkeep up --local --quiet",
        prints: [/^1 reused, 3 built in |^3 built, 1 reused in /m],
      },
    ],
  },
  {
    title: "a user who is not root",
    folder: "shop",
    user: "colleague",
    // No server is left behind.
    env: { LAYERKEEP_REGISTRY_IDLE: "0" },
    steps: [
      {
        title: "another user's checkout is refused, with git's advice",
        types: "layerkeep plan",
        exits: 2,
        says: [/^error: .*\/shop/, "git config --global --add safe.directory"],
      },
      {
        title: "in a clone in the own home, up builds and loads",
        types: `git config --global --add safe.directory '*' && git clone -q "$ROOT/shop" ~/shop &&
          cd ~/shop && layerkeep up worker --local --load && docker run --rm $REGISTRY/shop:main-worker`,
        prints: [/^1 (built|reused) in /m, "working on orders"],
      },
      {
        title: "a home that cannot be written: the error names the variable that helps",
        types: "rm -rf ~/.cache && chmod a-w ~ ~/.docker && cd ~/shop && layerkeep up --local",
        exits: 2,
        says: [/^error: .*\.cache/, "XDG_CACHE_HOME"],
      },
      {
        title: "with that variable, everything works",
        types: `export XDG_CACHE_HOME=$(mktemp -d) && cd ~/shop && layerkeep up worker --local &&
          rm -rf "$XDG_CACHE_HOME"`,
        prints: [/^1 built in /m],
      },
    ],
  },
];
