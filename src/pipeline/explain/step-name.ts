/** A parsed step name: `[linux/arm64 build 2/5] RUN make`. */
export interface StepName {
  /** BuildKit's name for it; empty if the Dockerfile has a single unnamed stage. */
  readonly stage: string;
  /** 1-based, FROM included. */
  readonly number: number;
  /** `RUN`, `COPY`, … */
  readonly keyword: string;
  /** The instruction, with runs of white space collapsed. */
  readonly text: string;
}

/** Parses a step's name; undefined if it does not name an instruction. */
export function parseStepName(name: string): StepName | undefined {
  const [, inside = "", instruction] = /^\[([^\]]*)\] (.*)$/s.exec(name) ?? [];
  if (instruction === undefined) return undefined;
  const words = inside.split(" ");
  const [, number] = /^(\d+)\/\d+$/.exec(words.pop() ?? "") ?? [];
  if (number === undefined) return undefined;
  const text = instruction.replace(/\s+/g, " ").trim();
  return {
    // The part with a slash is the platform.
    stage: words.findLast((word) => word !== "" && !word.includes("/")) ?? "",
    number: Number(number),
    keyword: (text.split(" ", 1)[0] ?? "").toUpperCase(),
    text,
  };
}
