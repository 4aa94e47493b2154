/**
 * What loading has to say: problems, which stop a start, and warnings, which do not. Values, not log lines: the start,
 * a reload and later checks each show them their own way. Texts never hold the value of a secret.
 */

/** Where a value was written. */
export type Origin =
  | { readonly from: "default" }
  | { readonly from: "file"; readonly file: string; readonly line: number }
  | { readonly from: "--set" }
  | ContextSetOrigin
  /** A user's or context's attribute; no file: the directory has none (demo users). */
  | { readonly from: "directory"; readonly attribute: string; readonly file?: string; readonly line?: number }
  | { readonly from: "middleware" };

export interface ContextSetOrigin {
  readonly from: "context set";
  readonly file: string;
  readonly line: number;
  readonly set: string;
  /** The tag expression as it is written. */
  readonly withTags: string;
}

export interface Finding {
  /** The whole sentence, place and name included. */
  readonly message: string;
  /** The setting or package it is about. */
  readonly name?: string;
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
}

/** `FILE:LINE` where there is one, else the word for what it is. */
export function placeOf(origin: Origin): string {
  const { file, line } = positionOf(origin);
  if (file === undefined) return origin.from;
  return line === undefined ? file : `${file}:${line}`;
}

const positionOf = (origin: Origin): Pick<Finding, "file" | "line"> => ({
  ...("file" in origin ? { file: origin.file } : {}),
  ...("line" in origin ? { line: origin.line } : {}),
});

/** A finding about what stands at `origin`; the sentence begins with that place. */
export const findingAt = (origin: Origin, says: string, name?: string): Finding => ({
  message: `${placeOf(origin)}: ${says}`,
  ...(name === undefined ? {} : { name }),
  ...positionOf(origin),
});

/** A finding about a whole file or folder. */
export const findingAbout = (file: string, says: string): Finding => ({ message: `${file}: ${says}`, file });

/** Controls that JSON leaves as they are: C1, line separators, and those that turn the direction of text. */
const furtherControls = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** A text from outside as messages show it: quoted, control characters escaped, at most 256 characters. */
export function quoted(text: string): string {
  const escaped = JSON.stringify(text.slice(0, 256)).replace(
    furtherControls,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return text.length > 256 ? `${escaped}...` : escaped;
}

/** A name from outside as messages show it: bare, as long as it is an ordinary one. */
export const printable = (name: string): string => (/^[\w.@/-]{1,256}$/.test(name) ? name : quoted(name));

/** The reason of a failed file operation in plain words. */
export function reasonOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "no such file or directory";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "ENOTDIR") return "not a directory";
  if (code === "EISDIR") return "a directory, not a file";
  if (code === "ELOOP") return "too many symbolic links";
  return error instanceof Error ? error.message : String(error);
}
