/**
 * Variables in values: `{{NAME}}`, `{{env NAME:default}}`, `{{file<values.properties> NAME:default}}`.
 *
 * They are expanded after parsing, into the value, so that nothing in a variable can end a line or become YAML; what a
 * variable holds is not expanded again. Braces that make no variable stay as they are. Messages name variables and never
 * what they hold, nor a default. Not here: which texts are values (config-files.ts).
 */
import { printable, quoted } from "./finding.ts";
import { trimmed } from "./properties.ts";

/** Variables by name; what is not there or undefined is not set, an empty text is. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface VariableSources {
  readonly environment: Environment;
  /** The names and values of a properties file below the configuration directory; undefined: there is none. */
  readonly fileNamed: (name: string) => ReadonlyMap<string, string> | undefined;
}

export type Expanded =
  | { readonly ok: true; readonly text: string; readonly warning?: string }
  /** All that is wrong, each as the part of a sentence that follows the name of the value. */
  | { readonly ok: false; readonly says: readonly string[] };

export interface Variables {
  /** Never throws. */
  expand(text: string): Expanded;
}

/** No braces within, and none beside it: what is nested or odd is no variable. Takes linear time. */
const token = /(?<!\{)\{\{([^{}]*)\}\}(?!\})/g;
const nested = /\{\{[^{}]*\{\{/;
const onlyToken = /^\{\{[^{}]*\}\}$/;

/** A name, after it perhaps a default; before both perhaps a source, and in its angle brackets a file. */
const written = /^(?:([A-Za-z]\w*)(?:<([^<>]*)>)?\s+)?([\w.-]+)\s*(?::([\s\S]*))?$/;
/** What Go's templates have and variables have not: back quotes, quoted arguments, fields, pipes, trimming. */
const goTemplate = /^(?:-\s|\s*[.$])|^[^:]*(?:[`"|]|\s-$)/;

/** Far beyond any real value; keeps one variable that is used a million times from filling the memory. */
const maxExpandedCharacters = 2 ** 20;

/** Whether the whole text looks like one variable. */
export const isVariable = (text: string): boolean => onlyToken.test(text);

/** For the values of one file, which together may grow by 1,048,576 characters. */
export function createVariables(sources: VariableSources): Variables {
  let grown = 0;
  return {
    expand: (text) => {
      if (!text.includes("{{")) return { ok: true, text };
      const says: string[] = [];
      const expanded = text.replace(token, (whole: string, inner: string) => {
        const found = valueOf(inner, sources);
        if (found === undefined) return whole;
        if (!found.ok) {
          says.push(found.says);
          return "";
        }
        grown += found.value.length;
        if (grown <= maxExpandedCharacters) return found.value;
        says.push(`has variables that grow beyond ${maxExpandedCharacters} characters in this file`);
        return "";
      });
      if (says.length > 0) return { ok: false, says: [...new Set(says)] };
      const warning = nested.test(text) ? "has a variable inside another, which is not expanded" : undefined;
      return { ok: true, text: trimmed(expanded), ...(warning === undefined ? {} : { warning }) };
    },
  };
}

type Found = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly says: string };

/** Undefined: that is no variable. */
function valueOf(inner: string, { environment, fileNamed }: VariableSources): Found | undefined {
  if (goTemplate.test(inner)) return { ok: false, says: goTemplateSays(trimmed(inner)) };
  const parts = written.exec(trimmed(inner));
  if (parts === null) return undefined;
  const [, source = "env", file, name = "", fallback] = parts;
  if (source === "env" && file === undefined) {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    return given(value ?? fallback, name, "which the environment does not have", `env ${name}`);
  }
  if (source === "file" && file !== undefined) {
    const values = fileNamed(file);
    const why = `which ${printable(file)} ${values === undefined ? "cannot give, as there is no such properties file" : "does not have"}`;
    return given(values?.get(name) ?? fallback, name, why, `file<${file}> ${name}`);
  }
  const says = `takes the variable ${printable(name)} from ${printable(source)}, which is no source; sources are env and file<FILE>`;
  return { ok: false, says };
}

/** @param inner how to write the variable, for the hint */
function given(value: string | undefined, name: string, why: string, inner: string): Found {
  if (value !== undefined) return { ok: true, value: trimmed(value) === "" ? "" : value };
  const hint = `a default is written ${quoted(`{{${inner}:default}}`)}`;
  return { ok: false, says: `names the variable ${printable(name)}, ${why}; ${hint}` };
}

function goTemplateSays(inner: string): string {
  const name = /^(?:-\s)?env\s+[`"]([\w.-]+)[`"](?:\s-)?$/.exec(inner)?.[1];
  const instead = name === undefined ? "" : `; here that is written ${quoted(`{{env ${name}}}`)}`;
  return `holds a Go template, which belongs into the chart's own configuration files and means nothing here${instead}`;
}
