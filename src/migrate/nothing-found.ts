import { UsageError } from "../errors.ts";
import type { Notes } from "./notes.ts";
import { buildsImages } from "./old/published/pushes.ts";
import type { Reading } from "./old/reading.ts";

/** That there is nothing to migrate; with what was lost of the images, or what could not be read. */
export function nothingFound(
  sources: readonly string[],
  readings: readonly Reading[],
  lost: Notes,
): UsageError {
  const jobs = readings.flatMap((reading) => reading.jobs);
  const unread = jobs.flatMap(({ opaque }) => opaque);
  const building = jobs.filter(buildsImages).map(({ node }) => node);
  const ofBuilds = lost
    .all()
    .filter(({ span }) =>
      building.some(
        ({ file, start, end }) => file !== span.file || (start <= span.start && span.end <= end),
      ),
    );
  const [reason] = [...ofBuilds.map(({ span, message }) => ({ span, why: message })), ...unread];
  const names = sources.length === 0 ? "any file" : sources.join(", ");
  const message = `found no images to carry over in ${names}`;
  if (reason === undefined) return new UsageError(message, { hint: whatIsRead });
  const { file, start } = reason.span;
  return new UsageError([
    { message },
    { file: file.path, ...file.placeOf(start), message: reason.why },
  ]);
}

const whatIsRead =
  "the import finds docker, podman, buildah and kaniko commands in scripts, but not commands that make or other programs run. To start with a new config, run `layerkeep init`";
