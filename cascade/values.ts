/** From a definition to a value: what a text means for a setting, worked out once. */
import type { Setting } from "./setting.ts";

/** The value of what is written, or the default where nothing is written or it means nothing. */
export function valueOf<T>(setting: Setting<T>, written: { readonly text: string } | undefined): T {
  const parsed = written === undefined ? undefined : setting.value.parse(written.text);
  return parsed?.ok === true ? parsed.value : setting.default;
}

/** A value of its own for each setting. */
export type ReadValue = <T>(setting: Setting<T>) => T;

/**
 * Remembers the value of each setting that was asked for; bounded by the number of declared settings.
 * @param lookUp the definition that counts; asked once per setting.
 */
export function createValues(lookUp: (setting: Setting<unknown>) => { readonly text: string } | undefined): ReadValue {
  const values = new Map<Setting<unknown>, unknown>();
  return <T>(setting: Setting<T>): T => {
    const known = values.get(setting);
    // Under a setting stands nothing but what its own type made, `undefined` included.
    if (known !== undefined || values.has(setting)) return known as T;
    const value = valueOf(setting, lookUp(setting));
    values.set(setting, value);
    return value;
  };
}
