/** Whether a name means standard input: `-`, or what Linux calls it. */
export function isStandardInput(name: string): boolean {
  return name === "-" || name === "/dev/stdin";
}

/** Whether a name means standard output: `-`, or what Linux calls it. */
export function isStandardOutput(name: string): boolean {
  return name === "-" || name === "/dev/stdout";
}
