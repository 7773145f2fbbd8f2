import type { Chapter } from "../step.ts";

export const publishes: Chapter = {
  title: "a registry for the team",
  folder: "shop",
  steps: [
    {
      title: "up --write publishes to it, under the tags of the branch",
      types: `git commit -qam twice && git switch -q main && git merge -q topic &&
        sed -i -e "s#^\\# cache: .*#cache: $REGISTRY/cache#" -e "s#^\\# publish:#publish: $REGISTRY/shop#" layerkeep.yml &&
        layerkeep up --write`,
      prints: [/^4 built in /m, /\/shop:main-jobs +sha256:\w+ +new/m, /^4 images published/m],
    },
    {
      title: "publishing again changes nothing, and anybody can pull the image and run it",
      types: "layerkeep publish --write && docker run --rm --pull always $REGISTRY/shop:main-jobs",
      prints: [/^0 images published, 4 unchanged$/m, "report: hello from the shop"],
    },
    {
      title: "plan --as shows that a fork's pull request publishes nothing, and a release does",
      types:
        "git tag v1.2.3 && layerkeep plan --as pull_request:fork && layerkeep plan --as tag:v1.2.3",
      prints: [
        /^trust: untrusted .*fork(.|\n)*^publishes: nothing(.|\n)*^trust: trusted/m,
        "v1.2.3-web",
      ],
    },
    {
      title: "ci github writes the workflow, which stays in step with the config",
      types:
        "git add -A && git commit -qm publish && layerkeep ci github --force && layerkeep ci github --check && git diff --stat",
      prints: [/^ \.github\/workflows\/images\.yml/m],
    },
  ],
};
