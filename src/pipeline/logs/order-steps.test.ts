import { expect, it } from "vitest";
import { orderSteps } from "./order-steps.ts";

it("orders steps by stage and number, and leaves the rest in its place", () => {
  const names = [
    "[build 11/12] RUN k",
    "[build 9/12] RUN i",
    "[2/3] RUN b",
    "loading",
    "[build 2/12] RUN b",
    "[2/4] RUN of a parent",
    "[3/3] RUN c",
    "exporting",
  ];
  expect(orderSteps(names.map((step) => ({ step }))).map(({ step }) => step)).toEqual([
    "[build 2/12] RUN b",
    "[build 9/12] RUN i",
    "[build 11/12] RUN k",
    "[2/3] RUN b",
    "[3/3] RUN c",
    "loading",
    "[2/4] RUN of a parent",
    "exporting",
  ]);
});
