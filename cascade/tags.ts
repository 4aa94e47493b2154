/** Which tags a user has: what `withTags` of context sets is compared with. Tags are case-sensitive. */
import { taxonomyTypes, type ContextFacts, type Member } from "./directory.ts";
import { setting, type Setting } from "./setting.ts";
import { list, text } from "./value-types.ts";

/** Tags by configuration; read in every scope but context sets, and all lists are added together. */
export const cascadeTypes: Setting<readonly string[]> = setting({
  name: "com.openexchange.config.cascade.types",
  value: list(text()),
  default: [],
  defaultText: "empty",
  cascade: true,
  reload: true,
  secret: false,
  text: "Tags of a user for context sets, in addition to those from the directory. The lists of user, context and server are added together; inside a context set use `addTags`.",
});

/** The tags of a comma list. */
export const tagsIn = (written: string): readonly string[] =>
  written
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");

/**
 * The tags that do not come from configuration: name and id of the context, its taxonomy types, and `uc` with the name of
 * each permission of the user.
 *
 * @param contextId of a context that no directory knows, too; 0 or less: none.
 */
export function factTags(contextId: number, context: ContextFacts | undefined, member: Member | undefined): string[] {
  const ownTags = contextId > 0 ? [String(contextId)] : [];
  if (context === undefined) return ownTags;
  const taxonomies = tagsIn(context.attributes.get(taxonomyTypes)?.text ?? "");
  const permissions = member?.user.permissions.map((name) => `uc${name}`) ?? [];
  return [...ownTags, context.name, ...taxonomies, ...permissions];
}
