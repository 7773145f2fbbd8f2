/** `1 leg`, `2 legs`; of an irregular noun `3 entries`, with its plural. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
