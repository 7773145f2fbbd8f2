import { UsageError } from "../errors.ts";

/** What `parse` returns; the message of its usage error then names the key and the text. */
export function parseNamed<Value>(
  key: string,
  text: string,
  parse: (text: string) => Value,
): Value {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${key}: "${text}" is not valid. ${error.message}`, {
      hint: error.hint,
      cause: error,
    });
  }
}
