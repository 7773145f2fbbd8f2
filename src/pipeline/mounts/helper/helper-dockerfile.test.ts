import { expect, it } from "vitest";
import { parseDockerfile } from "../../../dockerfile/parse/parse.ts";
import type { PlannedMount } from "../../../plan/plan.ts";
import { helperDockerfile } from "./helper-dockerfile.ts";

const mount = (id: string, stage: number, changes: Partial<PlannedMount> = {}) => ({
  ...{
    id,
    stage,
    sharing: "shared" as const,
    uid: null,
    gid: null,
    mode: null,
    from: [],
    to: null,
  },
  ...changes,
});

it("has a step with the mounts in the image of each stage that has some", () => {
  const text = `ARG V=1
FROM --platform=$BUILDPLATFORM golang:$V AS build
RUN make
FROM scratch
COPY --from=tools / /
ENV PATH=/bin
RUN ls
`;
  const dockerfile = parseDockerfile(text, "Dockerfile");
  const mounts = [
    { number: 0, mount: mount("go", 0) },
    { number: 1, mount: mount("own", 1, { sharing: "locked", uid: "7", mode: "0700" }) },
    { number: 2, mount: mount("more", 0) },
  ];
  const made = helperDockerfile({ text, dockerfile }, mounts, ({ mount }) => `ls ${mount}`, true);
  const content = "--mount=type=bind,from=layerkeep-mounts-content,target=/layerkeep/content";
  expect(made.slice(text.length)).toBe(`
FROM --platform=$BUILDPLATFORM golang:$V AS layerkeep-mounts-0
USER 0:0
RUN ${content} --mount=type=cache,id=go,sharing=shared,target=/layerkeep/mounts/0 --mount=type=cache,id=more,sharing=shared,target=/layerkeep/mounts/2 ["/bin/sh","-c","set -e\\nmkdir -p /layerkeep/result\\nls /layerkeep/mounts/0\\nls /layerkeep/mounts/2"]
FROM scratch AS layerkeep-mounts-1
COPY --from=tools / /
ENV PATH=/bin
USER 0:0
RUN ${content} --mount=type=cache,id=own,sharing=locked,uid=7,mode=0700,target=/layerkeep/mounts/1 ["/bin/sh","-c","set -e\\nmkdir -p /layerkeep/result\\nls /layerkeep/mounts/1"]
FROM scratch AS layerkeep-mounts
COPY --from=layerkeep-mounts-0 /layerkeep/result/ /
COPY --from=layerkeep-mounts-1 /layerkeep/result/ /
`);
});
