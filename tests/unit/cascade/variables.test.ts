import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";

import { createVariables } from "../../../cascade/variables.ts";
import { loadSettings } from "../../../cascade/index.ts";
import { enabled, known, limit } from "./loaded.ts";
import { folderWith, write } from "./temporary-folder.ts";

const environment = {
  HOST: "mail.example.com",
  EMPTY: "",
  TRICKY: "a\nb=c {{HOST}} \\",
  PASSWORD: "s3cret",
  SPACED: " x ",
};
const values = new Map([
  ["db.host", "db1"],
  ["looped", "{{HOST}}"],
]);
const expand = (text: string) =>
  createVariables({ environment, fileNamed: (name) => (name === "values.properties" ? values : undefined) }).expand(
    text,
  );

test.each([
  { text: "no variable", is: "no variable" },
  { text: "{{HOST}}", is: "mail.example.com" },
  { text: "https://{{HOST}}:443/", is: "https://mail.example.com:443/" },
  { text: "{{env HOST}}", is: "mail.example.com" },
  { text: "{{ env HOST }}", is: "mail.example.com" },
  { text: "{{HOST:other}}", is: "mail.example.com" },
  { text: "{{NONE:other}}", is: "other" },
  { text: "{{env NONE:http://a:1/?b=c d}}", is: "http://a:1/?b=c d" },
  { text: "{{NONE:}}", is: "" },
  { text: "x{{NONE:  }}y", is: "xy" },
  { text: "{{EMPTY:other}}", is: "" },
  { text: "{{SPACED}}", is: "x" },
  { text: "{{file<values.properties> db.host}}", is: "db1" },
  { text: "{{file<values.properties> none:d}}", is: "d" },
  { text: "{{file<nowhere.properties> none:d}}", is: "d" },
  { text: "{{HOST}}{{HOST}}", is: "mail.example.commail.example.com" },
  { text: "{{TRICKY}}", is: "a\nb=c {{HOST}} \\" },
  { text: "{{file<values.properties> looped}}", is: "{{HOST}}" },
  { text: "{HOST}", is: "{HOST}" },
  { text: "{{HOST", is: "{{HOST" },
  { text: "HOST}}", is: "HOST}}" },
  { text: "{{}}", is: "{{}}" },
  { text: "{{{HOST}}}", is: "{{{HOST}}}" },
  { text: "{{{{HOST}}}}", is: "{{{{HOST}}}}" },
  { text: "{{#if x}}", is: "{{#if x}}" },
  { text: "${HOST}", is: "${HOST}" },
  { text: "{{toString:d}}", is: "d" },
])("$text becomes $is", ({ text, is }) => {
  expect(expand(text)).toMatchObject({ ok: true, text: is });
});

test("a variable inside another stays, with a warning", () => {
  const text = "{{NONE:{{HOST}}}}";
  expect(expand(text)).toEqual({ ok: true, text, warning: "has a variable inside another, which is not expanded" });
});

test.each([
  {
    text: "{{NONE}}",
    says: 'names the variable NONE, which the environment does not have; a default is written "{{env NONE:default}}"',
  },
  {
    text: "{{file<values.properties> none}}",
    says: 'names the variable none, which values.properties does not have; a default is written "{{file<values.properties> none:default}}"',
  },
  {
    text: "{{file<no.properties> none}}",
    says: 'names the variable none, which no.properties cannot give, as there is no such properties file; a default is written "{{file<no.properties> none:default}}"',
  },
  {
    text: "{{vault PASSWORD:s3cret}}",
    says: "takes the variable PASSWORD from vault, which is no source; sources are env and file<FILE>",
  },
  {
    text: "{{file PASSWORD:s3cret}}",
    says: "takes the variable PASSWORD from file, which is no source; sources are env and file<FILE>",
  },
  {
    text: "{{ env `HOST` }}",
    says: 'holds a Go template, which belongs into the chart\'s own configuration files and means nothing here; here that is written "{{env HOST}}"',
  },
  {
    text: '{{- env "HOST" -}}',
    says: 'holds a Go template, which belongs into the chart\'s own configuration files and means nothing here; here that is written "{{env HOST}}"',
  },
  {
    text: "{{ .Values.host }}",
    says: "holds a Go template, which belongs into the chart's own configuration files and means nothing here",
  },
  {
    text: "{{ include `x` . | quote }}",
    says: "holds a Go template, which belongs into the chart's own configuration files and means nothing here",
  },
])("$text is refused: $says", ({ text, says }) => {
  expect(expand(text)).toEqual({ ok: false, says: [says] });
});

