/** One config for every tier; `tests/run.mjs` chooses the folder. */
export default {
  testEnvironment: "node",
  testMatch: ["<rootDir>/tests/**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "es6" } },
    ],
  },
  moduleNameMapper: { "^socket\\.io-hazelcast-adapter$": "<rootDir>/adapters/index.ts" },
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/adapters/dist/"],
  testTimeout: 15_000,
};
