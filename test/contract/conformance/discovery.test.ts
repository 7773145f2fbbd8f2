// Follows 03_discovery of v1.1.1 and, of the rewrite, TestEmpty, TestList and TestReferrers. See
// suite.ts.
import { expect } from "vitest";
import { type Answer, codesOf, digest, newRepository } from "./api.ts";
import { allContents, Content, type Descriptor, nonce, types } from "./content.ts";
import { conformance } from "./suite.ts";

const tags = ["test0", "test1", "test2", "test3"];

conformance("discovery", (check, api) => {
  const tagged = async (names: readonly string[] = tags): Promise<string> => {
    const repository = newRepository();
    const content = new Content("tagged");
    content.image({ tags: names });
    await api.push(repository, content);
    return repository;
  };
  const list = (repository: string, query = ""): Promise<Answer> =>
    api.call("GET", `${repository}/tags/list${query}`);

  check("knows no tags of a repository that is not there", async () => {
    const answer = await list(newRepository());
    expect([answer.status, codesOf(answer)]).toEqual([404, ["NAME_UNKNOWN"]]);
  });

  for (const content of allContents()) {
    if (content.manifests.every((manifest) => manifest.tags.length === 0)) continue;
    check(`lists the tags of ${content.name}`, async () => {
      const repository = newRepository();
      await api.push(repository, content);
      const names = content.manifests.flatMap((manifest) => manifest.tags).toSorted();
      expect(tagsOf(await list(repository)).toSorted()).toEqual(names);
    });
  }

  check("lists tags in order, and as JSON", async () => {
    const repository = await tagged(["b", "a", "C", "c", "10", "9"]);
    const answer = await list(repository);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(tagsOf(answer)).toEqual(["10", "9", "C", "a", "b", "c"]);
  });

  check("lists as many tags as asked for, and links to the others", async () => {
    const repository = await tagged();
    const first = await list(repository, "?n=3");
    expect(tagsOf(first)).toEqual(tags.slice(0, 3));
    const link = /^<([^>]+)>; rel="next"$/.exec(first.headers.get("link") ?? "")?.[1];
    const next = await api.call("GET", new URL(link ?? "missing", first.location).href);
    expect([tagsOf(next), next.headers.get("link")]).toEqual([tags.slice(3), null]);
  });

  check("lists the tags after one, as many as asked for", async () => {
    const repository = await tagged();
    expect(tagsOf(await list(repository, "?n=2&last=test1"))).toEqual(["test2", "test3"]);
    // It need not be there.
    expect(tagsOf(await list(repository, "?n=2&last=test0a"))).toEqual(["test1", "test2"]);
    expect(tagsOf(await list(repository, "?last=test2"))).toEqual(["test3"]);
    expect(tagsOf(await list(repository, "?last=zz"))).toEqual([]);
  });

  check("lists no tag where none is asked for", async () => {
    const answer = await list(await tagged(), "?n=0");
    expect([tagsOf(answer), answer.headers.get("link")]).toEqual([[], null]);
  });

  check("lists all tags where more are asked for", async () => {
    const answer = await list(await tagged(), "?n=100");
    expect([tagsOf(answer).toSorted(), answer.headers.get("link")]).toEqual([tags, null]);
  });

  check("refuses a number of tags that is none", async () => {
    const answer = await list(await tagged(), "?n=many");
    expect([answer.status, codesOf(answer)]).toEqual([400, ["PAGINATION_NUMBER_INVALID"]]);
  });

  const refer = (repository: string, subject: string, query = ""): Promise<Answer> =>
    api.call("GET", `${repository}/referrers/${subject}${query}`);

  for (const algorithm of ["sha256", "sha512"] as const) {
    check(`gives an empty index for a subject by ${algorithm} that nothing refers to`, async () => {
      const answer = await refer(newRepository(), digest("nothing", algorithm));
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, types.index]);
      expect(JSON.parse(answer.body.toString())).toEqual({
        schemaVersion: 2,
        mediaType: types.index,
        manifests: [],
      });
    });
  }

  check("refuses a subject that is no digest", async () => {
    const answer = await refer(newRepository(), "latest");
    expect([answer.status, codesOf(answer)]).toEqual([400, ["DIGEST_INVALID"]]);
  });

  for (const content of allContents()) {
    const referring = content.manifests.filter(({ subject }) => subject !== undefined);
    const subject = referring[0]?.subject?.digest;
    if (subject === undefined) continue;

    check(`lists what refers to the subject of ${content.name}`, async () => {
      const repository = newRepository();
      await api.push(repository, content);
      expect(referrersOf(await refer(repository, subject))).toEqual(
        byDigest(referring.map(({ described }) => described)),
      );
    });

    check(`lists what refers to the subject of ${content.name}, by type`, async () => {
      const repository = newRepository();
      await api.push(repository, content);
      for (const type of [types.example1, types.example2, types.config, "text/none"]) {
        const query = `?artifactType=${encodeURIComponent(type)}`;
        const answer = await refer(repository, subject, query);
        expect(answer.headers.get("oci-filters-applied")).toBe("artifactType");
        expect(referrersOf(answer)).toEqual(
          byDigest(
            referring
              .map(({ described }) => described)
              .filter(({ artifactType }) => artifactType === type),
          ),
        );
      }
    });
  }

  check("lists what was pushed before its subject, and not what was deleted", async () => {
    const repository = newRepository();
    const content = new Content("referrers");
    const later = new Content("subject");
    const subject = later.image();
    content.artifact({ artifactType: types.example1, subject, annotations: nonce() });
    content.artifact({ artifactType: types.example2, subject, annotations: nonce() });
    await api.push(repository, content);
    await api.push(repository, later);
    const [first, second] = content.manifests;
    const before = referrersOf(await refer(repository, subject.digest));
    expect(before).toEqual(byDigest(content.manifests.map(({ described }) => described)));
    await api.call("DELETE", `${repository}/manifests/${first?.digest ?? ""}`);
    expect(referrersOf(await refer(repository, subject.digest))).toEqual([second?.described]);
  });

  check("keeps each answer about referrers to what a client reads of a manifest", async () => {
    const repository = newRepository();
    const content = new Content("referrers");
    const subject = content.image();
    for (let made = 0; made < 4; made++) {
      const annotations = { padding: "A".repeat(1_500_000), ...nonce() };
      content.artifact({ artifactType: types.example1, subject, annotations });
    }
    await api.push(repository, content);
    const seen: Descriptor[] = [];
    let link: string | undefined = `${repository}/referrers/${subject.digest}`;
    link += `?artifactType=${types.example1}`;
    for (let pages = 0; link !== undefined; pages++) {
      expect(pages).toBeLessThan(5);
      const answer: Answer = await api.call("GET", link);
      expect(answer.body.length).toBeLessThan(4 << 20);
      expect(answer.headers.get("oci-filters-applied")).toBe("artifactType");
      seen.push(...referrersOf(answer));
      const next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
      link = next === undefined ? undefined : new URL(next, answer.location).href;
    }
    const referring = content.manifests.filter((manifest) => manifest.subject !== undefined);
    expect(seen).toEqual(byDigest(referring.map(({ described }) => described)));
  });

  check("lists repositories", async () => {
    const repository = await tagged();
    const answer = await api.call("GET", "_catalog?n=1000");
    expect(JSON.parse(answer.body.toString())).toEqual({
      repositories: expect.arrayContaining([repository]) as unknown,
    });
  });

  for (const method of ["PUT", "PATCH", "POST"]) {
    check(`answers ${method} of a list of tags with 405`, async () => {
      expect((await api.call(method, `${newRepository()}/tags/list`)).status).toBe(405);
    });
  }
});

function tagsOf({ status, body }: Answer): readonly string[] {
  expect(status).toBe(200);
  return (JSON.parse(body.toString()) as { tags: readonly string[] }).tags;
}

function referrersOf({ status, headers, body }: Answer): readonly Descriptor[] {
  expect([status, headers.get("content-type")]).toEqual([200, types.index]);
  const index = JSON.parse(body.toString()) as {
    schemaVersion: number;
    mediaType: string;
    manifests: readonly Descriptor[];
  };
  expect([index.schemaVersion, index.mediaType]).toEqual([2, types.index]);
  return byDigest(index.manifests);
}

function byDigest(list: readonly Descriptor[]): readonly Descriptor[] {
  return list.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
}