test("all that is wrong in one value is said, each once, without a value or default", () => {
  const outcome = expand("{{A}} {{PASSWORD}} {{B}} {{A}} {{vault C:s3cret}}");
  expect(outcome).toMatchObject({ ok: false });
  expect(JSON.stringify(outcome).match(/variable (\w)/g)).toEqual(["variable A", "variable B", "variable C"]);
  expect(JSON.stringify(outcome)).not.toContain("s3cret");
});

describe("no text", () => {
  const pieces = fc.constantFrom(
    "{",
    "{{",
    "}",
    "}}",
    "env ",
    "file",
    "<",
    ">",
    "HOST",
    ":",
    " ",
    "`",
    "|",
    "-",
    ".",
    "\n",
    "é",
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 30 }).map((all) => all.join("")),
    fc.string({ unit: "binary" }),
  );

  test("makes expanding throw, and one without braces is left alone", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const outcome = expand(text);
        if (!text.includes("{{")) expect(outcome).toEqual({ ok: true, text });
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["{{".repeat(500_000)],
    [`{{${" ".repeat(500_000)}\``],
    [`{{${" ".repeat(500_000)}\`}}`],
    [`{{env ${" ".repeat(500_000)}!}}`],
    [`{{file<${"<".repeat(500_000)}}}`],
    [`{{${"a".repeat(500_000)}!}}`],
    [`{{${"a ".repeat(250_000)}!}}`],
    ["{{HOST}}".repeat(100_000)],
  ])("takes long", (text) => {
    const begun = performance.now();
    expand(text);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  test("fills the memory by one variable used a million times", () => {
    const outcome = expand("{{HOST}}".repeat(100_000));
    expect(outcome).toEqual({ ok: false, says: ["has variables that grow beyond 1048576 characters in this file"] });
  });
});

describe("in files", () => {
  const load = async (files: Readonly<Record<string, string>>) => {
    const folder = await folderWith(files);
    const outcome = await loadSettings({ directories: [folder], assignments: [], known, environment });
    return { folder, outcome, short: (text: string) => text.replaceAll(`${folder}/`, "") };
  };

  test("properties and context sets have them expanded after parsing", async () => {
    const { outcome } = await load({
      "a.properties": `${enabled.name} = {{NONE:false}}\n${limit.name}={{file<sub/values.properties> limit}}\nx={{TRICKY}}\nb=1`,
      "sub/values.properties": "limit=3",
      "contextSets/a.yml": `one:\n  withTags: "{{NONE:gold}}"\n  y: {{env HOST}}\n`,
    });
    if (!outcome.ok) throw new Error(outcome.problems.map(({ message }) => message).join());
    expect(outcome.settings.read(enabled)).toBe(false);
    expect(outcome.settings.read(limit)).toBe(3);
    expect(outcome.settings.resolve("x").value?.text).toBe("a\nb=c {{HOST}} \\");
    const [set] = outcome.settings.inForce().sets;
    expect([set?.withTags, set?.values.get("y")?.text]).toEqual(["gold", "mail.example.com"]);
  });

  test("each variable without a value is a problem with file, line, name and variable", async () => {
    const { outcome, short } = await load({
      "a.properties": "a=1\nsome.password = {{PASSWORD}}{{MISSING}}\nb={{LOST}}",
      "contextSets/a.yml": "one:\n  withTags: gold\n  y: '{{GONE}}'\n",
      "meta/a.yml": "z:\n  value: '{{AWAY}}'\n",
    });
    expect(outcome.ok ? [] : outcome.problems.map(({ message }) => short(message))).toEqual([
      'a.properties:2: some.password names the variable MISSING, which the environment does not have; a default is written "{{env MISSING:default}}"',
      'a.properties:3: b names the variable LOST, which the environment does not have; a default is written "{{env LOST:default}}"',
      'contextSets/a.yml:3: y names the variable GONE, which the environment does not have; a default is written "{{env GONE:default}}"',
      'meta/a.yml:2: value names the variable AWAY, which the environment does not have; a default is written "{{env AWAY:default}}"',
    ]);
    expect(outcome.ok ? [] : outcome.problems.map(({ name, line }) => [name, line])).toContainEqual([
      "some.password",
      2,
    ]);
  });

  test("at a reload such a file keeps its last good state", async () => {
    const { folder, outcome, short } = await load({ "a.properties": `${limit.name}=3` });
    if (!outcome.ok) throw new Error("no settings");
    await write(folder, { "a.properties": `${limit.name}=4\nb={{LOST}}` });
    const { problems } = await outcome.settings.reload();
    expect(problems.map(({ message }) => short(message))).toEqual([
      'a.properties:2: b names the variable LOST, which the environment does not have; a default is written "{{env LOST:default}}"; what was read before stays in force',
    ]);
    expect(outcome.settings.read(limit)).toBe(3);
  });
});
