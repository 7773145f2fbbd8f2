/** A step's name, taken apart: `[linux/arm64 build 2/5] RUN make`. */
export interface StepName {
  /** As BuildKit calls it; empty where the Dockerfile has one stage without a name. */
  readonly stage: string;
  /** 1-based, FROM included. */
  readonly number: number;
  /** `RUN`, `COPY`, … */
  readonly keyword: string;
  /** The instruction, with its white space made one. */
  readonly text: string;
}

/** Takes a step's name apart; undefined for what is no instruction's. */
export function parseStepName(name: string): StepName | undefined {
  const [, inside = "", instruction] = /^\[([^\]]*)\] (.*)$/s.exec(name) ?? [];
  if (instruction === undefined) return undefined;
  const words = inside.split(" ");
  const [, number] = /^(\d+)\/\d+$/.exec(words.pop() ?? "") ?? [];
  if (number === undefined) return undefined;
  const text = instruction.replace(/\s+/g, " ").trim();
  return {
    // What has a slash is the platform.
    stage: words.findLast((word) => word !== "" && !word.includes("/")) ?? "",
    number: Number(number),
    keyword: (text.split(" ", 1)[0] ?? "").toUpperCase(),
    text,
  };
}
