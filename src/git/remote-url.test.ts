import { expect, it } from "vitest";
import { parseRemoteUrl } from "./remote-url.ts";

it.each([
  ["https://github.com/acme/app", "https://github.com/acme/app"],
  ["https://github.com/acme/app.git", "https://github.com/acme/app"],
  ["https://github.com/acme/app.git/", "https://github.com/acme/app"],
  ["https://x-access-token:ghs_secret@github.com/acme/app.git", "https://github.com/acme/app"],
  [
    "https://gitlab-ci-token:secret@git.example.com:8443/a/b/c.git",
    "https://git.example.com:8443/a/b/c",
  ],
  ["https://github.com/acme/app?access_token=secret#secret", "https://github.com/acme/app"],
  ["http://git.example.com/acme/app.git", "http://git.example.com/acme/app"],
  ["git@github.com:acme/app.git", "https://github.com/acme/app"],
  ["github.com:acme/app", "https://github.com/acme/app"],
  ["git@github.com:/acme/app.git", "https://github.com/acme/app"],
  ["ssh://git@git.example.com:2222/acme/app.git", "https://git.example.com/acme/app"],
  ["ssh://git:secret@git.example.com/acme/app.git", "https://git.example.com/acme/app"],
  ["git://git.example.com/acme/app.git", "https://git.example.com/acme/app"],
  ["/srv/git/app.git", undefined],
  ["../app", undefined],
  ["C:\\src\\app", undefined],
  ["C:/src/app", undefined],
  ["file:///srv/git/app.git", undefined],
  ["https://github.com/", undefined],
  ["", undefined],
])("reads %j as %j", (text, url) => {
  expect(parseRemoteUrl(text)).toBe(url);
});
