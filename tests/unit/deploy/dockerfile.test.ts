/** The Dockerfile, read without an engine: what it names exists, and it keeps the promises of an image. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { validate } from "dockerfile-utils";
import { internalPort, networkListenerPort } from "../../../server/settings/network.ts";
import { project, readImage, textOf } from "../../support/deployment.ts";

const image = readImage();

test("the linter finds nothing", () => {
  expect(validate(textOf("deploy/Dockerfile")).map(({ message }) => message)).toEqual([]);
});

test("what is copied from the checkout is there, and not left out of the context", () => {
  const ignored = textOf(".dockerignore")
    .split("\n")
    .filter((line) => line !== "" && !/^(#|\*\*\/)/.test(line));
  const sources = image.copies.filter(({ from }) => from === undefined).flatMap((copy) => copy.sources);
  expect(sources.length).toBeGreaterThan(5);
  expect(sources.filter((source) => !existsSync(join(project, source)))).toEqual([]);
  expect(sources.filter((source) => ignored.some((path) => `${source}/`.startsWith(`${path}/`)))).toEqual([]);
});

test("everything that is published is in the last stage, and the compiler's inputs are in the first", () => {
  const inStage = (stage: string): readonly string[] =>
    image.copies
      .filter((copy) => copy.stage === stage)
      .flatMap((copy) => copy.sources.map((one) => one.replace("/src/", "")));
  const { files } = JSON.parse(textOf("package.json")) as { readonly files: readonly string[] };
  const forReaders = ["docs"];
  expect(inStage("last")).toEqual(expect.arrayContaining(files.filter((file) => !forReaders.includes(file))));
  const { include } = JSON.parse(textOf("tsconfig.build.json")) as { readonly include: readonly string[] };
  expect(inStage("build")).toEqual(expect.arrayContaining([...include, "tsconfig.build.json", "tsconfig.base.json"]));
});

test("it runs as an ordinary user, and says the ports of the settings' defaults", () => {
  expect(image.user).toBe("node");
  expect(image.ports).toEqual([networkListenerPort.default, internalPort.default]);
  expect(image.healthCheck.join(" ")).toContain(`http://127.0.0.1:${internalPort.default}/ready`);
});
