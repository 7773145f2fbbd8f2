import type { SeenImage } from "./config/variants/draft.ts";
import { isTrusted } from "./events/sample-event.ts";
import type { Notes } from "./notes.ts";

/** Reports images that pull requests published. */
export function reportPreviews(seen: readonly SeenImage[], lost: Notes): void {
  for (const { event, image } of seen) {
    if (isTrusted(event) || image.published.length === 0) continue;
    lost.add(
      image.span,
      `${event.name} publishes this image`,
      "set preview to a separate repository, and publish the previews in a separate job",
    );
  }
}
