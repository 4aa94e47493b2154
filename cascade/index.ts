/** The names of `cascade/` that the server uses. */
export { placeOf, type Finding, type Origin } from "./finding.ts";
export {
  loadPackageStatus,
  type PackageEnvironment,
  type PackageStatus,
  type PackagesOutcome,
  type Placement,
} from "./package-status.ts";
export { parseAssignment, type Assignment } from "./server-scope.ts";
export { setting, type Setting, type Settings, type UserRef } from "./setting.ts";
export { checkAttributes, checkSources } from "./check-sources.ts";
export { settingRow, settingsDocument } from "./settings-document.ts";
export { readAfresh, type FreshReading } from "./config-files.ts";
export type { Attribute, CascadeDirectory, ContextFacts, DirectoryDifference, Member, UserFacts } from "./directory.ts";
export type { SettingsSources } from "./load.ts";
export type { MiddlewareValues } from "./middleware-values.ts";
export { isSecret } from "./secrets.ts";
export { cascadeScopes, type Definition, type Resolution, type ScopeName } from "./scopes.ts";
export { cascadeTypes } from "./tags.ts";
export type { Written } from "./state.ts";
export type { Environment } from "./variables.ts";
export {
  loadSettings,
  type LoadedSettings,
  type LoadOutcome,
  type ReloadReport,
  type SettingsCandidate,
} from "./settings.ts";
export {
  addressRange,
  boolean,
  bytes,
  enumeration,
  host,
  httpUrl,
  integer,
  list,
  optional,
  origin,
  port,
  prefixLength,
  text,
  timeSpan,
} from "./value-types.ts";
