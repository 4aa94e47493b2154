/** The form of session ids, so that nothing else is ever looked up, stored or repeated in an answer. */

/** True for exactly 32 hex characters, the only form that session ids have. */
export const isSessionId = (text: string): boolean => /^[0-9a-f]{32}$/i.test(text);
