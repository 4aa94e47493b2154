/** Settings of the cascade itself; declared where they are read. */
export { cascadeScopes, cascadeTypes } from "../../cascade/index.ts";
