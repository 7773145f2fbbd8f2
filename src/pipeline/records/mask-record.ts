import type { Mask } from "../../secrets.ts";
import type { BuildRecord, CacheOutcome } from "./build-record.ts";

/**
 * Masks secrets in a record, as far as they are known or can be recognised: in the names and errors
 * of steps, in messages about caches, and in their addresses. Digests stay as they are.
 */
export function maskRecord(record: BuildRecord, clean: Mask): BuildRecord {
  const { failure, steps, input, cache } = record;
  return {
    ...record,
    input: {
      ...input,
      parts: Object.fromEntries(
        Object.entries(input.parts).map(([name, value]) => [name, clean(value)]),
      ),
    },
    steps: steps.map((step) => ({
      ...step,
      name: clean(step.name),
      error: step.error === undefined ? undefined : clean(step.error),
    })),
    failure: failure === null ? null : { step: clean(failure.step), error: clean(failure.error) },
    cache: maskCache(cache, clean),
  };
}

function maskCache(cache: CacheOutcome, clean: Mask): CacheOutcome {
  const refs = (list: CacheOutcome["from"]): CacheOutcome["from"] =>
    list.map(({ type, attributes }) => ({
      type,
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, clean(value)]),
      ),
    }));
  const { unread, absent, trouble } = cache;
  return {
    ...cache,
    from: refs(cache.from),
    to: refs(cache.to),
    unread: unread.map(clean),
    ...(absent === undefined ? {} : { absent: absent.map(clean) }),
    trouble: trouble === null ? null : clean(trouble),
  };
}
